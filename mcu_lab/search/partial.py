"""Stages for an order: where to cut it and how to execute what lies between, judged by the arena as placed.

Live bytes decide which cuts are worth a look (:mod:`mcu_lab.search.paths`); but buffers that overlap diagonally push
each other up the arena, so the few best are lowered and placed, quickly first and the best of them exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from mcu_lab.errors import ScheduleError
from mcu_lab.plan.lifetimes import arena_bytes, macs, peak_bytes
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.blocks import Block, live_bound
from mcu_lab.search.from_plan import placement_blocks
from mcu_lab.search.limits import Limits
from mcu_lab.search.paths import Link, least_peak, least_work
from mcu_lab.search.placement import place
from mcu_lab.search.staging import Staging, Way

#: Parts of the least peak that links are to stay below where they can, tried in turn.
ROOMS = (1.0, 0.97, 0.9, 0.8, 0.6, 0.3)
#: Each point of a front stays below this part of the one before.
FRONT_STEP = 0.97

Lower = Callable[[Schedule], Plan]
Path = tuple[Link[Way], ...]


@dataclass(frozen=True)
class Candidate:
    """A schedule that has been lowered and placed; its offsets are in it. ``live_bytes`` no placement stays below."""

    schedule: Schedule
    arena_bytes: int
    live_bytes: int
    macs: int
    steps: int


def candidates(
    staging: Staging, decided: Schedule, lower: Lower, *, most_macs: int, limits: Limits
) -> Iterator[Candidate]:
    """Schedules worth a look, placed quickly, none of which takes more multiply-accumulates.

    Left out are those that cannot have a smaller arena than one before that takes no more. The best are not the first
    ones. ``decided`` holds storage, pins and the way of input.
    """
    seen: set[Path] = set()
    found: list[Candidate] = []
    for path in _paths(staging, most_macs, limits):
        if limits.reached:
            return
        if path in seen:
            continue
        seen.add(path)
        candidate = _judged(staging.schedule(path, decided), lower, found, most_macs, limits)
        if candidate is not None:
            found.append(candidate)
            yield candidate


def _paths(staging: Staging, most_macs: int, limits: Limits) -> Iterator[Path]:
    """Paths of least peak; of less work; with more or less room for gaps; and those that make more and more twice."""
    count = staging.runs.count
    least = least_peak(count, staging.finest_links, staging.peak, cancelled=lambda: bool(limits.reached))
    if least is None:
        return
    peak, path = least
    yield path
    for room in ROOMS:
        more = _path(staging, peak, limits, int(peak * room))
        if more is not None:
            yield more
    while staging.makes_anew and not limits.reached:
        lower = _path(staging, int(peak * FRONT_STEP), limits, None)
        if lower is None or sum(link.work[0] for link in lower) > most_macs:
            return
        yield lower
        peak = max(staging.peak(link) or 0 for link in lower)
        roomy = _path(staging, peak, limits, int(peak * ROOMS[-2]))
        if roomy is not None:
            yield roomy


def _path(staging: Staging, budget_bytes: int, limits: Limits, roomy_bytes: int | None) -> Path | None:
    return least_work(
        staging.runs.count,
        staging.links,
        staging.peak,
        budget_bytes,
        roomy_bytes=roomy_bytes,
        cancelled=lambda: bool(limits.reached),
    )


def _judged(
    schedule: Schedule, lower: Lower, known: Sequence[Candidate], most_macs: int, limits: Limits
) -> Candidate | None:
    """The schedule lowered and placed; None when lowering refuses it, or it is no better than what is known."""
    try:
        plan = lower(schedule)
    except ScheduleError:
        return None
    work = macs(plan), len(plan.steps)
    blocks = placement_blocks(plan, dict(schedule.pins))
    bound = live_bound(blocks)
    if work[0] > most_macs or any(c.arena_bytes <= bound and (c.macs, c.steps) <= work for c in known):
        return None
    placement = place(blocks, effort=0.0, limits=limits)
    return Candidate(with_offsets(schedule, blocks, placement.offsets), placement.height_bytes, bound, *work)


def refined(candidate: Candidate, lower: Lower, effort: float, limits: Limits) -> Candidate:
    """The same schedule with offsets as low as the exact search finds them; ``effort`` as in :func:`place`."""
    if candidate.arena_bytes == candidate.live_bytes or limits.reached:
        return candidate
    blocks = placement_blocks(lower(replace(candidate.schedule, offsets=())), dict(candidate.schedule.pins))
    placement = place(blocks, effort=effort, limits=limits)
    if placement.height_bytes >= candidate.arena_bytes:
        return candidate
    schedule = with_offsets(candidate.schedule, blocks, placement.offsets)
    return replace(candidate, schedule=schedule, arena_bytes=placement.height_bytes)


def as_candidate(plan: Plan, schedule: Schedule) -> Candidate:
    """A plan as it stands, and the schedule that it comes from."""
    return Candidate(schedule, arena_bytes(plan), peak_bytes(plan), macs(plan), len(plan.steps))


def with_offsets(schedule: Schedule, blocks: Sequence[Block], offsets: Sequence[int]) -> Schedule:
    """The schedule with these offsets written out, but for what is pinned."""
    placed = tuple((b.name, o) for b, o in zip(blocks, offsets, strict=True) if b.pinned is None)
    return replace(schedule, offsets=placed)
