"""fit: the schedule that takes the least SRAM with the techniques allowed, and what is proven about all others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mcu_lab.device.model import Device
from mcu_lab.errors import InputError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import require_planned
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, macs, overfull, peak_bytes, used_bytes
from mcu_lab.plan.model import Form, Plan
from mcu_lab.schedule.model import InputMode, Schedule
from mcu_lab.search.conflict import conflict
from mcu_lab.search.from_plan import placement_blocks
from mcu_lab.search.limits import Cancelled, Limits, Progress
from mcu_lab.search.partial import Candidate, as_candidate, with_offsets
from mcu_lab.search.sharing import allowed_sharing, cautious, choose
from mcu_lab.search.stage_bound import makes_too_much, stage_bound
from mcu_lab.search.task import Task
from mcu_lab.search.techniques import PARTIAL, TECHNIQUES, WHOLE
from mcu_lab.stopping import Stopped, stopping_when

#: Nobody waits for more work than that.
MOST_MAC_FACTOR = 1_000_000
#: CP-SAT's effort to say which buffers make a budget impossible.
_EFFORT_CONFLICT = 0.2
#: How many of the schedules with stages are placed exactly.
_REFINED = 1

#: What is to be least: the arena, or the work of an arena that fits.
Least = Literal["sram", "macs"]


@dataclass(frozen=True)
class FitResult:
    """The best schedule found, its plan, and what is known of all others.

    peak_sram_bytes    the arena as placed, kernels' scratch included.
    live_bound_bytes   most bytes live at once in that plan; no placement of it is lower.
    lower_bound_bytes  no schedule that ``use`` allows has a smaller arena.
    default_peak_bytes  most bytes live at once in the order of the file, tensors whole and separate.
    reason             why it does not fit, naming buffers; empty when it fits.
    stopped            what ended a search before it knew: ``time``, ``cancelled``, ``states``, ``effort``,
                       ``candidates`` (of stages all that seemed worth it were tried); or empty.
    """

    schedule: Schedule
    plan: Plan
    peak_sram_bytes: int
    live_bound_bytes: int
    lower_bound_bytes: int
    default_peak_bytes: int
    macs: int
    mac_factor: float
    flash_bytes: int
    fits: bool
    reason: str
    stopped: str
    seconds: float

    @property
    def proven_optimal(self) -> bool:
        return self.peak_sram_bytes == self.lower_bound_bytes


def fit(
    graph: Graph,
    device: Device,
    *,
    use: frozenset[str] = TECHNIQUES,
    inputs: InputMode = "resident",
    max_mac_factor: float = 1.0,
    least: Least = "sram",
    pins: Sequence[tuple[str, int]] = (),
    storage: Sequence[tuple[int, str]] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    seconds: float | None = None,
) -> FitResult:
    """The schedule with the smallest arena found, whether or not it fits ``device``.

    ``use`` names the techniques allowed (:data:`TECHNIQUES`); without any, the order of the file and whole, separate
    tensors stay and only offsets are chosen. ``patches`` make things twice, so they wait for a ``max_mac_factor``
    above 1 (multiply-accumulates as a factor of the model's own), or for a model that makes what nobody reads. With
    ``least="macs"`` it is not the smallest arena that is looked for, but of those that fit the device's SRAM one with
    the least multiply-accumulates, and then the fewest steps. ``pins`` and ``storage`` are a person's decisions and
    are kept; stages are chosen anew. ``progress`` is called with (smallest arena known, proven bound). Deterministic
    unless ``seconds`` or ``cancelled`` ends it; the best so far is returned then, at the worst the order of the file
    with tensors whole and apart, within a second.

    Raises UnsupportedError listing every operator that cannot be executed, ScheduleError for pins or storage that
    cannot hold, InputError for options that do not exist.
    """
    began = time.monotonic()
    check_options(use, max_mac_factor)
    require_planned(graph)
    limits = Limits.starting_now(seconds, cancelled)
    decided = Schedule(default_schedule(graph).order, storage=tuple(storage), pins=tuple(pins), inputs=inputs)
    default = lower(graph, replace(decided, pins=()), device)
    task = Task(graph, device, decided, "order" in use, limits, progress)
    answer = _Answer(decided, stage_bound(graph, inputs, tiled=True), "")
    try:
        with stopping_when(lambda: limits.overdue):
            for better in _answers(task, default, use, max_mac_factor, least):
                answer = better
    except Stopped as stopped:
        answer = replace(answer, stopped=str(stopped))
    plan = lower(graph, answer.schedule, device)
    blocks = placement_blocks(plan, dict(pins))
    reason = _why_not(plan, limits)
    return FitResult(
        schedule=with_offsets(answer.schedule, blocks, [plan.buffer[b.name].end - b.bytes for b in blocks]),
        plan=plan,
        peak_sram_bytes=arena_bytes(plan),
        live_bound_bytes=peak_bytes(plan),
        lower_bound_bytes=answer.bound_bytes,
        default_peak_bytes=peak_bytes(default),
        macs=macs(plan),
        mac_factor=macs(plan) / macs(default) if macs(default) else 1.0,
        flash_bytes=flash_bytes(plan),
        fits=not reason,
        reason=reason,
        stopped=answer.stopped if arena_bytes(plan) > answer.bound_bytes else "",
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True)
class _Answer:
    """The best schedule so far, an arena that no schedule stays below, and what ended the search before it knew."""

    schedule: Schedule
    bound_bytes: int
    stopped: str


def _answers(task: Task, default: Plan, use: frozenset[str], max_mac_factor: float, least: Least) -> Iterator[_Answer]:
    """Each no worse than the one before."""
    graph, inputs = task.graph, task.decided.inputs
    parts = use & PARTIAL
    if max_mac_factor == 1 and not makes_too_much(graph):
        parts -= {"patches"}
    surely = stage_bound(graph, inputs, tiled="patches" in parts) if parts else 0
    if parts:
        task = replace(task, progress=_above(task.progress, surely))
    first = task.decided, arena_bytes(default)
    if task.reorder and use != {"order"}:
        soon, low = task.at_once(), stage_bound(graph, inputs, tiled=True)
        first = min(first, (soon, arena_bytes(lower(graph, soon, task.device))), key=lambda pair: pair[1])
        yield _Answer(first[0], low, "")
        if task.progress:
            task.progress(first[1], low)
    allowed = allowed_sharing(graph, "alias" in use, "inplace" in use)
    whole_bound = bound = task.bound(default, allowed)
    if task.progress:
        task.progress(first[1], bound)
    known = first[0].order
    sharing = choose(graph, allowed, lambda shared: task.peak(shared, known), bound, task.limits)
    schedule, placement_bound, stopped = task.scheduled(sharing, bound, quick=bool(parts), known=known)
    if stopped and first[1] < arena_bytes(lower(graph, schedule, task.device)):
        schedule = first[0]
    if not use & WHOLE:
        bound = placement_bound
    if parts:
        bound = min(bound, surely)
    yield _Answer(schedule, bound, stopped)
    if not parts:
        return
    wanted = task.device.sram_bytes if least == "macs" else 0
    found = task.in_parts_of(schedule, cautious(graph, allowed), parts, int(max_mac_factor * macs(default)))

    def placed_better() -> Schedule:
        return task.scheduled(sharing, whole_bound)[0]

    # Without more work than the model's, few patches go lower than all rows and channels: then the search ends.
    enough = max(bound, stage_bound(graph, inputs, tiled=max_mac_factor > 1))
    for better in _better(task, schedule, placed_better, found, macs(default), enough, wanted):
        yield _Answer(better, bound, task.limits.reached or "candidates")


def check_options(use: frozenset[str], max_mac_factor: float) -> None:
    """InputError for techniques that do not exist, or a factor below 1 or beyond all sense."""
    if unknown := sorted(use - TECHNIQUES):
        raise InputError(f"there is no technique {unknown[0]!r}.", where="use", hint=f"There are {sorted(TECHNIQUES)}.")
    if max_mac_factor > MOST_MAC_FACTOR:
        raise InputError(f"a MAC factor of {max_mac_factor:g} is over {MOST_MAC_FACTOR:,}.", where="max_mac_factor")
    if not max_mac_factor >= 1.0:
        raise InputError(
            f"a MAC factor of {max_mac_factor} asks for less work than the model is.", where="max_mac_factor"
        )


def _better(
    task: Task,
    whole: Schedule,
    placed_better: Callable[[], Schedule],
    found: Iterable[Candidate],
    own_macs: int,
    bound: int,
    wanted_bytes: int,
) -> Iterator[Schedule]:
    """``whole`` or a schedule with stages, whichever is better, whenever there is one; the last is given again.

    ``placed_better`` takes long to place ``whole`` lower, so it is asked only when that could make it the best.
    Of schedules with an arena of ``wanted_bytes`` or less, the one with the least work; otherwise the smallest arena.
    """

    def rank(candidate: Candidate) -> tuple[int, ...]:
        # Rows that nobody reads are not made; that is no reason to prefer stages.
        work = max(candidate.macs, own_macs), candidate.steps
        return (0, *work) if candidate.arena_bytes <= wanted_bytes else (1, candidate.arena_bytes, *work)

    best = as_candidate(lower(task.graph, whole, task.device), whole)
    placed = [best]

    def take(candidate: Candidate) -> Schedule:
        nonlocal best
        if rank(candidate) < rank(best):
            best = candidate
            if task.progress:
                task.progress(best.arena_bytes, bound)
        return best.schedule

    for candidate in found:
        placed.append(candidate)
        yield take(candidate)
        if best.arena_bytes <= bound or task.limits.reached:
            break
    for candidate in sorted(placed[1:], key=rank)[:_REFINED]:
        if best.arena_bytes > max(bound, candidate.live_bytes, wanted_bytes) and not task.limits.reached:
            yield take(task.refined(candidate))
    least, now = placed[0].live_bytes, placed[0].arena_bytes
    could_win = least < best.arena_bytes or least <= wanted_bytes < now
    if least < now and best.arena_bytes > bound and could_win and not task.limits.reached:
        better = placed_better()
        take(as_candidate(lower(task.graph, better, task.device), better))
    yield best.schedule


def _above(progress: Progress | None, bound_bytes: int) -> Progress | None:
    """``progress`` for a search whose own bound does not hold for stages."""
    return progress and (lambda best, bound: progress(best, min(bound, bound_bytes)))


def _why_not(plan: Plan, limits: Limits) -> str:
    """Why the plan does not fit its device, naming buffers; empty when it fits."""
    reasons = []
    device = plan.device
    for memory in overfull(plan):
        kept = {device.constants: "Constants take", device.arena: "The arena takes"}.get(
            memory.name, "What it keeps takes"
        )
        name = {device.constants: "flash", device.arena: "SRAM"}.get(memory.name, memory.name)
        used = used_bytes(plan, memory.name)
        reasons.append(f"{kept} {used:,} B of {name}; {device.name} has {memory.bytes:,} B.")
        if memory.name != device.arena:
            continue
        blocks = [replace(b, name=_label(plan, b.name)) for b in placement_blocks(plan, {})]
        found = conflict(blocks, device.sram_bytes, effort=_EFFORT_CONFLICT, limits=limits)
        if found:
            reasons.append(str(found))
    return " ".join(reasons)


def _label(plan: Plan, buffer: str) -> str:
    """A buffer's id with the name of the tensor it is named after, or of the operator whose scratch or sums it is."""
    number = int(buffer[1:].split(".")[0])
    if plan.buffer[buffer].form is Form.PLAIN:
        return f"{buffer} ({plan.graph.tensors[number].name})"
    what = "sums" if plan.buffer[buffer].form is Form.SUMS else "scratch"
    return f"{buffer} ({what} of {plan.graph.operators[number]})"
