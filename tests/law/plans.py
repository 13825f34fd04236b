"""Random plans over all that the plan's types can say.

A plan begins as lowering or the plainest loop over operators makes it. Changes that keep it right follow: other
layouts, pieces, orders, places and ways (:mod:`tests.law.layouts`, :mod:`tests.law.pieces`,
:mod:`tests.law.moves`). So the graph's bytes have to come out of every reader. :mod:`tests.plan.damage` on top makes
plans that may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.device.model import Device, Link, Memory
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.place import first_fit
from mcu_lab.plan.extents import extents
from mcu_lab.plan.model import Buffer, Plan
from tests.law import layouts, moves, pieces
from tests.law.moves import Change
from tests.law.schedules import Tally, random_plan
from tests.plan.damage import damaged
from tests.plan.partial_plans import Draft

CHANGES: tuple[Change, ...] = (
    layouts.relaid, layouts.relaid, layouts.relaid, layouts.stretched, layouts.together, pieces.read_in_parts,
    pieces.step_in_parts, pieces.step_in_parts, pieces.step_in_parts, pieces.in_slices, pieces.ends_in_parts,
    pieces.reordered, pieces.reordered, pieces.with_scratch, pieces.repeated, moves.read_by_way_of_a_copy,
    moves.read_by_way_of_a_copy, moves.written_by_way_of_a_copy, moves.start_twice, moves.without_idle_starts,
    moves.streamed, moves.kept_elsewhere, moves.in_place,
)  # fmt: skip
#: Beyond so many steps or buffers, a plan is not cut any further.
MOST_STEPS = 60


@dataclass
class Made:
    """A plan, and the names of what was done to it."""

    plan: Plan
    changes: list[str] = field(default_factory=list)
    damages: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join((*self.changes, *self.damages)) or "plain"


def right_plan(rng: np.random.Generator, graph: Graph, first: Plan | None = None, device: Device | None = None) -> Made:
    """A plan of the graph that is right, if verifier and readers understand what they read.

    ``first``: what to begin with, instead of any :func:`first_plan`; ``device`` likewise.
    """
    made = Made(replace(first or first_plan(rng, graph), device=device or any_device(rng)))
    for _ in range(int(rng.integers(0, 12))):
        change = CHANGES[int(rng.integers(len(CHANGES)))]
        if len(made.plan.steps) > MOST_STEPS and change in (pieces.step_in_parts, pieces.in_slices):
            continue
        changed = change(rng, made.plan)
        if changed is not None and keeps_state(changed):
            made.plan = changed
            made.changes.append(change.__name__)
    if rng.random() < 0.5:
        made.plan = layouts.with_idle_strides(rng, made.plan)
        made.changes.append("with_idle_strides")
    if rng.random() < 0.3:
        made.plan = layouts.renamed(rng, made.plan)
    own = rng.spawn(1)[0]  # the other changes stay what they were for each seed
    while own.random() < 0.3 and (changed := moves.in_codes(own, made.plan)):
        made.plan = changed
        made.changes.append("in_codes")
    made.plan = placed(rng, made.plan)
    return made


def keeps_state(plan: Plan) -> bool:
    """Whether state is in the same place before and after; no change moves both ends alike."""
    return all(v in plan.at_end for v in plan.at_start if plan.graph.tensors[v.tensor].variable)


def damaged_plan(rng: np.random.Generator, made: Made) -> Made:
    """A plan that was right, with random damage."""
    plan, damages = damaged(made.plan, int(rng.integers(1 << 30)))
    return Made(plan, made.changes, damages)


def first_plan(rng: np.random.Generator, graph: Graph) -> Plan:
    """As lowering makes it under random decisions, or one operator after the other in a buffer for each tensor."""
    if rng.random() < 0.5:
        try:
            return random_plan(rng, graph, Tally())[1]
        except ScheduleError:
            pass
    draft = Draft(graph)
    draft.resident_inputs()
    for tensor in graph.outputs:
        draft.whole(tensor)
    for op in graph.operators:
        draft.whole_operator(op)
    return draft.finished()


def any_device(rng: np.random.Generator) -> Device:
    """Arena and flash without limits, and more memories with and without reach and links."""
    device = ad_hoc(alignment=int(rng.choice((1, 4, 4, 16))))
    more = [
        Memory("tightly coupled", "sram", 1 << 40, int(rng.choice((1, 8)))),
        Memory("psram", "external", 1 << 40, int(rng.choice((1, 4)))),
        Memory("chip", "external", 1 << 40, 4, reach=False),
        Memory("rom", "external", 1 << 40, 4, reach=bool(rng.random() < 0.5), writable=False),
    ]
    memories = (*device.memories, *(m for m in more if rng.random() < 0.6))
    links = tuple(
        Link(src.name, dst.name, 1e6, 1.0, 1, asynchronous=bool(rng.random() < 0.6))
        for src in memories
        for dst in memories
        if dst.writable and rng.random() < 0.6
    )
    return replace(device, memories=memories, links=links)


def placed(rng: np.random.Generator, plan: Plan) -> Plan:
    """Every buffer at an offset: apart with gaps, or on each other where they are not live together."""
    plan = replace(plan, buffers=tuple(_aligned(plan, b.id) for b in plan.buffers))
    tight = rng.random() < 0.6
    if tight:
        plan = _constants_kept(plan)
    offsets: dict[str, int] = {}
    for memory in dict.fromkeys(b.memory for b in plan.buffers):
        inside = [b for b in plan.buffers if b.memory == memory]
        if tight and any(m.name == memory and m.writable for m in plan.device.memories):
            offsets |= first_fit(inside, extents(plan, memory), {})
            continue
        end = 0
        for index in rng.permutation(len(inside)):
            buffer = inside[int(index)]
            gap = int(rng.integers(0, 40)) if rng.random() < 0.5 else 0
            offsets[buffer.id] = -(-(end + gap) // buffer.alignment) * buffer.alignment
            end = offsets[buffer.id] + buffer.bytes
    return replace(plan, buffers=tuple(replace(b, offset=offsets[b.id]) for b in plan.buffers))


def _aligned(plan: Plan, name: str) -> Buffer:
    """The buffer with the alignment that its memory asks for, which may be another one than it was made for."""
    buffer = plan.buffer[name]
    units = [m.alignment for m in plan.device.memories if m.name == buffer.memory]
    return replace(buffer, alignment=int(np.lcm.reduce([buffer.alignment, *units])))


def _constants_kept(plan: Plan) -> Plan:
    """Constants in memory that others may write to are wanted until the end: the next inference needs them."""
    memories = {m.name: m for m in plan.device.memories}
    kept = tuple(
        v
        for v in plan.at_start
        if plan.graph.tensors[v.tensor].is_const
        and memories[plan.buffer[v.buffer].memory].writable
        and memories[plan.buffer[v.buffer].memory].reach
    )
    return replace(plan, at_end=(*plan.at_end, *kept))
