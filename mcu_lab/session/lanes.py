"""What the core and the links are busy with, step by step: the lanes beneath the timeline.

Times are estimates of :mod:`mcu_lab.cost`. Of many steps neighbours are put together, so that no more travels than a
screen shows; whoever looks closer asks for fewer steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.cost import Cost
from mcu_lab.plan.model import Compute, Copy, Plan

#: A lane is sent with no more spans than this.
MOST_SPANS = 1_000

#: ``compute``: an operator. ``move``: the core copies. ``stall``: it waits. ``transfer``: a link copies.
Work = Literal["compute", "move", "stall", "transfer"]


@dataclass(frozen=True)
class Lane:
    """Spans by their start, column by column; what takes no time is there too.

    A span's steps ``first_step`` up to ``end_step`` do the same ``work`` for operator ``op`` (-1: for none), from
    ``start_us`` up to ``end_us``, ``busy_us`` of it. A transfer that does not block ends after steps that come later.
    ``mixed``: it stands for several spans, of which this was the longest.
    """

    work: tuple[Work, ...] = ()
    op: tuple[int, ...] = ()
    first_step: tuple[int, ...] = ()
    end_step: tuple[int, ...] = ()
    start_us: tuple[float, ...] = ()
    end_us: tuple[float, ...] = ()
    busy_us: tuple[float, ...] = ()
    mixed: tuple[bool, ...] = ()


#: A row of a lane.
Span = tuple[Work, int, int, int, float, float, float, bool]


def lanes(plan: Plan, estimate: Cost, lo: int, hi: int) -> tuple[Lane, Lane]:
    """What the core does, and what is copied (by the core or by a link), during steps ``lo`` up to ``hi``."""
    cpu: list[Span] = []
    copies: list[Span] = []
    for span in estimate.spans:
        at = span.step
        if not lo <= at < hi:
            continue
        step, start_us, end_us = plan.steps[at], span.start_us, span.end_us
        times = at, at + 1, start_us, end_us, end_us - start_us, False
        if isinstance(step, Compute):
            last = cpu[-1] if cpu else None
            if last and last[0] == "compute" and last[1] == step.op and last[3] == at:
                cpu[-1] = "compute", step.op, last[2], at + 1, last[4], end_us, last[6] + end_us - start_us, False
            else:
                cpu.append(("compute", step.op, *times))
        elif span.lane == "transfer":
            copies.append(("transfer", -1, *times))
            if isinstance(step, Copy) and step.blocking:
                cpu.append(("stall", -1, *times))
        elif isinstance(step, Copy):
            copies.append(("move", -1, *times))
            cpu.append(("move", -1, *times))
        else:
            cpu.append(("stall", -1, *times))
    return _lane(cpu), _lane(copies)


def _lane(spans: list[Span]) -> Lane:
    group = -(-len(spans) // MOST_SPANS)
    if group > 1:
        spans = [_one(spans[i : i + group]) for i in range(0, len(spans), group)]
    if not spans:
        return Lane()
    work, op, first, end, start_us, end_us, busy_us, mixed = zip(*spans, strict=True)
    return Lane(work, op, first, end, _rounded(start_us), _rounded(end_us), _rounded(busy_us), mixed)


def _one(spans: list[Span]) -> Span:
    """Neighbours as one: the longest of them, for the time of all."""
    work, op, *_ = max(spans, key=lambda s: s[6])
    mixed = any(s[:2] != (work, op) for s in spans)
    return work, op, spans[0][2], spans[-1][3], spans[0][4], max(s[5] for s in spans), sum(s[6] for s in spans), mixed


def _rounded(times_us: tuple[float, ...]) -> tuple[float, ...]:
    return tuple([round(us, 2) for us in times_us])
