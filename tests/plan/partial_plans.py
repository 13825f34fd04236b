"""Plans of real models that no search makes yet: rows through rings, channel slices with sums, transfers in flight.

They are written directly in the plan's vocabulary, to prove that it can say them and that every judge understands.
Each builder takes a graph and decisions and gives a whole, placed Plan of the whole model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.place import first_fit, packed
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import dense_view, packed_view
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan, Ring, Step, View, Wait

ROW_AXIS = 1
CHANNEL_AXIS = 3


def with_external_memory(device: Device) -> Device:
    """The device with a memory out of the core's reach and an asynchronous link from and to it."""
    external = Memory("external", "external", 1 << 30, 4, reach=False)
    links = (
        Link("external", device.arena, 20e6, 5.0, asynchronous=True),
        Link(device.arena, "external", 10e6, 5.0, asynchronous=True),
    )
    return replace(device, memories=(*device.memories, external), links=(*device.links, *links))


@dataclass
class Draft:
    """A plan under construction."""

    graph: Graph
    device: Device = field(default_factory=ad_hoc)
    buffers: dict[str, Buffer] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    at_start: dict[int, View] = field(default_factory=dict)

    def buffer(self, name: str, tensor: int, shape: Sequence[int], memory: str = "", form: Form = Form.PLAIN) -> str:
        """Make the buffer unless it is there; ``shape`` is in elements of the tensor (int32 for sums)."""
        if name not in self.buffers:
            memory = memory or self.device.arena
            sums = form is Form.SUMS
            size = 4 if sums else self.graph.tensors[tensor].element_bytes
            dtype = "int32" if sums else self.graph.tensors[tensor].dtype
            total = size * prod(shape)
            unit = 1 if memory == APPLICATION else self.device.memory(memory).alignment
            self.buffers[name] = Buffer(name, memory, total, max(unit, size), None, tuple(shape), dtype, form)
        return name

    def whole(self, tensor: int) -> View:
        """A tensor whole in its own buffer: constants in flash, activations in the arena."""
        t = self.graph.tensors[tensor]
        name = f"{'c' if t.is_const else 't'}{tensor}"
        view = dense_view(
            self.buffer(name, tensor, t.shape, self.device.constants if t.is_const else ""), tensor, t.shape
        )
        if t.is_const or t.variable:
            self.at_start[tensor] = view
        return view

    def compute(
        self,
        op: Operator,
        writes: Sequence[View | None],
        held: dict[int, View],
        reduce: Interval | None = None,
        sums: View | None = None,
    ) -> None:
        """Append a Compute. ``held`` says where activations lie that are not whole in their own buffer."""
        boxes = (sums.box,) if sums else tuple(w.box if w else None for w in writes)
        needed = spec_of(op).needs(self.graph, op, boxes, reduce)
        reads = tuple(
            (replace(held.get(t) or self.whole(t), box=box),) if t >= 0 and box is not None and box.size else ()
            for t, box in zip(op.inputs, needed, strict=True)
        )
        scratch_bytes = spec_of(op).scratch_bytes(self.graph, op, boxes)
        scratch = None
        if scratch_bytes:
            scratch = f"s{op.id}"
            old = self.buffers.get(scratch)
            size = max(scratch_bytes, old.bytes if old else 0)
            self.buffers[scratch] = Buffer(scratch, self.device.arena, size, 4, None, (size,), "uint8", Form.SCRATCH)
        self.steps.append(Compute(len(self.steps), op.id, tuple(writes), reads, reduce, sums, scratch))

    def whole_operator(self, op: Operator) -> None:
        self.compute(op, [self.whole(t) for t in op.outputs], {})

    def copy(self, src: View, dst: View, blocking: bool = True) -> int:
        self.steps.append(Copy(len(self.steps), src, dst, blocking))
        return len(self.steps) - 1

    def wait(self, copy: int) -> None:
        self.steps.append(Wait(len(self.steps), copy))

    def resident_inputs(self, but: Collection[int] = ()) -> None:
        for tensor in self.graph.inputs:
            if tensor not in but:
                self.at_start[tensor] = self.whole(tensor)

    def finished(self) -> Plan:
        """The plan with every buffer placed."""
        kept = [self.whole(t) for t in dict.fromkeys((*self.graph.outputs, *self.graph.states))]
        plan = Plan(
            self.graph,
            self.device,
            tuple(self.buffers.values()),
            tuple(self.steps),
            tuple(self.at_start.values()),
            tuple(kept),
        )
        live = extents(plan)
        offsets: dict[str, int] = {}
        for memory in dict.fromkeys(b.memory for b in plan.buffers):
            inside = [b for b in plan.buffers if b.memory == memory]
            arena = memory == self.device.arena
            offsets |= first_fit(inside, live, {}) if arena else packed(inside, {})
        return replace(plan, buffers=tuple(replace(b, offset=offsets[b.id]) for b in plan.buffers))


def chain_from(graph: Graph, first: int, last: int) -> tuple[Operator, ...]:
    """Operators ``first`` to ``last`` of the file; inside, every tensor but the last one is read only inside."""
    ops = graph.operators[first : last + 1]
    made = {t for op in ops for t in op.outputs}
    for tensor in made - set(ops[-1].outputs):
        assert tensor not in graph.outputs
        assert all(first <= reader <= last for reader in graph.readers[tensor]), f"t{tensor} is read outside"
    return ops


def row_tiled(graph: Graph, stage: Sequence[Operator], rows: int = 1, *, streamed: bool = False) -> Plan:
    """``stage`` makes its last tensor ``rows`` rows at a time; everything between lies in rings, nothing is made twice.

    A ring holds just the rows that are still wanted (all of them: no ring). ``streamed``: the stage reads the graph
    input, whose rows are copied in from the application as they are needed.
    """
    draft = Draft(graph)
    inside = {op.id for op in stage}
    last = stage[-1].outputs[0]
    source = graph.inputs[0] if streamed else -1
    made = _rows_in_order(graph, stage, rows, source)
    ring_rows = _ring_rows(graph, made, source, last)

    draft.resident_inputs(but={source})
    if streamed:
        shape = graph.tensors[source].shape
        draft.at_start[source] = dense_view(draft.buffer(f"i{source}", source, shape, APPLICATION), source, shape)
    held = {t: _ring_view(draft, t, count) for t, count in ring_rows.items()}
    for op in graph.operators:
        if op.id == stage[-1].id:
            _run_rows(draft, made, held, last)
        elif op.id not in inside:
            draft.whole_operator(op)
    return draft.finished()


@dataclass(frozen=True)
class _Rows:
    """One piece of work: rows of the output of ``op``, or (op None) rows of ``tensor`` that arrive from outside."""

    op: Operator | None
    tensor: int
    rows: Interval


def _rows_in_order(graph: Graph, stage: Sequence[Operator], tile: int, source: int) -> list[_Rows]:
    """The pieces in the order that pulling the last tensor's rows one tile at a time gives."""
    producer = {op.outputs[0]: op for op in stage}
    done = dict.fromkeys([*producer, *([source] if source >= 0 else [])], 0)
    order: list[_Rows] = []

    def pull(tensor: int, upto: int) -> None:
        height = graph.tensors[tensor].shape[ROW_AXIS]
        while done[tensor] < upto:
            rows = Interval(done[tensor], min(done[tensor] + tile, height))
            op = producer.get(tensor)
            for t, box in _needs(graph, op, tensor, rows).items() if op else ():
                if t in done:
                    pull(t, box[ROW_AXIS].hi)
            order.append(_Rows(op, tensor, rows))
            done[tensor] = rows.hi

    pull(stage[-1].outputs[0], graph.tensors[stage[-1].outputs[0]].shape[ROW_AXIS])
    return order


def _needs(graph: Graph, op: Operator, tensor: int, rows: Interval) -> dict[int, Box]:
    box = Box.full(graph.tensors[tensor].shape).replaced(ROW_AXIS, rows)
    needed = spec_of(op).needs(graph, op, (box,), None)
    return {t: b for t, b in zip(op.inputs, needed, strict=True) if t >= 0 and b is not None and b.size}


def _ring_rows(graph: Graph, made: Sequence[_Rows], source: int, last: int) -> dict[int, int]:
    """For each tensor made in pieces, how many rows its ring has to hold."""
    reads = [_needs(graph, piece.op, piece.tensor, piece.rows) if piece.op else {} for piece in made]
    found = {}
    for tensor in dict.fromkeys(piece.tensor for piece in made if piece.tensor != last):
        wanted, most = graph.tensors[tensor].shape[ROW_AXIS], 0
        for piece, read in zip(reversed(made), reversed(reads), strict=True):
            if tensor in read:
                wanted = min(wanted, read[tensor][ROW_AXIS].lo)
            if piece.tensor == tensor:
                most = max(most, piece.rows.hi - min(wanted, piece.rows.lo))
        found[tensor] = min(most, graph.tensors[tensor].shape[ROW_AXIS])
    return found


def _ring_view(draft: Draft, tensor: int, rows: int) -> View:
    shape = draft.graph.tensors[tensor].shape
    if rows == shape[ROW_AXIS]:
        return draft.whole(tensor)
    name = draft.buffer(f"t{tensor}", tensor, (shape[0], rows, *shape[2:]))
    assert shape[0] == 1, "a ring over rows needs a batch of 1"
    return replace(dense_view(name, tensor, shape), ring=Ring(ROW_AXIS, rows))


def _run_rows(draft: Draft, made: Sequence[_Rows], held: dict[int, View], last: int) -> None:
    for piece in made:
        target = held.get(piece.tensor) or draft.whole(last)
        view = replace(target, box=target.box.replaced(ROW_AXIS, piece.rows))
        if piece.op:
            draft.compute(piece.op, [view], held)
        else:
            source = draft.at_start[piece.tensor]
            draft.copy(replace(source, box=view.box), view)


def channel_sliced(graph: Graph, stage: Sequence[Operator], width: int) -> Plan:
    """``stage`` is a chain whose last operator adds up its input ``width`` channels at a time.

    The operators before it make just those channels, so none of the tensors between is ever whole; the sums are.
    """
    draft = Draft(graph)
    draft.resident_inputs()
    last = stage[-1]
    channels = graph.tensors[last.inputs[0]].shape[-1]
    for op in graph.operators:
        if op.id == last.id:
            _run_slices(draft, stage, [Interval(lo, min(lo + width, channels)) for lo in range(0, channels, width)])
        elif op not in stage:
            draft.whole_operator(op)
    return draft.finished()


def _run_slices(draft: Draft, stage: Sequence[Operator], slices: Sequence[Interval]) -> None:
    last = stage[-1]
    out = draft.whole(last.outputs[0])
    name = draft.buffer(f"a{last.id}", last.outputs[0], out.box.shape, form=Form.SUMS)
    sums = dense_view(name, last.outputs[0], out.box.shape)
    for part in slices:
        held: dict[int, View] = {}
        for op in stage[:-1]:
            tensor = op.outputs[0]
            box = Box.full(draft.graph.tensors[tensor].shape)
            box = box.replaced(len(box) - 1, part)
            widest = box.replaced(len(box) - 1, slices[0])
            held[tensor] = packed_view(draft.buffer(f"t{tensor}", tensor, widest.shape), tensor, box)
            draft.compute(op, [held[tensor]], held)
        final = part.hi == slices[-1].hi
        draft.compute(last, [out if final else None], held, reduce=part, sums=sums)


def prefetched(graph: Graph, operators: Collection[int], ahead: int = 1) -> Plan:
    """The constants of these operators lie in external memory; transfers start ``ahead`` operators early."""
    draft = Draft(graph, with_external_memory(ad_hoc()))
    draft.resident_inputs()
    started: dict[tuple[int, int], tuple[int, View]] = {}
    for position in range(len(graph.operators) + ahead):
        if position < len(graph.operators) and position in operators:
            for tensor in _constants(graph, graph.operators[position]):
                started[position, tensor] = _start_load(draft, tensor, position)
        current = position - ahead
        if current >= 0:
            op = graph.operators[current]
            held = {}
            for tensor in _constants(graph, op) if current in operators else ():
                copy, held[tensor] = started[current, tensor]
                draft.wait(copy)
            draft.compute(op, [draft.whole(t) for t in op.outputs], held)
    return draft.finished()


def _constants(graph: Graph, op: Operator) -> list[int]:
    boxes = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    needed = spec_of(op).needs(graph, op, boxes, None)
    return [t for t, box in zip(op.inputs, needed, strict=True) if t >= 0 and box and graph.tensors[t].is_const]


def _start_load(draft: Draft, tensor: int, op: int) -> tuple[int, View]:
    shape = draft.graph.tensors[tensor].shape
    src = dense_view(draft.buffer(f"c{tensor}", tensor, shape, "external"), tensor, shape)
    draft.at_start[tensor] = src
    dst = dense_view(draft.buffer(f"l{tensor}.{op}", tensor, shape), tensor, shape)
    return draft.copy(src, dst, blocking=False), dst


def spilled(graph: Graph, tensor: int, until: int) -> Plan:
    """An activation leaves for external memory once made and comes back right before operator ``until`` reads it.

    Readers before ``until`` still read it where it was made; the copy out runs beside them.
    """
    draft = Draft(graph, with_external_memory(ad_hoc()))
    draft.resident_inputs()
    shape = graph.tensors[tensor].shape
    outside = dense_view(draft.buffer(f"x{tensor}", tensor, shape, "external"), tensor, shape)
    back = dense_view(draft.buffer(f"l{tensor}", tensor, shape), tensor, shape)
    store = -1
    for op in graph.operators:
        held = {}
        if op.id >= until:
            held[tensor] = back
        if op.id == until:
            draft.wait(store)
            draft.wait(draft.copy(outside, back, blocking=False))
        draft.compute(op, [draft.whole(t) for t in op.outputs], held)
        if tensor in op.outputs:
            store = draft.copy(draft.whole(tensor), outside, blocking=False)
    return draft.finished()
