"""Tensors that go round by way of Copies, blocking or in flight, and starts and ends in other places.

Each change takes a plan that is right and gives one that is right, or None where there is nothing of its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.codes import MOST_VECTORS, encoded, vectors_of
from mcu_lab.plan.model import APPLICATION, Buffer, Compute, Copy, Form, Plan, Step, View, Wait, views_of
from tests.law.effects import Effect, bytes_of, effects, shares_buffers
from tests.law.layouts import free_name, held_anyhow, new_buffer, work_memory
from tests.law.pieces import cut_up
from tests.plan.coded_plans import codebook_of
from tests.plan.rewriting import all_views, computes, numbered, step_with_views, with_buffer

Changed = tuple[Plan, View]


def elsewhere(rng: np.random.Generator, plan: Plan, view: View, memory: str) -> Changed:
    """A new buffer in a memory for the view's box in any layout, and the View there."""
    held, elements = held_anyhow(rng, replace(view, ring=None))
    buffer = new_buffer(plan, free_name(plan, "m"), memory, elements, view)
    return with_buffer(plan, buffer), replace(held, buffer=buffer.id)


def _any_memory(rng: np.random.Generator, plan: Plan) -> str:
    """A memory that can be written to, if only by Copies."""
    return str(rng.choice([m.name for m in plan.device.memories if m.writable]))


def _way(plan: Plan, src: str, dst: str) -> tuple[bool, bool]:
    """Whether bytes can go from one memory to the other, and whether beside the core."""
    link = next((one for one in plan.device.links if (one.src, one.dst) == (src, dst)), None)
    reach = {m.name: m.reach for m in plan.device.memories} | {APPLICATION: True}
    return link is not None or (reach[src] and reach[dst] and dst != APPLICATION), bool(link and link.asynchronous)


def read_by_way_of_a_copy(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """What a step reads is copied first, early or late, and read from there. Of a Copy: by way of a third place."""
    steps = [s for s in plan.steps if not isinstance(s, Wait)]
    if not steps:
        return None
    step = steps[int(rng.integers(len(steps)))]
    views = [v for slot in step.reads for v in slot] if isinstance(step, Compute) else [step.src]
    if not views or (isinstance(step, Copy) and not step.blocking):
        return None
    view = views[int(rng.integers(len(views)))]
    if isinstance(step, Compute) and any(w.buffer == view.buffer for w in step.writes if w):
        return None
    home = plan.buffer[view.buffer].memory
    if home == APPLICATION:
        return None
    memory = (work_memory if isinstance(step, Compute) else _any_memory)(rng, plan)
    possible, beside = _way(plan, home, memory)
    onward = isinstance(step, Compute) or _way(plan, memory, plan.buffer[step.dst.buffer].memory)[0]
    if not possible or not onward:
        return None
    plan, copied = elsewhere(rng, plan, view, memory)
    first = _after_writers(plan, view, step.id)
    start = int(rng.integers(first, step.id + 1))
    arrival = int(rng.integers(start, step.id + 1))
    read = _with_read(step, view, copied)
    blocking = not beside or bool(rng.random() < 0.4)
    copies: list[Step] = [
        Copy(-1 - i, replace(view, box=box), replace(copied, box=box), blocking)
        for i, box in enumerate(cut_up(rng, view.box) if rng.random() < 0.3 else [view.box])
    ]
    waits: list[Step] = [] if blocking else [Wait(-100 - i, c.id) for i, c in enumerate(copies)]
    rest = plan.steps
    return numbered(
        plan,
        [*rest[:start], *copies, *rest[start:arrival], *waits, *rest[arrival : step.id], read, *rest[step.id + 1 :]],
    )


def in_codes(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A constant that a step reads lies in codes as well, and is decoded for it."""
    readers = [(s, v) for s in computes(plan) for slot in s.reads for v in slot if plan.graph.tensors[v.tensor].data]
    if not readers:
        return None
    step, view = readers[int(rng.integers(len(readers)))]
    tensor = plan.graph.tensors[view.tensor]
    book = codebook_of([tensor.array], int(rng.integers(1, 6)))
    if len(vectors_of(book)) > MOST_VECTORS:
        return None
    name, coded = free_name(plan, "book"), free_name(plan, "codes")
    plan, copied = elsewhere(rng, plan, view, work_memory(rng, plan))
    flash, held = plan.device.constants, encoded(tensor.array, name, book)
    plan = with_buffer(plan, Buffer(name, flash, len(book.vectors), 1, None, (), "int8", Form.CODEBOOK, book))
    plan = with_buffer(plan, Buffer(coded, flash, len(held.numbers), 1, None, (), "uint8", Form.CODES, held))
    source = dense_view(coded, view.tensor, tensor.shape)
    boxes = cut_up(rng, view.box) if rng.random() < 0.3 else [view.box]
    copies = [Copy(-1 - i, replace(source, box=box), replace(copied, box=box)) for i, box in enumerate(boxes)]
    start = int(rng.integers(0, step.id + 1))
    steps = [*plan.steps[:start], *copies, *plan.steps[start : step.id], _with_read(step, view, copied)]
    plan = numbered(plan, [*steps, *plan.steps[step.id + 1 :]])
    return replace(plan, at_start=(*plan.at_start, source))


def _after_writers(plan: Plan, view: View, before: int) -> int:
    """The first place among the steps at which the view holds what it holds before a step."""
    reading = Effect(reads={view.buffer: bytes_of(plan, view)})
    touched = effects(plan)
    return next((i + 1 for i in range(before - 1, -1, -1) if touched[i].before(reading)), 0)


def _with_read(step: Step, old: View, new: View) -> Step:
    if isinstance(step, Copy):
        return replace(step, src=new)
    assert isinstance(step, Compute)
    return replace(step, reads=tuple(tuple(new if v is old else v for v in slot) for slot in step.reads))


def written_by_way_of_a_copy(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """What a step writes goes to another place first, and from there, sooner or later, where it went before."""
    found = [(s, i) for s in computes(plan) for i, v in enumerate(s.writes) if v]
    if not found:
        return None
    step, slot = found[int(rng.integers(len(found)))]
    view = step.writes[slot]
    assert view
    memory, home = work_memory(rng, plan), plan.buffer[view.buffer].memory
    possible, beside = _way(plan, memory, home)
    if not possible or shares_buffers(step):
        return None
    plan, made = elsewhere(rng, plan, view, memory)
    writes = tuple(made if i == slot else v for i, v in enumerate(step.writes))
    writing = Effect(writes={view.buffer: bytes_of(plan, view)})
    touched = effects(plan)
    last = next(
        (i for i in range(step.id + 1, len(plan.steps)) if touched[i].before(writing) or writing.before(touched[i])),
        len(plan.steps),
    )
    start = int(rng.integers(step.id + 1, last + 1))
    arrival = int(rng.integers(start, last + 1))
    blocking = not beside or bool(rng.random() < 0.4)
    waits: list[Step] = [] if blocking else [Wait(-2, -1)]
    rest, copy = plan.steps, Copy(-1, made, view, blocking)
    return numbered(
        plan,
        [*rest[: step.id], replace(step, writes=writes), *rest[step.id + 1 : start], copy, *rest[start:arrival], *waits,
         *rest[arrival:]],
    )  # fmt: skip


def start_twice(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """A constant or an input, or a part of it, present in another memory too, and read there by some."""
    views = [v for v in plan.at_start if plan.buffer[v.buffer].form is Form.PLAIN]
    if not views:
        return None
    view = views[int(rng.integers(len(views)))]
    constant = plan.graph.tensors[view.tensor].is_const
    memories = [m.name for m in plan.device.memories if m.writable or constant]
    part = replace(view, box=cut_up(rng, view.box)[0]) if rng.random() < 0.4 else view
    plan, again = elsewhere(rng, plan, part, str(rng.choice(memories)))
    plan = replace(plan, at_start=(*plan.at_start, again))
    reach = plan.device.memory(plan.buffer[again.buffer].memory).reach

    def moved(step: Step) -> Step:
        if isinstance(step, Wait) or rng.random() < 0.4 or (isinstance(step, Compute) and not reach):
            return step

        def change(v: View) -> View:
            same = v.buffer == view.buffer and v.tensor == view.tensor and v.box in again.box
            return replace(again, box=v.box) if same else v

        if isinstance(step, Copy):
            src = change(step.src)
            ways = _way(plan, plan.buffer[src.buffer].memory, plan.buffer[step.dst.buffer].memory)
            return replace(step, src=src) if step.blocking and ways[0] else step
        return replace(step, reads=tuple(tuple(change(v) for v in slot) for slot in step.reads))

    intact = constant or not any(v.buffer == view.buffer for s in plan.steps for v in _written(s))
    return replace(plan, steps=tuple(moved(s) for s in plan.steps)) if intact else plan


def _written(step: Step) -> tuple[View, ...]:
    if isinstance(step, Copy):
        return (step.dst,)
    return tuple(v for v in step.writes if v) if isinstance(step, Compute) else ()


def without_idle_starts(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """What is present at the start and touched by nobody is not there."""
    used = {v.buffer for s in plan.steps for v in views_of(s)} | {v.buffer for v in plan.at_end}
    kept = tuple(v for v in plan.at_start if v.buffer in used)
    return replace(plan, at_start=kept) if kept != plan.at_start else None


def streamed(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """An input that the application hands over in pieces, odd ones too, copied to where it was present before."""
    views = [v for v in plan.at_start if v.tensor in plan.graph.inputs and plan.buffer[v.buffer].memory != APPLICATION]
    views = [v for v in views if _way(plan, APPLICATION, plan.buffer[v.buffer].memory)[0]]
    if not views:
        return None
    view = views[int(rng.integers(len(views)))]
    if any(v.tensor == view.tensor and plan.buffer[v.buffer].memory == APPLICATION for v in plan.at_start):
        return None
    plan, source = elsewhere(rng, plan, view, APPLICATION)
    copies: list[Step] = [
        Copy(-1 - i, replace(source, box=box), replace(view, box=box)) for i, box in enumerate(_in_order(rng, view.box))
    ]
    started = tuple(source if v is view else v for v in plan.at_start)
    return replace(numbered(plan, [*copies, *plan.steps]), at_start=started)


def _in_order(rng: np.random.Generator, box: Box) -> list[Box]:
    """The box in pieces of which each lies behind the one before it in row-major order."""
    axis = next((a for a, i in enumerate(box) if len(i) > 1), None)
    if axis is None or rng.random() < 0.2:
        return [box]
    lo, hi = box[axis].lo, box[axis].hi
    cuts = sorted({lo, hi, *(int(c) for c in rng.integers(lo, hi, int(rng.integers(1, 5))))})
    pieces = [box.replaced(axis, Interval(a, b)) for a, b in pairwise(cuts)]
    return [p for piece in pieces for p in (_in_order(rng, piece) if len(piece[axis]) == 1 else [piece])]


def kept_elsewhere(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """What must be there at the end, or a part of it, copied to another place and kept there; or something more."""
    if not plan.at_end:
        return None
    at = int(rng.integers(len(plan.at_end)))
    view = plan.at_end[at]
    parts = cut_up(rng, view.box) if rng.random() < 0.4 else [view.box]
    part = replace(view, box=parts[0])
    memory = work_memory(rng, plan)
    if not _way(plan, plan.buffer[view.buffer].memory, memory)[0]:
        return None
    plan, kept = elsewhere(rng, plan, part, memory)
    rest = [replace(view, box=box) for box in parts[1:]]
    also = [view] if rng.random() < 0.2 else rest
    ends = (*plan.at_end[:at], kept, *also, *plan.at_end[at + 1 :])
    return replace(numbered(plan, [*plan.steps, Copy(-1, part, kept)]), at_end=ends)


def in_place(rng: np.random.Generator, plan: Plan) -> Plan | None:
    """An output in the place of an input that nobody wants any more."""
    found = [(s, slot) for s in computes(plan) for slot in _over(plan, s)]
    if not found:
        return None
    step, slot = found[int(rng.integers(len(found)))]
    read, write = step.reads[slot][0], step.writes[0]
    assert write

    def change(view: View) -> View:
        return (
            replace(view, buffer=read.buffer, origin=read.origin, strides=read.strides, ring=read.ring)
            if (view.buffer == write.buffer)
            else view
        )

    steps = tuple(step_with_views(s, change) for s in plan.steps)
    ends = tuple(change(v) for v in plan.at_end)
    buffers = tuple(b for b in plan.buffers if b.id != write.buffer)
    return replace(plan, steps=steps, at_end=ends, buffers=buffers)


def _over(plan: Plan, step: Compute) -> list[int]:
    """Slots of which the step's output may take the place."""
    op, write = plan.graph.operators[step.op], step.writes[0]
    whole = [s for s in computes(plan) if s.op == step.op]
    if write is None or len(whole) > 1 or step.reduce or write.box != Box.full(plan.graph.tensors[write.tensor].shape):
        return []
    mine = [v for v in all_views(plan) if v.buffer == write.buffer]
    if any(v.tensor != write.tensor for v in mine) or any(v.buffer == write.buffer for v in plan.at_start):
        return []

    def takes(slot: int) -> bool:
        if len(step.reads[slot]) != 1 or step.reads[slot][0].box != write.box:
            return False
        read = step.reads[slot][0]
        memory = plan.buffer[read.buffer].memory
        others = [v for s in plan.steps[step.id + 1 :] for v in views_of(s)] + list(plan.at_end)
        same = {(v.tensor, v.origin, v.strides, v.ring) for v in all_views(plan) if v.buffer == read.buffer}
        in_flight = any(isinstance(s, Wait) for s in plan.steps[step.id :])
        return (
            len(same) == 1
            and not in_flight
            and plan.device.memory(memory).writable
            and not any(v.buffer == read.buffer for v in others)
            and sum(v.buffer == read.buffer for s in step.reads for v in s) == 1
            and not plan.graph.tensors[read.tensor].is_const
        )

    return [slot for slot in spec_of(op).in_place(plan.graph, op) if takes(slot)]


Change = Callable[[np.random.Generator, Plan], Plan | None]
