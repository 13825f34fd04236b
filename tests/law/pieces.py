"""The same work in other pieces and orders: reads, writes, starts and ends in parts, slices with sums.

Each change takes a plan that is right and gives one that is right, or None where there is nothing of its kind.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.ops import spec_of
from mcu_lab.plan.model import Buffer, Compute, Form, Plan, Step, View
from mcu_lab.plan.verify.compute import SUMMED_DTYPES
from tests.law.effects import effects, shares_buffers
from tests.law.layouts import free_name, held_anyhow, new_buffer, work_memory
from tests.plan.rewriting import computes, numbered, with_buffer, with_step


def cut_up(rng: np.random.Generator, box: Box, overlapping: bool = False) -> list[Box]:
    """The box in two to four parts, along one axis or several; overlapping ones may share elements."""
    parts = [box]
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(parts)))
        axes = [axis for axis, interval in enumerate(parts[at]) if len(interval) > 1]
        if not axes:
            break
        part, axis = parts.pop(at), int(rng.choice(axes))
        lo, hi = part[axis].lo, part[axis].hi
        cut = int(rng.integers(lo + 1, hi))
        more = int(overlapping and rng.random() < 0.3)
        parts += [part.replaced(axis, Interval(lo, cut)), part.replaced(axis, Interval(cut - more, hi))]
    return parts


def _shuffled(rng: np.random.Generator, boxes: list[Box]) -> list[Box]:
    return [boxes[int(i)] for i in rng.permutation(len(boxes))]


def read_in_parts(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """One View of a slot as several, in any order, some elements in two of them."""
    places = [(s, slot, i) for s in computes(plan) for slot, views in enumerate(s.reads) for i in range(len(views))]
    if not places:
        return None
    step, slot, at = places[int(rng.integers(len(places)))]
    if shares_buffers(step) and rng.random() < 0.7:
        return None
    views = step.reads[slot]
    parts = [replace(views[at], box=box) for box in _shuffled(rng, cut_up(rng, views[at].box, overlapping=True))]
    reads = (*step.reads[:slot], (*views[:at], *parts, *views[at + 1 :]), *step.reads[slot + 1 :])
    return with_step(plan, replace(step, reads=reads))


def narrowed(
    rng: np.random.Generator,
    plan: Plan,
    step: Compute,
    boxes: tuple[Box | None, ...],
    reduce: Interval | None,
    wider: bool = True,
) -> tuple[tuple[View, ...], ...]:
    """The step's reads for these output boxes: just what is needed of each View; if ``wider``, now and then all."""
    op = plan.graph.operators[step.op]
    needed = spec_of(op).needs(plan.graph, op, boxes, reduce)

    def slot(views: tuple[View, ...], box: Box | None) -> tuple[View, ...]:
        if box is None or not box.size:
            return views if wider and rng.random() < 0.3 else ()
        if wider and rng.random() < 0.2:
            return views
        common = [replace(view, box=view.box & box) for view in views]
        return tuple(view for view in common if view.box.size)

    return tuple(slot(views, box) for views, box in zip(step.reads, needed, strict=True))


def step_in_parts(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A Compute as several, each of which makes a part of the output, or one of the outputs; some elements twice."""
    whole = [s for s in computes(plan) if s.reduce is None]
    if not whole:
        return None
    step = whole[int(rng.integers(len(whole)))]
    apart = not shares_buffers(step)
    parts: list[tuple[View | None, ...]] = []
    if sum(v is not None for v in step.writes) > 1:
        parts = [tuple(v if i == slot else None for i, v in enumerate(step.writes)) for slot in range(len(step.writes))]
        parts = [writes for writes in parts if any(writes)]
    else:
        slot = next(i for i, v in enumerate(step.writes) if v)
        view = step.writes[slot]
        assert view
        for box in _shuffled(rng, cut_up(rng, view.box, overlapping=apart)):
            parts.append(tuple(replace(view, box=box) if i == slot else None for i in range(len(step.writes))))
    pieces: list[Step] = []
    for number, writes in enumerate(parts):
        boxes = tuple(v.box if v else None for v in writes)
        reads = narrowed(rng, plan, step, boxes, None, wider=apart)
        pieces.append(replace(step, id=-1 - number, writes=writes, reads=reads))
    return numbered(plan, [*plan.steps[: step.id], *pieces, *plan.steps[step.id + 1 :]])


def in_slices(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A Compute that takes its first input a slice at a time and adds up sums, which lie anyhow."""
    found = [s for s in computes(plan) if s.reduce is None and not shares_buffers(s) and _summable(plan, s)]
    if not found:
        return None
    step = found[int(rng.integers(len(found)))]
    op, write = plan.graph.operators[step.op], step.writes[0]
    axis = spec_of(op).reduce_axis(plan.graph, op)
    assert axis is not None and write
    length = plan.graph.tensors[op.inputs[0]].shape[axis]
    cuts = sorted({0, length, *(int(c) for c in rng.integers(0, length + 1, int(rng.integers(1, 4))))})
    view, elements = held_anyhow(rng, replace(write, ring=None))
    buffer = new_buffer(plan, free_name(plan, "sums"), work_memory(rng, plan), elements, write, Form.SUMS)
    sums = replace(view, buffer=buffer.id)
    pieces: list[Step] = []
    for number, piece in enumerate(map(Interval, cuts, cuts[1:])):
        writes = (write if piece.hi == length else None,)
        reads = narrowed(rng, plan, step, (write.box,), piece)
        pieces.append(replace(step, id=-1 - number, writes=writes, reads=reads, reduce=piece, sums=sums))
    return with_buffer(numbered(plan, [*plan.steps[: step.id], *pieces, *plan.steps[step.id + 1 :]]), buffer)


def _summable(plan: Plan, step: Compute) -> bool:
    op = plan.graph.operators[step.op]
    spec, dtype = spec_of(op), plan.graph.tensors[op.inputs[0]].dtype if op.inputs and op.inputs[0] >= 0 else ""
    return bool(
        dtype in SUMMED_DTYPES
        and len(op.outputs) == 1
        and spec.accumulate
        and spec.reduce_axis(plan.graph, op) is not None
    )


def ends_in_parts(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A View at the start or at the end as several, in any order; at the end perhaps a part once more."""
    name = "at_start" if rng.random() < 0.5 else "at_end"
    views = getattr(plan, name)
    if not views:
        return None
    at = int(rng.integers(len(views)))
    parts = [replace(views[at], box=box) for box in cut_up(rng, views[at].box, overlapping=True)]
    if name == "at_end" and rng.random() < 0.3:
        parts.append(views[at])
    listed = [*views[:at], *parts, *views[at + 1 :]]
    return replace(plan, **{name: tuple(listed[int(i)] for i in rng.permutation(len(listed)))})


def reordered(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """The steps in another order in which each finds what it found; often what was freed last comes first."""
    touched = effects(plan)
    waits: list[set[int]] = [{j for j in range(i) if touched[j].before(touched[i])} for i in range(len(touched))]
    order: list[int] = []
    deep = float(rng.choice((0.0, 0.6, 0.95)))
    ready = [i for i, before in enumerate(waits) if not before]
    while ready:
        at = len(ready) - 1 if rng.random() < deep else int(rng.integers(len(ready)))
        step = ready.pop(at)
        order.append(step)
        for i, before in enumerate(waits):
            if step in before:
                before.discard(step)
                if not before:
                    ready.append(i)
    return numbered(plan, [plan.steps[i] for i in order])


def with_scratch(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """Working memory for a step, fresh or that of another one."""
    found = computes(plan)
    if not found:
        return None
    step, size = found[int(rng.integers(len(found)))], int(rng.integers(0, 40))
    if step.scratch:
        return None
    name = free_name(plan, "scratch")
    memory = work_memory(rng, plan)
    unit = plan.device.memory(memory).alignment
    buffer = Buffer(name, memory, size, unit, None, (size,), "uint8", Form.SCRATCH)
    others = [b for b in plan.buffers if b.form is Form.SCRATCH]
    if others and rng.random() < 0.4:
        return with_step(plan, replace(step, scratch=others[int(rng.integers(len(others)))].id))
    return with_step(with_buffer(plan, buffer), replace(step, scratch=name))


def repeated(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A step done twice in a row."""
    found = [s for s in computes(plan) if s.reduce is None and not shares_buffers(s)]
    if not found:
        return None
    step = found[int(rng.integers(len(found)))]
    return numbered(plan, [*plan.steps[: step.id], replace(step, id=-1), *plan.steps[step.id :]])
