"""lower(graph, schedule, device) -> Plan: what follows from the decisions, written out. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.check import check_order, check_storage
from mcu_lab.lowering.groups import Groups, groups
from mcu_lab.lowering.place import first_fit, packed
from mcu_lab.ops import require_supported, spec_of
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.lifetimes import lifetimes
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan, Step, View
from mcu_lab.schedule.model import Schedule


def default_schedule(graph: Graph) -> Schedule:
    """The order of the file; whole, separate tensors; everything else left to defaults."""
    return Schedule(order=tuple(op.id for op in graph.operators))


def lower(graph: Graph, schedule: Schedule, device: Device) -> Plan:
    """The plan of these decisions, every buffer placed.

    Buffers: ``t{tensor}`` activations (named by the tensor that holds its group), ``c{tensor}`` constants, ``s{op}``
    kernel scratch, ``i{tensor}`` a streamed input in the application's memory, ``l{tensor}.{op}`` a constant loaded
    from a memory out of reach for one operator. Whether it fits is not lowering's question.

    Raises ScheduleError for decisions that the graph or device does not allow, UnsupportedError with everything in
    the graph that cannot be executed.
    """
    require_supported(graph)
    shared = groups(graph, schedule.alias, schedule.in_place)
    check_order(graph, schedule.order, shared)
    check_storage(graph, schedule, device)
    draft = _Draft(graph, schedule, device, shared)
    for op in schedule.order:
        draft.run(graph.operators[op])
    return _placed(draft.finished(), schedule)


class _Draft:
    """The plan under construction: lives only while :func:`lower` runs."""

    def __init__(self, graph: Graph, schedule: Schedule, device: Device, shared: Groups) -> None:
        self.graph = graph
        self.device = device
        self.shared = shared
        self.stored = dict(schedule.storage)
        self.buffers: dict[str, Buffer] = {}
        self.steps: list[Step] = []
        self.at_start: dict[int, View] = {}
        self.first_of: dict[tuple[str, int, bytes], int] = {}
        for constant in (t for t in graph.tensors if t.is_const):
            self.first_of.setdefault(self.content(constant.id), constant.id)
        self.waiting = set(graph.inputs) if schedule.inputs == "streamed" else set()
        for tensor in graph.inputs:
            if tensor in self.waiting:
                self.at_start[tensor] = self.whole(tensor, self.buffer(f"i{tensor}", APPLICATION, tensor))
            else:
                self.at_start[tensor] = self.activation(tensor)
        for state in (t for t in graph.tensors if t.variable):
            self.at_start[state.id] = self.activation(state.id)

    def run(self, op: Operator) -> None:
        """Append the steps of one operator: loads of what has to come first, then the Compute."""
        spec = spec_of(op)
        writes = tuple(Box.full(self.graph.tensors[t].shape) for t in op.outputs)
        needed = spec.needs(self.graph, op, writes, None)
        reads = tuple(self.read(op, t, box) for t, box in zip(op.inputs, needed, strict=True))
        views = tuple(self.activation(t) for t in op.outputs)
        scratch_bytes = spec.scratch_bytes(self.graph, op, writes)
        scratch = self.scratch(op, scratch_bytes) if scratch_bytes else None
        self.steps.append(Compute(len(self.steps), op.id, views, reads, scratch=scratch))

    def finished(self) -> Plan:
        for tensor in sorted(self.waiting & set(self.graph.outputs)):
            self.fetch(tensor)
        kept = [v for t, v in self.at_start.items() if self.graph.tensors[t].variable or self.in_sram(t)]
        outputs = [self.output(t) for t in dict.fromkeys(self.graph.outputs)]
        return Plan(
            self.graph,
            self.device,
            tuple(self.buffers.values()),
            tuple(self.steps),
            tuple(sorted(self.at_start.values(), key=lambda view: view.tensor)),
            tuple(dict.fromkeys((*outputs, *kept))),
        )

    def output(self, tensor: int) -> View:
        return self.constant(tensor) if self.graph.tensors[tensor].is_const else self.activation(tensor)

    def in_sram(self, tensor: int) -> bool:
        """A constant kept in the arena has to be there for the next inference too."""
        return self.graph.tensors[tensor].is_const and self.stored.get(tensor) == self.device.arena

    def read(self, op: Operator, tensor: int, box: Box | None) -> tuple[View, ...]:
        if tensor < 0 or box is None:
            return ()
        if self.graph.tensors[tensor].is_const:
            return (replace(self.loaded(op, tensor), box=box),)
        if tensor in self.waiting:
            self.fetch(tensor)
        return (replace(self.activation(tensor), box=box),)

    def fetch(self, tensor: int) -> None:
        """Load a streamed input, whole, from the application."""
        self.waiting.remove(tensor)
        self.steps.append(Copy(len(self.steps), self.at_start[tensor], self.activation(tensor)))

    def loaded(self, op: Operator, tensor: int) -> View:
        """A constant where the core can read it: in place, or copied into the arena for this operator alone."""
        stored = self.constant(tensor)
        memory = self.device.memory(self.buffers[stored.buffer].memory)
        if memory.reach:
            return stored
        name = f"l{tensor}.{op.id}"
        there = name in self.buffers
        view = self.whole(tensor, self.buffer(name, self.device.arena, tensor))
        if not there:
            self.steps.append(Copy(len(self.steps), stored, view))
        return view

    def constant(self, tensor: int) -> View:
        """A constant in the memory it is stored in; constants of equal bytes share a buffer."""
        if tensor not in self.at_start:
            content = self.content(tensor)
            first = self.first_of[content]
            self.at_start[tensor] = self.whole(tensor, self.buffer(f"c{first}", content[0], first))
        return self.at_start[tensor]

    def content(self, tensor: int) -> tuple[str, int, bytes]:
        """Memory, element size and bytes of a constant: what two constants must have in common to share a buffer."""
        constant = self.graph.tensors[tensor]
        assert constant.data is not None
        return self.stored.get(tensor, self.device.constants), constant.element_bytes, constant.data

    def activation(self, tensor: int) -> View:
        root = self.shared.root.get(tensor, tensor)
        buffer = self.buffer(f"t{root}", self.device.arena, root)
        view = self.whole(tensor, buffer)
        layout = self.shared.layout.get(tensor)
        return replace(view, origin=layout.origin, strides=layout.strides) if layout else view

    def whole(self, tensor: int, buffer: Buffer) -> View:
        return dense_view(buffer.id, tensor, self.graph.tensors[tensor].shape)

    def scratch(self, op: Operator, size: int) -> str:
        alignment = self.device.memory(self.device.arena).alignment
        self.buffers[f"s{op.id}"] = Buffer(
            f"s{op.id}", self.device.arena, size, alignment, None, (size,), "uint8", Form.SCRATCH
        )
        return f"s{op.id}"

    def buffer(self, name: str, memory: str, tensor_id: int) -> Buffer:
        """The buffer of that name, made to hold this whole tensor when it is new."""
        if name not in self.buffers:
            tensor = self.graph.tensors[tensor_id]
            unit = 1 if memory == APPLICATION else self.device.memory(memory).alignment
            alignment = max(unit, tensor.element_bytes)
            self.buffers[name] = Buffer(name, memory, tensor.bytes, alignment, None, tensor.shape, tensor.dtype)
        return self.buffers[name]


def _placed(plan: Plan, schedule: Schedule) -> Plan:
    fixed = dict(schedule.offsets) | dict(schedule.pins)
    _check_fixed(plan, fixed)
    lives = lifetimes(plan)
    lowest_tensor = {v.buffer: v.tensor for v in reversed(plan.at_start)}
    offsets: dict[str, int] = {}
    for memory in dict.fromkeys(b.memory for b in plan.buffers):
        inside = sorted((b for b in plan.buffers if b.memory == memory), key=lambda b: lowest_tensor.get(b.id, -1))
        offsets |= first_fit(inside, lives, fixed) if memory == plan.device.arena else packed(inside, fixed)
    return replace(plan, buffers=tuple(replace(b, offset=offsets[b.id]) for b in plan.buffers))


def _check_fixed(plan: Plan, fixed: Mapping[str, int]) -> None:
    for buffer, offset in fixed.items():
        if buffer not in plan.buffer:
            raise ScheduleError(
                "has an offset, but these decisions make no such buffer.",
                where=f"buffer {buffer}",
                hint=f"There are {_some(plan.buffer)}.",
            )
        if offset < 0:
            raise ScheduleError(f"cannot lie at offset {offset}.", where=f"buffer {buffer}")


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
