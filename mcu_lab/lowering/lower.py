"""lower(graph, schedule, device) -> Plan: what follows from the decisions, written out. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import prod

from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.graph.remembered import remembered
from mcu_lab.limits import OPERATORS, STEPS
from mcu_lab.lowering.check import check_order, check_stages, check_storage
from mcu_lab.lowering.groups import Groups, groups
from mcu_lab.lowering.pieces import Make, StageSteps, Store
from mcu_lab.lowering.place import first_fit, packed
from mcu_lab.lowering.stages import stage_steps
from mcu_lab.ops import require_supported, spec_of
from mcu_lab.plan.address import SUM_BYTES, Layout, dense_view
from mcu_lab.plan.extents import extents, moved
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan, Step, View
from mcu_lab.schedule.model import InputMode, Schedule, Stage
from mcu_lab.stopping import look_up


def default_schedule(graph: Graph) -> Schedule:
    """The order of the file; whole, separate tensors; everything else left to defaults."""
    return Schedule(order=tuple(op.id for op in graph.operators))


def lower(graph: Graph, schedule: Schedule, device: Device) -> Plan:
    """The plan of these decisions, every buffer placed.

    Buffers: ``t{tensor}`` activations (named by the tensor that holds its group), ``f{tensor}`` rows of one that lie
    apart while they are fresh, ``a{op}`` sums, ``c{tensor}`` constants, ``s{op}`` kernel scratch, ``i{tensor}`` a
    streamed input in the application's memory, ``l{tensor}.{op}`` a constant loaded from a memory out of reach for one
    operator. Whether it fits is not lowering's question.

    Raises ScheduleError for decisions that the graph or device does not allow, or that take more steps than
    :mod:`mcu_lab.limits` allows; LimitError for a graph with more operators than that; UnsupportedError with
    everything in the graph that cannot be executed.
    """
    draft = _drafted(graph, replace(schedule, offsets=(), pins=()), _Memories.of(device))
    return _placed(moved(draft, replace(draft, device=device)), schedule)


def buffer_names(graph: Graph, schedule: Schedule, device: Device) -> frozenset[str]:
    """Ids of the buffers in the plan of these decisions, whatever their offsets and pins. Raises as :func:`lower`."""
    return frozenset(_drafted(graph, replace(schedule, offsets=(), pins=()), _Memories.of(device)).buffer)


@dataclass(frozen=True)
class _Memories:
    """What a draft depends on of a device: everything but the sizes of its memories."""

    memories: tuple[Memory, ...]
    links: tuple[Link, ...]
    arena: str
    constants: str
    device: Device = field(compare=False)

    @staticmethod
    def of(device: Device) -> _Memories:
        unsized = tuple(replace(m, bytes=0) for m in device.memories)
        return _Memories(unsized, device.links, device.arena, device.constants, device)


@remembered(most=8)
def _drafted(graph: Graph, schedule: Schedule, memories: _Memories) -> Plan:
    """The plan before anything is placed. Remembered, because most edits of a session leave it as it was."""
    device = memories.device
    shared, stages = checked(graph, schedule, device)
    given = [_given(graph, schedule, stage, shared) for stage in schedule.stages]
    stage_of = {op: i for i, stage in enumerate(schedule.stages) for op in stage.operators}
    draft = _Draft(graph, schedule, memories, shared, stages)
    for stage, operators in groupby(schedule.order, key=stage_of.get):
        if stage is None:
            for op in operators:
                draft.run(graph.operators[op])
        else:
            draft.run_stage(stages[stage], _asked(graph, given[stage]))
    plan = draft.finished()
    extents(plan)
    return plan


def checked(graph: Graph, schedule: Schedule, device: Device) -> tuple[Groups, tuple[StageSteps, ...]]:
    """Where activations lie and what each stage does. Raises what :func:`lower` raises of all but offsets and pins."""
    OPERATORS.allow(len(graph.operators), "planning the model", where=graph.name)
    require_supported(graph)
    shared = _shared(graph, schedule.alias, schedule.in_place)
    check_order(graph, schedule.order, shared)
    check_storage(graph, schedule, device)
    check_stages(graph, schedule)
    return shared, tuple(_stage_steps(graph, _given(graph, schedule, stage, shared)) for stage in schedule.stages)


@remembered(most=8)
def _shared(graph: Graph, alias: tuple[int, ...], in_place: tuple[tuple[int, int], ...]) -> Groups:
    return groups(graph, alias, in_place)


@dataclass(frozen=True)
class _Given:
    """What the steps of a stage depend on: of the other decisions, only what concerns its own operators."""

    stage: Stage
    inputs: InputMode
    alias: frozenset[int]
    root: tuple[tuple[int, int], ...]
    layout: tuple[tuple[int, Layout], ...]
    held: tuple[tuple[int, Box], ...]


def _given(graph: Graph, schedule: Schedule, stage: Stage, shared: Groups) -> _Given:
    tensors = sorted({t for op in stage.operators for t in (*graph.operators[op].inputs, *graph.operators[op].outputs)})
    return _Given(
        stage,
        schedule.inputs,
        frozenset(schedule.alias).intersection(stage.operators),
        tuple((t, shared.root[t]) for t in tensors if t in shared.root),
        tuple((t, shared.layout[t]) for t in tensors if t in shared.layout),
        tuple((t, shared.held[t]) for t in tensors if t in shared.held),
    )


@remembered(most=32)
def _stage_steps(graph: Graph, given: _Given) -> StageSteps:
    shared = Groups(dict(given.root), dict(given.layout), (), dict(given.held))
    return stage_steps(graph, given.stage, given.inputs, shared, given.alias)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a step asks for by its operator's rules: a box of each input, Views of those that a stage keeps, scratch."""

    boxes: tuple[Box | None, ...]
    kept: tuple[tuple[View, ...] | None, ...]
    scratch_bytes: int

    @staticmethod
    def of(graph: Graph, make: Make) -> _Asked:
        look_up()
        op = graph.operators[make.op]
        spec = spec_of(op)
        made = (make.sums.box,) if make.sums else make.writes
        boxes = spec.needs(graph, op, made, make.reduce)
        kept = tuple(
            _held(make.reads[t], box) if box is not None and t in make.reads else None
            for t, box in zip(op.inputs, boxes, strict=True)
        )
        return _Asked(boxes, kept, spec.scratch_bytes(graph, op, made))


@remembered(most=8)
def _asked(graph: Graph, given: _Given) -> tuple[_Asked | None, ...]:
    """For each step of a stage; None for those that move."""
    steps = _stage_steps(graph, given).steps
    return tuple(_Asked.of(graph, step) if isinstance(step, Make) else None for step in steps)


@remembered()
def _wholes(graph: Graph) -> tuple[tuple[Make, _Asked], ...]:
    """Every operator, executed whole on tensors that lie whole."""
    makes = [Make(op.id, tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)) for op in graph.operators]
    return tuple((make, _Asked.of(graph, make)) for make in makes)


@remembered(most=4)
def _lying(
    graph: Graph, alias: tuple[int, ...], in_place: tuple[tuple[int, int], ...], memories: _Memories
) -> Mapping[int, tuple[Buffer, View]]:
    """Where each activation lies when it lies whole."""
    shared, device = _shared(graph, alias, in_place), memories.device
    found = {}
    for tensor in (t for t in graph.tensors if not t.is_const or t.variable):
        root = shared.root.get(tensor.id, tensor.id)
        buffer = _holding(graph.tensors[root], f"t{root}", device, device.arena)
        view = dense_view(buffer.id, tensor.id, tensor.shape)
        if layout := shared.layout.get(tensor.id):
            view = View(buffer.id, tensor.id, view.box, layout.origin, layout.strides)
        found[tensor.id] = buffer, view
    return found


def _holding(tensor: Tensor, name: str, device: Device, memory: str) -> Buffer:
    """A buffer of that name that holds a tensor whole."""
    return _buffer(name, device, memory, tensor.shape, tensor.dtype, tensor.element_bytes, Form.PLAIN)


def _buffer(
    name: str, device: Device, memory: str, shape: tuple[int, ...], dtype: str, element_bytes: int, form: Form
) -> Buffer:
    unit = 1 if memory == APPLICATION else device.memory(memory).alignment
    return Buffer(name, memory, prod(shape) * element_bytes, max(unit, element_bytes), None, shape, dtype, form)


class _Draft:
    """The plan under construction: lives only while :func:`lower` runs."""

    def __init__(
        self, graph: Graph, schedule: Schedule, memories: _Memories, shared: Groups, stages: Sequence[StageSteps]
    ) -> None:
        self.graph = graph
        self.device = memories.device
        self.shared = shared
        self.kept = {t for stage in stages for t in stage.kept}
        self.stored = dict(schedule.storage)
        self.buffers: dict[str, Buffer] = {}
        self.steps: list[Step] = []
        self.at_start: dict[int, View] = {}
        self.lying = _lying(graph, schedule.alias, schedule.in_place, memories)
        self.first_of: dict[tuple[str, int, bytes], int] = {}
        for constant in (t for t in graph.tensors if t.is_const):
            self.first_of.setdefault(self.content(constant.id), constant.id)
        self.waiting = set(graph.inputs) if schedule.inputs == "streamed" else set()
        for tensor in graph.inputs:
            if tensor in self.waiting:
                self.at_start[tensor] = self.whole(tensor, self.buffer(f"i{tensor}", APPLICATION, tensor))
            else:
                self.at_start[tensor] = self.activation(tensor)
        self.waiting -= self.kept
        for state in (t for t in graph.tensors if t.variable):
            self.at_start[state.id] = self.activation(state.id)

    def run(self, op: Operator) -> None:
        """Append the steps of one operator executed whole."""
        look_up()
        make, asked = _wholes(self.graph)[op.id]
        if not self.shared.held.keys().isdisjoint(op.outputs):
            boxes = zip(op.outputs, make.writes, strict=True)
            make = Make(op.id, tuple(self.shared.held.get(t, box or Box(())) for t, box in boxes))
            asked = _Asked.of(self.graph, make)
        self.compute(make, asked, f"s{op.id}")

    def run_stage(self, stage: StageSteps, asked: Sequence[_Asked | None]) -> None:
        """Append the steps of a stage. Its operators run one at a time, so that one buffer for scratch serves all."""
        STEPS.allow(len(self.steps) + len(stage.steps), "the plan", error=ScheduleError)
        for store in stage.stores:
            self.store(store)
        for step, asks in zip(stage.steps, asked, strict=True):
            look_up()
            if isinstance(step, Make):
                assert asks is not None
                self.compute(step, asks, f"s{stage.first}")
            elif step.src is None:
                self.load(step.dst)
            else:
                self.steps.append(Copy(len(self.steps), step.src, step.dst))

    def compute(self, make: Make, asked: _Asked, scratch_name: str) -> None:
        """Append one Compute, and before it the loads of what it is the first to need."""
        op = self.graph.operators[make.op]
        wanted = zip(op.inputs, asked.boxes, asked.kept, strict=True)
        reads = tuple(self.read(op, t, box) if kept is None else kept for t, box, kept in wanted)
        writes = tuple(
            None if box is None else _part(make.into.get(t) or self.activation(t), box)
            for t, box in zip(op.outputs, make.writes, strict=True)
        )
        scratch = self.scratch(scratch_name, asked.scratch_bytes) if asked.scratch_bytes else None
        self.steps.append(Compute(len(self.steps), op.id, writes, reads, make.reduce, make.sums, scratch))

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
        """Views of just this box of a constant, or of a tensor that lies whole."""
        if tensor < 0 or box is None:
            return ()
        if self.graph.tensors[tensor].is_const:
            return (_part(self.loaded(op, tensor), box),)
        if tensor in self.waiting:
            self.fetch(tensor)
        return (_part(self.activation(tensor), box),)

    def fetch(self, tensor: int) -> None:
        """Load a streamed input, whole, from the application."""
        self.waiting.remove(tensor)
        self.load(self.activation(tensor))

    def load(self, dst: View) -> None:
        """Copy a box of a streamed input from the application."""
        self.steps.append(Copy(len(self.steps), replace(self.at_start[dst.tensor], box=dst.box), dst))

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
        """Where a tensor lies whole."""
        buffer, view = self.lying[tensor]
        self.buffers.setdefault(buffer.id, buffer)
        return view

    def whole(self, tensor: int, buffer: Buffer) -> View:
        return dense_view(buffer.id, tensor, self.graph.tensors[tensor].shape)

    def scratch(self, name: str, size: int) -> str:
        """A buffer for kernels that need up to ``size`` bytes of working memory."""
        alignment = self.device.memory(self.device.arena).alignment
        size = max(size, self.buffers[name].bytes if name in self.buffers else 0)
        self.buffers[name] = Buffer(name, self.device.arena, size, alignment, None, (size,), "uint8", Form.SCRATCH)
        return name

    def store(self, store: Store) -> None:
        """A buffer that a stage makes for itself."""
        held = self.graph.tensors[store.tensor]
        dtype, element_bytes = ("int32", SUM_BYTES) if store.form is Form.SUMS else (held.dtype, held.element_bytes)
        arena = self.device.arena
        self.buffers[store.id] = _buffer(store.id, self.device, arena, store.shape, dtype, element_bytes, store.form)

    def buffer(self, name: str, memory: str, tensor: int) -> Buffer:
        """The buffer of that name, made to hold this tensor when it is new."""
        if name not in self.buffers:
            self.buffers[name] = _holding(self.graph.tensors[tensor], name, self.device, memory)
        return self.buffers[name]


def _held(kept: tuple[View, ...], box: Box) -> tuple[View, ...]:
    """Views of just this box of what a stage has ``kept`` of a tensor."""
    held = tuple(_part(view, common) for view in kept if (common := view.box & box).size)
    return held if box.size else tuple(_part(view, box) for view in kept[:1])


def _part(view: View, box: Box) -> View:
    """The same view of ``box`` alone."""
    return view if view.box == box else View(view.buffer, view.tensor, box, view.origin, view.strides, view.ring)


def _placed(plan: Plan, schedule: Schedule) -> Plan:
    fixed = dict(schedule.offsets) | dict(schedule.pins)
    _check_fixed(plan, fixed)
    live = extents(plan)
    lowest_tensor = {v.buffer: v.tensor for v in reversed(plan.at_start)}
    offsets: dict[str, int] = {}
    for memory in dict.fromkeys(b.memory for b in plan.buffers):
        inside = sorted((b for b in plan.buffers if b.memory == memory), key=lambda b: lowest_tensor.get(b.id, -1))
        offsets |= first_fit(inside, live, fixed) if memory == plan.device.arena else packed(inside, fixed)
    return moved(plan, replace(plan, buffers=tuple(replace(b, offset=offsets[b.id]) for b in plan.buffers)))


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
