"""Run a plan in real byte arenas, at the plan's offsets, and get the same bytes as the exported C.

Memory is poisoned first and read only through Views. A transfer that does not block may touch its ends at any time
until its Wait; ``copies`` does it as early or as late as allowed, and a correct plan gives the same bytes both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np

from mcu_lab.errors import PlanError
from mcu_lab.execution.checksum import Trace, checksum
from mcu_lab.execution.footprint import computed, execution_bytes
from mcu_lab.execution.memory import Memories, poisoned
from mcu_lab.execution.overlap import granules, harmless, order_promised, overlapping_reads, share_bytes
from mcu_lab.execution.reference import States, checked_states, resolve_inputs
from mcu_lab.graph.box import Box
from mcu_lab.limits import RUN_BYTES
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Access, Region
from mcu_lab.plan.codes import contents
from mcu_lab.plan.model import Compute, Copy, Form, Plan, Step, View, Wait
from mcu_lab.plan.runnable import require_runnable

Copies = Literal["early", "late"]


@dataclass(frozen=True)
class Execution:
    """What a run gave.

    outputs    graph outputs, by tensor id.
    states     what the next inference finds, by tensor id; empty for a graph without state.
    tensors    with ``keep``: every tensor as the Computes wrote it, by tensor id.
    written    with ``keep``: for each of these, which elements were written at all (a tile that nobody needs is not).
    checksums  with ``trace``: one for each step (see :mod:`mcu_lab.execution.checksum`).
    """

    outputs: Mapping[int, np.ndarray]
    states: States
    tensors: Mapping[int, np.ndarray]
    written: Mapping[int, np.ndarray]
    checksums: tuple[int, ...]


def execute(
    plan: Plan,
    inputs: Mapping[int, np.ndarray] | Mapping[str, np.ndarray],
    *,
    trace: Trace | None = None,
    keep: bool = False,
    copies: Copies = "early",
    states: States | None = None,
) -> Execution:
    """Run every step of ``plan``. ``inputs`` has one array for each graph input, by tensor id or name.

    ``states`` is what the last inference left, by default what the first one finds. It is put where the plan keeps it,
    and taken from there, and nothing else outlasts an inference.

    Raises PlanError for a plan that cannot be run at all (a buffer without offset, a View outside its memory, a read
    that does not cover what the operator needs), InputError for wrong inputs, LimitError where it would take more
    memory than allowed. A plan that can be run but is wrong gives wrong bytes; telling is the verifier's business.
    """
    require_runnable(plan)
    RUN_BYTES.allow(execution_bytes(plan), "running the plan", where=plan.graph.name)
    given, found = resolve_inputs(plan.graph, inputs), checked_states(plan.graph, states)
    machine = Machine(plan, poisoned((plan,)), copies)
    machine.put_lasting(found)
    return machine.infer(given, trace=trace, keep=keep)


def execute_frames(
    plan: Plan, frames: Iterable[Mapping[int, np.ndarray]], *, trace: Trace | None = None, copies: Copies = "early"
) -> Iterator[Execution]:
    """What :func:`execute` gives for one inference after the other, each of which finds what the last one left."""
    states = None
    for inputs in frames:
        execution = execute(plan, inputs, trace=trace, copies=copies, states=states)
        states = execution.states
        yield execution


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Where in the plan a PlanError comes from."""
    try:
        yield
    except PlanError as error:
        raise PlanError(error.what, where=f"{where}, {error.where}".rstrip(", "), hint=error.hint) from error


class Machine:
    """A plan that runs in memories that may be others' as well, once it is found to be runnable."""

    def __init__(self, plan: Plan, held: dict[str, np.ndarray], copies: Copies) -> None:
        """``held``: at least as :func:`poisoned` makes it of the plan."""
        self.plan = plan
        self.memories = Memories(plan, held)
        self.copies = copies
        self.keep = False
        self.kept: dict[int, np.ndarray] = {}
        self.written: dict[int, np.ndarray] = {}

    def put_lasting(self, states: States) -> None:
        """What one inference leaves to the next as it found it, or changed: constants, codes and ``states``."""
        for buffer in self.plan.buffers:
            self.memories.store(buffer.id, contents(buffer))
        held = (self.plan.graph.tensors[view.tensor] for view in self.plan.at_start)
        lasting = {t.id: t for t in held if t.is_const or t.id not in self.plan.graph.inputs}
        self.put({i: t.array if t.is_const else states.get(i, t.fresh) for i, t in lasting.items()})

    def put(self, values: Mapping[int, np.ndarray]) -> None:
        """Tensors by id, wherever the plan has them before the first step."""
        with _named("at_start"):
            for view in self.plan.at_start:
                if view.tensor in values and self.plan.buffer[view.buffer].form is not Form.CODES:
                    self.memories.scatter(view, values[view.tensor][view.box.slices])

    def infer(self, inputs: Mapping[int, np.ndarray], *, trace: Trace | None = None, keep: bool = False) -> Execution:
        """One inference on inputs by tensor id, all of them, in what the memories hold now."""
        self.keep, self.kept, self.written = keep, {}, {}
        # What is not finite, or wraps around, is as right in a kernel here as it is in C.
        with np.errstate(all="ignore"):
            self.put({t: values for t, values in inputs.items() if not self.plan.graph.tensors[t].is_const})
            checksums = []
            for index, step in enumerate(self.plan.steps):
                with _named(f"step {index}"):
                    written = self.run(step)
                    if trace:
                        checksums.append(self.checksum(trace, written))
            with _named("at_end"):
                outputs = self.held_at_end(self.plan.graph.outputs)
                left = self.held_at_end(self.plan.graph.states)
        return Execution(
            MappingProxyType(outputs),
            MappingProxyType(left),
            MappingProxyType(self.kept),
            MappingProxyType(self.written),
            tuple(checksums),
        )

    def held_at_end(self, tensors: Iterable[int]) -> dict[int, np.ndarray]:
        """Tensors by id, each put together from all Views at the end that hold some of it."""
        found = {}
        for tensor in (self.plan.graph.tensors[t] for t in tensors):
            views = [view for view in self.plan.at_end if view.tensor == tensor.id]
            region = self.memories.region(views, Box.full(tensor.shape))
            found[tensor.id] = region.values.copy() if region else np.empty(tensor.shape, tensor.dtype)
        return found

    def run(self, step: Step) -> tuple[View, ...]:
        """Run one step; the Views whose bytes it has written."""
        if isinstance(step, Compute):
            return self.compute(step)
        if isinstance(step, Wait):
            copy = self.plan.steps[step.copy]
            assert isinstance(copy, Copy)
            if self.copies == "late":
                self.move(copy)
            return (copy.dst,)
        if step.blocking:
            self.move(step)
            return (step.dst,)
        if self.copies == "early":
            self.move(step)
        else:
            self.memories.poison(step.dst)
        return ()

    def move(self, copy: Copy) -> None:
        """Source and destination may not share bytes; what lies under both is lost."""
        coded = self.plan.buffer[copy.src.buffer].form is Form.CODES
        if not coded and share_bytes(self.plan, self.memories, copy.src, copy.dst):
            self.memories.poison(copy.dst)
        self.memories.scatter(copy.dst, self.memories.gather(copy.src))

    def compute(self, step: Compute) -> tuple[View, ...]:
        if step.scratch:
            self.memories.poison_buffer(step.scratch)
        if step.sums:
            self.add_up(step, step.sums)
        else:
            self.make(step)
        if step.scratch:
            self.memories.poison_buffer(step.scratch)
        writes = tuple(v for v in step.writes if v)
        if self.keep:
            for view in writes:
                self.keep_values(view)
        return (step.sums, *writes) if step.sums else writes

    def make(self, step: Compute) -> None:
        """A step without sums: at once, or piece by piece where it writes over what it reads."""
        if not any(step.writes):
            return
        op = self.plan.graph.operators[step.op]
        boxes = tuple(v.box if v else None for v in step.writes)
        compute = partial(computed, self.plan.graph, op)
        overlapping = overlapping_reads(self.plan, self.memories, step)
        if not overlapping:
            self.write(step.writes, compute(boxes, self.regions(step, boxes)))
            return
        if harmless(self.plan.graph, self.memories, step, overlapping):
            self.write(step.writes, compute(boxes, self.copied_regions(step, boxes)))
            return
        only = step.writes[0] if len(step.writes) == 1 else None
        access = order_promised(spec_of(op).access, only.box) if only else Access.UNORDERED
        if only is None or access is Access.UNORDERED:
            for view in (v for v in step.writes if v):
                self.memories.poison(view)
            self.write(step.writes, compute(boxes, self.copied_regions(step, boxes)))
            return
        for box in granules(access, only.box):
            self.write((replace(only, box=box),), compute((box,), self.copied_regions(step, (box,))))

    def add_up(self, step: Compute, sums: View) -> None:
        """One slice of input 0: add to the sums, and finish them with the slice that has a write View."""
        op = self.plan.graph.operators[step.op]
        spec = spec_of(op)
        assert spec.accumulate and spec.finish and step.reduce
        for view in (v for v in step.writes if v):
            if any(share_bytes(self.plan, self.memories, view, r) for slot in step.reads for r in slot):
                self.memories.poison(view)
        regions = self.copied_regions(step, (sums.box,))
        total = spec.accumulate(self.plan.graph, op, sums.box, regions, step.reduce)
        if step.reduce.lo:
            total = spec.join(self.memories.gather(sums), total)
        self.memories.scatter(sums, total)
        if any(step.writes):
            self.write(step.writes, (spec.finish(self.plan.graph, op, sums.box, total, regions),))

    def regions(self, step: Compute, boxes: tuple[Box | None, ...]) -> tuple[Region | None, ...]:
        op = self.plan.graph.operators[step.op]
        needed = spec_of(op).needs(self.plan.graph, op, boxes, step.reduce)
        return tuple(self.memories.region(views, box) for views, box in zip(step.reads, needed, strict=True))

    def copied_regions(self, step: Compute, boxes: tuple[Box | None, ...]) -> tuple[Region | None, ...]:
        """The regions as they are now, for a kernel whose writes may change what they are read from."""
        return tuple(r and Region(r.box, r.values.copy()) for r in self.regions(step, boxes))

    def write(self, views: tuple[View | None, ...], arrays: tuple[np.ndarray | None, ...]) -> None:
        for view, array in zip(views, arrays, strict=True):
            if view is not None:
                assert array is not None
                self.memories.scatter(view, array)

    def keep_values(self, view: View) -> None:
        tensor = self.plan.graph.tensors[view.tensor]
        whole = self.kept.setdefault(tensor.id, np.zeros(tensor.shape, tensor.dtype))
        whole[view.box.slices] = self.memories.gather(view)
        self.written.setdefault(tensor.id, np.zeros(tensor.shape, bool))[view.box.slices] = True

    def checksum(self, trace: Trace, written: tuple[View, ...]) -> int:
        if trace == "arena":
            return checksum(self.memories.bytes.get(self.plan.device.arena, np.empty(0, np.uint8)))
        crc = 0
        for view in written:
            crc = checksum(self.memories.gather(view), crc)
        return crc
