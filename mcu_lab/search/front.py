"""The Pareto front: how small the arena gets for how many multiply-accumulates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mcu_lab.device.model import Device
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import require_supported
from mcu_lab.plan.lifetimes import macs
from mcu_lab.schedule.model import InputMode, Schedule
from mcu_lab.search.fit import check_options
from mcu_lab.search.limits import Cancelled, Limits, Progress
from mcu_lab.search.partial import Candidate, as_candidate
from mcu_lab.search.sharing import Sharing, allowed_sharing, choose
from mcu_lab.search.stage_bound import stage_bound
from mcu_lab.search.task import Task
from mcu_lab.search.techniques import PARTIAL, TECHNIQUES


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
    require_supported(graph)
    decided = Schedule((), storage=tuple(storage), pins=tuple(pins), inputs=inputs)
    default = lower(graph, replace(decided, order=default_schedule(graph).order, pins=()), device)
    limits = Limits.starting_now(seconds, cancelled)
    task = Task(graph, device, decided, "order" in use, limits, None)
    bound = stage_bound(graph, inputs, tiled=True)
    found: list[Candidate] = []

    def take(candidate: Candidate) -> Candidate:
        found.append(candidate)
        if progress:
            progress(min(c.arena_bytes for c in found), bound)
        return candidate

    def whole(sharing: Sharing, quick: bool) -> Candidate:
        schedule, _, _ = task.scheduled(sharing, bound, quick=quick)
        return take(as_candidate(lower(graph, schedule, device), schedule))

    separate = whole(Sharing(), quick=True)
    sharing = choose(graph, allowed_sharing(graph, "alias" in use, "inplace" in use), task.peak, bound, limits)
    shared = separate if sharing == Sharing() else whole(sharing, quick=True)
    for candidate in task.in_parts(shared.schedule, use & PARTIAL, int(max_mac_factor * macs(default))):
        take(candidate)
        if limits.reached:
            break
    if shared.live_bytes < min(c.arena_bytes for c in found) and not limits.reached:
        whole(sharing, quick=False)
    best = _unbeaten([task.refined(candidate) for candidate in _unbeaten(found, macs(default))], macs(default))
    factor = 1 / macs(default) if macs(default) else 0.0
    return tuple(Point(c.arena_bytes, c.macs, c.macs * factor or 1.0, c.steps, c.schedule) for c in best)


def _unbeaten(found: Iterable[Candidate], own_macs: int) -> list[Candidate]:
    """Those that no other one beats, smallest arena first."""
    best: list[Candidate] = []
    for candidate in sorted(found, key=lambda c: (max(c.macs, own_macs), c.arena_bytes, c.steps)):
        if not best or candidate.arena_bytes < best[-1].arena_bytes:
            best.append(candidate)
    return best[::-1]
