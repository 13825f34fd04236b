"""What the core and the links are busy with, step by step: the lanes beneath the timeline.

Times are estimates of :mod:`mcu_lab.cost`. Of many steps neighbours are put together, so that no screenful travels
twice; whoever looks closer asks for fewer steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from mcu_lab.cost import Cost, Span
from mcu_lab.plan.model import Compute, Copy, Plan

#: A lane is sent with no more spans than this.
MOST_SPANS = 1_000

#: ``compute``: an operator. ``move``: the core copies. ``stall``: it waits. ``transfer``: a link copies.
Work = Literal["compute", "move", "stall", "transfer"]
#: What the core does; what is copied, by the core or by a link.
Lane = Literal["cpu", "copy"]


@dataclass(frozen=True)
class Busy:
    """Steps ``first_step`` up to ``end_step`` do the same kind of work for operator ``op``; None for moving bytes.

    From ``start_us`` up to ``end_us`` the lane is at work for ``busy_us``. A transfer that does not block ends after
    steps that come later. ``mixed``: it stands for several spans, of which this was the longest.
    """

    lane: Lane
    work: Work
    op: int | None
    first_step: int
    end_step: int
    start_us: float
    end_us: float
    busy_us: float
    mixed: bool


def busy(plan: Plan, estimate: Cost, lo: int, hi: int) -> tuple[Busy, ...]:
    """The spans of steps ``lo`` up to ``hi``, lane by lane, by their start; what takes no time is there too."""
    cpu, copies = [], []
    for span in estimate.spans:
        if not lo <= span.step < hi:
            continue
        step = plan.steps[span.step]
        if span.lane == "transfer":
            copies.append(_busy("copy", "transfer", None, span))
            if isinstance(step, Copy) and step.blocking:
                cpu.append(_busy("cpu", "stall", None, span))
        elif isinstance(step, Copy):
            copies.append(_busy("copy", "move", None, span))
            cpu.append(_busy("cpu", "move", None, span))
        else:
            op = step.op if isinstance(step, Compute) else None
            cpu.append(_busy("cpu", "stall" if op is None else "compute", op, span))
    return (*_coarse(_runs(cpu)), *_coarse(copies))


def _busy(lane: Lane, work: Work, op: int | None, span: Span) -> Busy:
    took_us = span.end_us - span.start_us
    return Busy(lane, work, op, span.step, span.step + 1, span.start_us, span.end_us, took_us, False)


def _runs(spans: Sequence[Busy]) -> list[Busy]:
    """Neighbours that do the same become one."""
    return [_one(list(same)) for _, same in groupby(spans, key=lambda b: (b.work, b.op))]


def _coarse(spans: list[Busy]) -> list[Busy]:
    group = -(-len(spans) // MOST_SPANS)
    return [_one(spans[i : i + group]) for i in range(0, len(spans), group)] if spans else []


def _one(spans: Sequence[Busy]) -> Busy:
    longest = max(spans, key=lambda b: b.busy_us)
    return replace(
        longest,
        first_step=spans[0].first_step,
        end_step=spans[-1].end_step,
        start_us=round(spans[0].start_us, 2),
        end_us=round(max(b.end_us for b in spans), 2),
        busy_us=round(sum(b.busy_us for b in spans), 2),
        mixed=any(b.mixed or (b.work, b.op) != (longest.work, longest.op) for b in spans),
    )
