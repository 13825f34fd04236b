"""lower(graph, schedule, device) -> Plan: what follows from the decisions, written out. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from math import prod

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.check import check_order, check_stages, check_storage
from mcu_lab.lowering.groups import Groups, groups
from mcu_lab.lowering.pieces import Make, StageSteps, Store
from mcu_lab.lowering.place import first_fit, packed
from mcu_lab.lowering.stages import stage_steps
from mcu_lab.ops import require_supported, spec_of
from mcu_lab.plan.address import SUM_BYTES, dense_view
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan, Step, View
from mcu_lab.schedule.model import Schedule


def default_schedule(graph: Graph) -> Schedule:
    """The order of the file; whole, separate tensors; everything else left to defaults."""
    return Schedule(order=tuple(op.id for op in graph.operators))


def lower(graph: Graph, schedule: Schedule, device: Device) -> Plan:
    """The plan of these decisions, every buffer placed.

    Buffers: ``t{tensor}`` activations (named by the tensor that holds its group), ``f{tensor}`` rows of one that lie
    apart while they are fresh, ``a{op}`` sums, ``c{tensor}`` constants, ``s{op}`` kernel scratch, ``i{tensor}`` a
    streamed input in the application's memory, ``l{tensor}.{op}`` a constant loaded from a memory out of reach for one
    operator. Whether it fits is not lowering's question.

    Raises ScheduleError for decisions that the graph or device does not allow, UnsupportedError with everything in
    the graph that cannot be executed.
    """
    require_supported(graph)
    shared = groups(graph, schedule.alias, schedule.in_place)
    check_order(graph, schedule.order, shared)
    check_storage(graph, schedule, device)
    check_stages(graph, schedule)
    alias = frozenset(schedule.alias)
    stages = [stage_steps(graph, stage, schedule.inputs, shared, alias) for stage in schedule.stages]
    stage_of = {op: i for i, stage in enumerate(schedule.stages) for op in stage.operators}
    draft = _Draft(graph, schedule, device, shared, stages)
    for stage, operators in groupby(schedule.order, key=stage_of.get):
        if stage is None:
            for op in operators:
                draft.run(graph.operators[op])
        else:
            draft.run_stage(stages[stage])
    return _placed(draft.finished(), schedule)


class _Draft:
    """The plan under construction: lives only while :func:`lower` runs."""

    def __init__(
        self, graph: Graph, schedule: Schedule, device: Device, shared: Groups, stages: Sequence[StageSteps]
    ) -> None:
        self.graph = graph
        self.device = device
        self.shared = shared
        self.kept = {t for stage in stages for t in stage.kept}
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
        self.waiting -= self.kept
        for state in (t for t in graph.tensors if t.variable):
            self.at_start[state.id] = self.activation(state.id)

    def run(self, op: Operator) -> None:
        """Append the steps of one operator executed whole."""
        whole = tuple(self.shared.held.get(t, Box.full(self.graph.tensors[t].shape)) for t in op.outputs)
        self.compute(Make(op.id, whole), f"s{op.id}")

    def run_stage(self, stage: StageSteps) -> None:
        """Append the steps of a stage. Its operators run one at a time, so that one buffer for scratch serves all."""
        for store in stage.stores:
            self.store(store)
        for step in stage.steps:
            if isinstance(step, Make):
                self.compute(step, f"s{stage.first}")
            elif step.src is None:
                self.load(step.dst)
            else:
                self.steps.append(Copy(len(self.steps), step.src, step.dst))

    def compute(self, make: Make, scratch_name: str) -> None:
        """Append one Compute, and before it the loads of what it is the first to need."""
        op = self.graph.operators[make.op]
        spec = spec_of(op)
        boxes = (make.sums.box,) if make.sums else make.writes
        needed = spec.needs(self.graph, op, boxes, make.reduce)
        reads = tuple(self.read(op, t, box, make.reads.get(t)) for t, box in zip(op.inputs, needed, strict=True))
        writes = tuple(
            None if box is None else replace(make.into.get(t) or self.activation(t), box=box)
            for t, box in zip(op.outputs, make.writes, strict=True)
        )
        scratch_bytes = spec.scratch_bytes(self.graph, op, boxes)
        scratch = self.scratch(scratch_name, scratch_bytes) if scratch_bytes else None
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

    def read(self, op: Operator, tensor: int, box: Box | None, kept: tuple[View, ...] | None) -> tuple[View, ...]:
        """Views of just this box: of a constant, of a tensor that lies whole, or of what a stage has ``kept`` of it."""
        if tensor < 0 or box is None:
            return ()
        if kept is not None:
            held = tuple(replace(view, box=common) for view in kept if (common := view.box & box).size)
            return held if box.size else tuple(replace(view, box=box) for view in kept[:1])
        if self.graph.tensors[tensor].is_const:
            return (replace(self.loaded(op, tensor), box=box),)
        if tensor in self.waiting:
            self.fetch(tensor)
        return (replace(self.activation(tensor), box=box),)

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
        root = self.shared.root.get(tensor, tensor)
        buffer = self.buffer(f"t{root}", self.device.arena, root)
        view = self.whole(tensor, buffer)
        layout = self.shared.layout.get(tensor)
        return replace(view, origin=layout.origin, strides=layout.strides) if layout else view

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
        dtype, element_bytes = self.graph.tensors[store.tensor].dtype, self.graph.tensors[store.tensor].element_bytes
        if store.form is Form.SUMS:
            dtype, element_bytes = "int32", SUM_BYTES
        self.add(store.id, self.device.arena, store.shape, dtype, element_bytes, store.form)

    def buffer(self, name: str, memory: str, tensor: int) -> Buffer:
        """The buffer of that name, made to hold this tensor when it is new."""
        if name not in self.buffers:
            held = self.graph.tensors[tensor]
            self.add(name, memory, held.shape, held.dtype, held.element_bytes, Form.PLAIN)
        return self.buffers[name]

    def add(self, name: str, memory: str, shape: tuple[int, ...], dtype: str, element_bytes: int, form: Form) -> None:
        unit = 1 if memory == APPLICATION else self.device.memory(memory).alignment
        alignment = max(unit, element_bytes)
        self.buffers[name] = Buffer(name, memory, prod(shape) * element_bytes, alignment, None, shape, dtype, form)


def _placed(plan: Plan, schedule: Schedule) -> Plan:
    fixed = dict(schedule.offsets) | dict(schedule.pins)
    _check_fixed(plan, fixed)
    live = extents(plan)
    lowest_tensor = {v.buffer: v.tensor for v in reversed(plan.at_start)}
    offsets: dict[str, int] = {}
    for memory in dict.fromkeys(b.memory for b in plan.buffers):
        inside = sorted((b for b in plan.buffers if b.memory == memory), key=lambda b: lowest_tensor.get(b.id, -1))
        offsets |= first_fit(inside, live, fixed) if memory == plan.device.arena else packed(inside, fixed)
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
