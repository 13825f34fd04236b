"""Constants that are loaded in chunks: what is decided of them, where chunks lie, and the parts of who reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.limits import STEPS
from mcu_lab.lowering.asked import wholes
from mcu_lab.lowering.pieces import Make
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import packed_view
from mcu_lab.plan.model import View
from mcu_lab.schedule.model import Schedule, Transfer


@dataclass(frozen=True, slots=True)
class Chunks:
    """How an operator is given a constant: see :class:`mcu_lab.schedule.model.Transfer`.

    shape  of the constant.
    axis   along which it is cut; None: it comes whole.
    """

    tensor: int
    shape: tuple[int, ...]
    axis: int | None = None
    chunk: int = 1
    ahead: int = 0
    slots: int = 1

    @property
    def starts(self) -> range:
        """The first channel of each chunk."""
        return range(1) if self.axis is None else range(0, self.shape[self.axis], self.chunk)

    @property
    def held_shape(self) -> tuple[int, ...]:
        """What the arena has room for."""
        full = Box.full(self.shape)
        if self.axis is None:
            return full.shape
        return full.replaced(self.axis, Interval(0, self.slots * self.chunk) & full[self.axis]).shape

    def number(self, box: Box) -> int:
        """Which chunk has a box of the constant."""
        return 0 if self.axis is None else box[self.axis].lo // self.chunk

    def slot(self, number: int) -> int:
        return number % self.slots

    def view(self, buffer: str, number: int) -> View:
        """Where a chunk lies: its elements one after the other, each slot's behind those of the slot before."""
        full = Box.full(self.shape)
        if self.axis is None:
            return packed_view(buffer, self.tensor, full)
        first = number * self.chunk
        box = full.replaced(self.axis, Interval(first, first + self.chunk) & full[self.axis])
        row = prod(full.replaced(self.axis, Interval(0, 1)).shape)
        return packed_view(buffer, self.tensor, box, self.slot(number) * self.chunk * row)


#: (operator, constant) -> how it is given.
Given = Mapping[tuple[int, int], Chunks]


def chunks_of(graph: Graph, schedule: Schedule, device: Device) -> Given:
    """What the schedule's transfers say of each operator that reads one of their constants.

    Raises ScheduleError for transfers that cannot be, of a schedule that is right otherwise.
    """
    staged = {op for stage in schedule.stages for op in stage.operators}
    found: dict[tuple[int, int], Chunks] = {}
    for transfer in schedule.transfers:
        _check(graph, schedule, device, transfer)
        if any(tensor == transfer.tensor for _, tensor in found):
            raise ScheduleError("is given twice.", where=_where(transfer))
        readers = [graph.operators[op] for op in graph.readers.get(transfer.tensor, ())]
        readers = [op for op in readers if _reads(graph, op, transfer.tensor)]
        if not readers:
            raise ScheduleError("has nobody to load it for.", where=_where(transfer), hint="Leave the transfer out.")
        for op in readers:
            if op.id in staged:
                why = f"is in a stage, where {_named(graph, transfer)} is loaded whole."
                raise refused(graph, op.id, why, "Take it out of the stage, or leave the transfer out.")
            found[op.id, transfer.tensor] = _chunks(graph, op, transfer)
    steps = len(graph.operators) + sum(3 * len(chunks.starts) for chunks in found.values())
    STEPS.allow(steps, "loading constants in such chunks", error=ScheduleError)
    return found


def parts(make: Make, given: Collection[Chunks]) -> tuple[Make, ...]:
    """The parts in which a whole operator is executed when it is given constants so: each reads one chunk of each."""
    cuts = sorted({start for chunks in given for start in chunks.starts})
    box = make.writes[0]
    if len(cuts) < 2 or box is None:
        return (make,)
    channels = [Interval(*ends) & box[-1] for ends in pairwise([*cuts, box[-1].hi])]
    return tuple(replace(make, writes=(box.replaced(-1, part),)) for part in channels if part)


def _check(graph: Graph, schedule: Schedule, device: Device, transfer: Transfer) -> None:
    """What can be told without the operators that read the constant."""
    where = _where(transfer)
    if not 0 <= transfer.tensor < len(graph.tensors) or not graph.tensors[transfer.tensor].is_const:
        raise ScheduleError("is not a constant of this graph.", where=where)
    if transfer.chunk < 1 or transfer.ahead < 0 or transfer.slots < 1:
        said = f"chunks of {transfer.chunk}, {transfer.ahead} steps ahead, in {transfer.slots} slots"
        raise ScheduleError(f"cannot come in {said}.", where=where, hint="Chunk and slots are 1 at least, ahead is 0.")
    memory = device.memory(dict(schedule.storage).get(transfer.tensor, device.constants))
    if memory.reach:
        hint = "Store it in a memory out of the core's reach, or leave the transfer out."
        raise ScheduleError(f"lies in {memory.name}, where the core reads it in place.", where=where, hint=hint)
    link = next((link for link in device.links if (link.src, link.dst) == (memory.name, device.arena)), None)
    if transfer.ahead and not (link and link.asynchronous):
        why = f"cannot be fetched ahead: what moves bytes from {memory.name} to {device.arena} keeps the core busy."
        raise ScheduleError(why, where=where, hint="Let ahead be 0.")


def _chunks(graph: Graph, op: Operator, transfer: Transfer) -> Chunks:
    shape, axis = graph.tensors[transfer.tensor].shape, _channel_axis(graph, op, transfer.tensor)
    if transfer.chunk >= (max(shape, default=1) if axis is None else shape[axis]):
        return Chunks(transfer.tensor, shape, ahead=transfer.ahead)
    if axis is None:
        hint = f"Let a chunk have {max(shape):,}: then it comes whole."
        raise refused(graph, op.id, f"cannot be given {_named(graph, transfer)} in chunks of channels.", hint)
    chunks = Chunks(transfer.tensor, shape, axis, transfer.chunk, transfer.ahead, transfer.slots)
    if transfer.slots <= transfer.ahead and transfer.slots < len(chunks.starts):
        why = (
            f"would be given chunks of {_named(graph, transfer)} {transfer.ahead} steps ahead in {transfer.slots} "
            "slots, of which none is free by then."
        )
        raise refused(graph, op.id, why, f"Give it {transfer.ahead + 1} slots, or fetch it less far ahead.")
    return chunks


def _channel_axis(graph: Graph, op: Operator, tensor: int) -> int | None:
    """The axis of which the operator needs just the channels that it makes, and all of the others; None: there is none.

    Asked of the first and the last channel, by the operator's region rule.
    """
    if len(op.outputs) != 1 or not graph.tensors[op.outputs[0]].shape:
        return None
    whole, full = Box.full(graph.tensors[op.outputs[0]].shape), Box.full(graph.tensors[tensor].shape)
    if not whole.size:
        return None
    ends = (Interval(0, 1), Interval(whole[-1].hi - 1, whole[-1].hi))
    needed = [
        box
        for end in ends
        for t, box in zip(op.inputs, spec_of(op).needs(graph, op, (whole.replaced(-1, end),), None), strict=True)
        if t == tensor
    ]
    wanted = [end for end in ends for t in op.inputs if t == tensor]

    def fits(axis: int) -> bool:
        return all(box == full.replaced(axis, end) for box, end in zip(needed, wanted, strict=True))

    return next((a for a in range(len(full)) if full[a] == whole[-1] and fits(a)), None)


def _reads(graph: Graph, op: Operator, tensor: int) -> bool:
    return any(t == tensor and box is not None for t, box in zip(op.inputs, wholes(graph)[op.id][1].boxes, strict=True))


def _named(graph: Graph, transfer: Transfer) -> str:
    return f"{graph.tensors[transfer.tensor].name} (t{transfer.tensor})"


def _where(transfer: Transfer) -> str:
    return f"transfer of tensor {transfer.tensor}"
