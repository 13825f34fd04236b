"""The plan under construction: which Views a step reads and writes, and the buffers that they lie in."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.limits import STEPS
from mcu_lab.lowering.asked import Asked, wholes
from mcu_lab.lowering.chunks import Chunks, Given, parts
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.lying import Memories, buffer_of, holding, lying
from mcu_lab.lowering.pieces import Make, StageSteps, Store
from mcu_lab.lowering.transfers import Arrival, Shift, Work, with_copies
from mcu_lab.plan.address import SUM_BYTES, dense_view, part_of
from mcu_lab.plan.model import APPLICATION, Buffer, Form, Plan, View
from mcu_lab.schedule.model import Schedule
from mcu_lab.stopping import look_up


class Draft:
    """Collects steps in order. Lives only while :func:`mcu_lab.lowering.lower` runs."""

    def __init__(
        self,
        graph: Graph,
        schedule: Schedule,
        memories: Memories,
        shared: Groups,
        stages: Sequence[StageSteps],
        given: Given,
    ) -> None:
        self.graph = graph
        self.device = memories.device
        self.shared = shared
        self.given = given
        self.kept = {t for stage in stages for t in stage.kept}
        self.stored = dict(schedule.storage)
        self.buffers: dict[str, Buffer] = {}
        self.steps: list[Work | Shift] = []
        self.arrivals: dict[tuple[str, int], Arrival] = {}
        self.at_start: dict[int, View] = {}
        self.lying = lying(graph, schedule.alias, schedule.in_place, memories)
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
        for state in graph.states:
            self.at_start[state] = self.activation(state)

    def run(self, op: Operator) -> None:
        """Append the steps of one operator executed whole."""
        look_up()
        make, asked = wholes(self.graph)[op.id]
        if not self.shared.held.keys().isdisjoint(op.outputs):
            boxes = zip(op.outputs, make.writes, strict=True)
            make = Make(op.id, tuple(self.shared.held.get(t, box or Box(())) for t, box in boxes))
            asked = Asked.of(self.graph, make)
        given = [chunks for (reader, _), chunks in self.given.items() if reader == op.id]
        for part in parts(make, given):
            self.compute(part, asked if part is make else Asked.of(self.graph, part), f"s{op.id}")

    def run_stage(self, stage: StageSteps, asked: Sequence[Asked | None]) -> None:
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
                self.steps.append(Shift(self.handed_over(step.dst), step.dst))
            else:
                self.steps.append(Shift(step.src, step.dst))

    def compute(self, make: Make, asked: Asked, scratch_name: str) -> None:
        """Append one step of an operator."""
        op = self.graph.operators[make.op]
        wanted = zip(op.inputs, asked.boxes, asked.kept, strict=True)
        arrived: list[Arrival] = []
        reads = tuple(self.read(op, t, box, arrived) if kept is None else kept for t, box, kept in wanted)
        writes = tuple(
            None if box is None else part_of(make.into.get(t) or self.activation(t), box)
            for t, box in zip(op.outputs, make.writes, strict=True)
        )
        scratch = self.scratch(scratch_name, asked.scratch_bytes) if asked.scratch_bytes else None
        self.steps.append(Work(op.id, writes, reads, make.reduce, make.sums, scratch, tuple(arrived)))

    def finished(self) -> Plan:
        """The plan of what was collected. What nobody reads and is an output arrives at the end."""
        at_end = [self.arriving(tensor) for tensor in sorted(self.waiting & set(self.graph.outputs))]
        kept = [v for t, v in self.at_start.items() if self.graph.tensors[t].variable or self.in_sram(t)]
        outputs = [self.output(t) for t in dict.fromkeys(self.graph.outputs)]
        return Plan(
            self.graph,
            self.device,
            tuple(self.buffers.values()),
            with_copies(self.steps, at_end),
            tuple(sorted(self.at_start.values(), key=lambda view: view.tensor)),
            tuple(dict.fromkeys((*outputs, *kept))),
        )

    def output(self, tensor: int) -> View:
        return self.constant(tensor) if self.graph.tensors[tensor].is_const else self.activation(tensor)

    def in_sram(self, tensor: int) -> bool:
        """A constant kept in the arena has to be there for the next inference too."""
        return self.graph.tensors[tensor].is_const and self.stored.get(tensor) == self.device.arena

    def read(self, op: Operator, tensor: int, box: Box | None, arrived: list[Arrival]) -> tuple[View, ...]:
        """Views of this box of a constant or of a tensor that lies whole. What it waits for joins ``arrived``."""
        if tensor < 0 or box is None:
            return ()
        if self.graph.tensors[tensor].is_const:
            stored = self.constant(tensor)
            if self.device.memory(self.buffers[stored.buffer].memory).reach:
                return (part_of(stored, box),)
            arrived.append(self.loaded(op, tensor, stored, box))
            return (part_of(arrived[-1].dst, box),)
        if tensor in self.waiting:
            arrived.append(self.arriving(tensor))
        return (part_of(self.activation(tensor), box),)

    def arriving(self, tensor: int) -> Arrival:
        """A streamed input, whole, from the application."""
        key = f"i{tensor}", 0
        if key not in self.arrivals:
            view = self.activation(tensor)
            self.arrivals[key] = Arrival(self.handed_over(view), view)
        return self.arrivals[key]

    def handed_over(self, dst: View) -> View:
        """The same box of a streamed input as the application has it."""
        return part_of(self.at_start[dst.tensor], dst.box)

    def loaded(self, op: Operator, tensor: int, stored: View, box: Box) -> Arrival:
        """What has this box of a constant out of the core's reach, copied into the arena for this operator alone."""
        chunks = self.given.get((op.id, tensor)) or Chunks(tensor, self.graph.tensors[tensor].shape)
        key = name, number = f"l{tensor}.{op.id}", chunks.number(box)
        if key not in self.arrivals:
            view = chunks.view(self.buffer(name, self.device.arena, tensor, chunks.held_shape).id, number)
            self.arrivals[key] = Arrival(part_of(stored, view.box), view, chunks.ahead, chunks.slot(number))
        return self.arrivals[key]

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
        self.buffers[store.id] = buffer_of(store.id, self.device, arena, store.shape, dtype, element_bytes, store.form)

    def buffer(self, name: str, memory: str, tensor: int, shape: tuple[int, ...] | None = None) -> Buffer:
        """The buffer of that name, made to hold this tensor, or as much as ``shape`` of it, when it is new."""
        if name not in self.buffers:
            self.buffers[name] = holding(self.graph.tensors[tensor], name, self.device, memory, shape)
        return self.buffers[name]
