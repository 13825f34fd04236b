"""Stages for an order: where to cut it and how to execute what lies between, judged by the arena as placed.

Live bytes decide which cuts are worth a look (:mod:`mcu_lab.search.paths`); but buffers that overlap diagonally push
each other up the arena, so the few best are lowered and placed, and the smallest arena wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mcu_lab.errors import ScheduleError
from mcu_lab.plan.lifetimes import macs
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.from_plan import placement_blocks
from mcu_lab.search.limits import Limits
from mcu_lab.search.paths import Link, least_peak, least_work
from mcu_lab.search.placement import place
from mcu_lab.search.staging import Staging, Way

#: Parts of the least peak that links are to stay below where they can, tried in turn.
ROOMS = (1.0, 0.97, 0.9, 0.8, 0.6, 0.3)

Lower = Callable[[Schedule], Plan]


@dataclass(frozen=True)
class Candidate:
    """A schedule that has been lowered and placed; its offsets are in it."""

    schedule: Schedule
    arena_bytes: int
    live_bytes: int
    macs: int
    steps: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is better."""
        return self.arena_bytes, self.macs, self.steps


def staged(
    staging: Staging,
    decided: Schedule,
    lower: Lower,
    *,
    enough_bytes: int,
    effort: float,
    limits: Limits,
    found: Callable[[Candidate], None],
) -> Candidate | None:
    """The candidate with the smallest arena that was found; each better one is told to ``found`` at once.

    ``decided`` holds storage, pins and the way of input. An arena of ``enough_bytes`` ends the search.
    """
    best: Candidate | None = None
    for path in _paths(staging, limits):
        candidate = judged(staging.schedule(path, decided), lower, effort, limits)
        if candidate is not None and (best is None or candidate.rank < best.rank):
            best = candidate
            found(best)
        if limits.reached or (best is not None and best.arena_bytes <= enough_bytes):
            break
    return best


def _paths(staging: Staging, limits: Limits) -> Iterator[Sequence[Link[Way]]]:
    """Paths worth placing, each once: of least peak, then with less work, and with more or less room for gaps."""
    count = staging.runs.count
    least = least_peak(count, staging.links, staging.peak)
    if least is None:
        return
    peak, path = least
    seen = {path}
    yield path
    for room in ROOMS:
        more = least_work(
            count,
            staging.links,
            staging.peak,
            peak,
            roomy_bytes=int(peak * room),
            cancelled=lambda: bool(limits.reached),
        )
        if more is not None and more not in seen:
            seen.add(more)
            yield more


def judged(schedule: Schedule, lower: Lower, effort: float, limits: Limits) -> Candidate | None:
    """The schedule lowered and placed; None when lowering refuses it."""
    try:
        plan = lower(schedule)
    except ScheduleError:
        return None
    blocks = placement_blocks(plan, dict(schedule.pins))
    placement = place(blocks, effort=effort, limits=limits)
    offsets = tuple((b.name, o) for b, o in zip(blocks, placement.offsets, strict=True) if b.pinned is None)
    return Candidate(
        replace(schedule, offsets=offsets),
        placement.height_bytes,
        placement.lower_bound_bytes,
        macs(plan),
        len(plan.steps),
    )
