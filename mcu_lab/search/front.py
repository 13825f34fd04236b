"""The Pareto front: how small the arena gets for how many multiply-accumulates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from mcu_lab.device.model import Device
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import require_planned
from mcu_lab.plan.lifetimes import macs
from mcu_lab.schedule.model import InputMode, Schedule
from mcu_lab.search.fit import check_options
from mcu_lab.search.limits import Cancelled, Limits, Progress
from mcu_lab.search.partial import Candidate, as_candidate
from mcu_lab.search.sharing import Sharing, allowed_sharing, cautious, choose
from mcu_lab.search.stage_bound import stage_bound
from mcu_lab.search.task import Task
from mcu_lab.search.techniques import PARTIAL, TECHNIQUES
from mcu_lab.stopping import Stopped, stopping_when


@dataclass(frozen=True)
class Point:
    """A schedule that no other one found beats in both arena and multiply-accumulates; ``lower`` makes its plan.

    arena_bytes  as placed.
    mac_factor   multiply-accumulates as a factor of the model's own; rows that nobody reads are not made.
    """

    arena_bytes: int
    macs: int
    mac_factor: float
    steps: int
    schedule: Schedule


def front(
    graph: Graph,
    device: Device,
    *,
    use: frozenset[str] = TECHNIQUES,
    inputs: InputMode = "resident",
    max_mac_factor: float = 2.0,
    pins: Sequence[tuple[str, int]] = (),
    storage: Sequence[tuple[int, str]] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    seconds: float | None = None,
) -> tuple[Point, ...]:
    """Points from the smallest arena to the least multiply-accumulates, whether or not they fit ``device``.

    Nothing is proven of schedules that were not looked at. Options, errors and what ends the search early are those of
    :func:`mcu_lab.search.fit.fit`.
    """
    check_options(use, max_mac_factor)
    require_planned(graph)
    limits = Limits.starting_now(seconds, cancelled)
    decided = Schedule(default_schedule(graph).order, storage=tuple(storage), pins=tuple(pins), inputs=inputs)
    own_macs = macs(lower(graph, replace(decided, pins=()), device))
    task = Task(graph, device, decided, "order" in use, limits, None)
    bound = stage_bound(graph, inputs, tiled=True)
    found = [as_candidate(lower(graph, decided, device), decided)]

    def take(candidate: Candidate) -> None:
        found.append(candidate)
        if progress:
            progress(min(c.arena_bytes for c in found), bound)

    with suppress(Stopped), stopping_when(lambda: limits.overdue):
        for candidate in _candidates(task, use, int(max_mac_factor * own_macs), bound):
            take(candidate)
        for candidate in _unbeaten(found, own_macs):
            take(task.refined(candidate))
    factor = 1 / own_macs if own_macs else 0.0
    best = _unbeaten(found, own_macs)
    return tuple(Point(c.arena_bytes, c.macs, c.macs * factor or 1.0, c.steps, c.schedule) for c in best)


def _candidates(task: Task, use: frozenset[str], most_macs: int, bound: int) -> Iterator[Candidate]:
    """Schedules that may be points of the front, as they are found."""

    def whole(sharing: Sharing, quick: bool) -> Candidate:
        schedule, _, _ = task.scheduled(sharing, bound, quick=quick)
        return as_candidate(lower(task.graph, schedule, task.device), schedule)

    separate = shared = whole(Sharing(), quick=True)
    yield separate
    allowed = allowed_sharing(task.graph, "alias" in use, "inplace" in use)
    sharing = choose(task.graph, allowed, task.peak, bound, task.limits)
    if sharing != Sharing():
        shared = whole(sharing, quick=True)
        yield shared
    least = min(separate.arena_bytes, shared.arena_bytes)
    for candidate in task.in_parts_of(shared.schedule, cautious(task.graph, allowed), use & PARTIAL, most_macs):
        yield candidate
        least = min(least, candidate.arena_bytes)
        if task.limits.reached:
            return
    if shared.live_bytes < least and not task.limits.reached:
        yield whole(sharing, quick=False)


def _unbeaten(found: Iterable[Candidate], own_macs: int) -> list[Candidate]:
    """Those that no other one beats, smallest arena first."""
    best: list[Candidate] = []
    for candidate in sorted(found, key=lambda c: (max(c.macs, own_macs), c.arena_bytes, c.steps)):
        if not best or candidate.arena_bytes < best[-1].arena_bytes:
            best.append(candidate)
    return best[::-1]
