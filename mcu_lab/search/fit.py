"""fit: the schedule that takes the least SRAM with the techniques allowed, and what is proven about all others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcu_lab.device.model import Device
from mcu_lab.errors import InputError, ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, groups, lower
from mcu_lab.ops import require_supported
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, macs, peak_bytes
from mcu_lab.plan.model import Form, Plan
from mcu_lab.schedule.model import InputMode, Schedule
from mcu_lab.search.blocks import Block
from mcu_lab.search.conflict import conflict
from mcu_lab.search.from_plan import computed, first_order, order_problem, placement_blocks
from mcu_lab.search.joint import least_arena
from mcu_lab.search.limits import Cancelled, Limits, Progress
from mcu_lab.search.order import MAX_STATES, OrderResult, least_peak_order
from mcu_lab.search.partial import Candidate, staged
from mcu_lab.search.placement import place
from mcu_lab.search.problem import OrderProblem
from mcu_lab.search.runs import Runs
from mcu_lab.search.sharing import Sharing, allowed_sharing, choose
from mcu_lab.search.sharing_bound import with_free_sharing
from mcu_lab.search.stage_bound import stage_bound
from mcu_lab.search.staging import Staging
from mcu_lab.search.techniques import PARTIAL, TECHNIQUES, WHOLE

#: States of an order search that only compares ways of sharing, and CP-SAT's effort for the arena of the one order
#: there is, of the first order, of each other one, and of each schedule with stages.
_COMPARE_STATES = 20_000
_EFFORT, _EFFORT_FIRST, _EFFORT_EACH, _EFFORT_STAGED = 1.0, 0.2, 0.16, 0.1


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
    pins: Sequence[tuple[str, int]] = (),
    storage: Sequence[tuple[int, str]] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    seconds: float | None = None,
) -> FitResult:
    """The schedule with the smallest arena found, whether or not it fits ``device``.

    ``use`` names the techniques allowed (:data:`TECHNIQUES`); without any, the order of the file and whole, separate
    tensors stay and only offsets are chosen. ``pins`` and ``storage`` are a person's decisions and are kept.
    ``progress`` is called with (smallest arena known, proven bound). Deterministic unless ``seconds`` or ``cancelled``
    ends it; the best so far is returned then.

    Raises UnsupportedError listing every operator that cannot be executed, ScheduleError for pins or storage that
    cannot hold, InputError for options that do not exist.
    """
    began = time.monotonic()
    _check_options(use, max_mac_factor)
    require_supported(graph)
    decided = Schedule((), storage=tuple(storage), pins=tuple(pins), inputs=inputs)
    default = lower(graph, replace(decided, order=default_schedule(graph).order, pins=()), device)
    allowed = allowed_sharing(graph, "alias" in use, "inplace" in use)
    limits = Limits.starting_now(seconds, cancelled)
    parts = use & PARTIAL
    least = stage_bound(graph, inputs, tiled=False) if parts else 0
    task = _Task(graph, device, decided, "order" in use, limits, _above(progress, least) if parts else progress)
    bound = task.bound(default, allowed)
    sharing = choose(graph, allowed, task.peak, bound)
    schedule, placement_bound, stopped = task.scheduled(sharing, bound)
    if not use & WHOLE:
        bound = placement_bound
    if parts:
        bound = min(bound, least)
        schedule, stopped = task.in_parts(schedule, parts, bound)
    plan = lower(graph, schedule, device)
    reason = _why_not(plan, task.limits)
    return FitResult(
        schedule=schedule,
        plan=plan,
        peak_sram_bytes=arena_bytes(plan),
        live_bound_bytes=peak_bytes(plan),
        lower_bound_bytes=bound,
        default_peak_bytes=peak_bytes(default),
        macs=macs(plan),
        mac_factor=macs(plan) / macs(default) if macs(default) else 1.0,
        flash_bytes=flash_bytes(plan),
        fits=not reason,
        reason=reason,
        stopped=stopped if arena_bytes(plan) > bound else "",
        seconds=time.monotonic() - began,
    )


def _check_options(use: frozenset[str], max_mac_factor: float) -> None:
    if unknown := sorted(use - TECHNIQUES):
        raise InputError(f"there is no technique {unknown[0]!r}.", where="use", hint=f"There are {sorted(TECHNIQUES)}.")
    if not max_mac_factor >= 1.0:
        raise InputError(
            f"a MAC factor of {max_mac_factor} asks for less work than the model is.", where="max_mac_factor"
        )


@dataclass(frozen=True)
class _Task:
    """One call of fit: what stays fixed, and the questions its search asks."""

    graph: Graph
    device: Device
    decided: Schedule
    reorder: bool
    limits: Limits
    progress: Progress | None

    def plan(self, order: Sequence[int], sharing: Sharing) -> Plan:
        schedule = replace(self.decided, order=tuple(order), alias=sharing.alias, in_place=sharing.in_place)
        return lower(self.graph, schedule, self.device)

    def problem(self, sharing: Sharing) -> tuple[OrderProblem, tuple[int, ...]]:
        """The ordering problem when storage is shared so, and the ids of its operators."""
        before = groups(self.graph, sharing.alias, sharing.in_place).before
        order = first_order(self.graph, before) if self.reorder else default_schedule(self.graph).order
        return order_problem(self.plan(order, sharing), before), order

    def order(self, problem: OrderProblem, max_states: int) -> OrderResult:
        if not self.reorder:
            peak = problem.peak_bytes(problem.file_order)
            return OrderResult(problem.file_order, peak, peak, 0, 0.0)
        return least_peak_order(problem, max_states=max_states, limits=self.limits)

    def bound(self, default: Plan, allowed: Sharing) -> int:
        """An arena that no schedule stays below that shares as ``allowed`` or less."""
        free = with_free_sharing(self.graph, computed(default), order_problem(default, ()), allowed)
        return self.order(free, MAX_STATES).lower_bound_bytes

    def peak(self, sharing: Sharing) -> int | None:
        """Least peak known for this way of sharing; None when it is not possible or there is no time."""
        if self.limits.reached:
            return None
        try:
            problem, _ = self.problem(sharing)
        except ScheduleError:
            return None
        return self.order(problem, _COMPARE_STATES).peak_bytes

    def scheduled(self, sharing: Sharing, bound: int) -> tuple[Schedule, int, str]:
        """Order and offsets for this way of sharing, the arena that the first order needs, and what stopped it."""
        problem, ids = self.problem(sharing)
        found = self.order(problem, MAX_STATES)
        pins = dict(self.decided.pins)

        def blocks_of(order: Sequence[int]) -> list[Block]:
            return placement_blocks(self.plan([ids[i] for i in order], sharing), pins)

        order = found.order
        enough = max(bound, found.lower_bound_bytes)
        effort = _EFFORT_FIRST if self.reorder else _EFFORT
        placement = place(blocks_of(order), effort=effort, limits=self.limits, progress=self.progress)
        offsets = placement.offsets
        if self.reorder and placement.height_bytes > enough:
            joint = least_arena(
                problem,
                blocks_of,
                order,
                offsets,
                enough_bytes=enough,
                effort=_EFFORT_EACH,
                limits=self.limits,
                progress=self.progress,
            )
            order, offsets = joint.order, joint.offsets
        chosen = replace(
            self.decided,
            order=tuple(ids[i] for i in order),
            alias=sharing.alias,
            in_place=sharing.in_place,
            offsets=tuple((b.name, o) for b, o in zip(blocks_of(order), offsets, strict=True) if b.name not in pins),
        )
        return chosen, placement.lower_bound_bytes, self.limits.reached or found.stopped or placement.stopped

    def in_parts(self, whole: Schedule, techniques: frozenset[str], bound: int) -> tuple[Schedule, str]:
        """``whole``, or a schedule with stages if one with a smaller arena is found; and what stopped the search."""
        best = arena_bytes(lower(self.graph, whole, self.device))
        schedule = whole

        def found(candidate: Candidate) -> None:
            nonlocal best, schedule
            if candidate.arena_bytes < best:
                best, schedule = candidate.arena_bytes, candidate.schedule
                if self.progress:
                    self.progress(best, bound)

        runs = Runs(self.graph, whole.order, whole.inputs, whole.alias, whole.in_place)
        staged(
            Staging(runs, techniques),
            self.decided,
            lambda schedule: lower(self.graph, schedule, self.device),
            enough_bytes=bound,
            effort=_EFFORT_STAGED,
            limits=self.limits,
            found=found,
        )
        return schedule, self.limits.reached or "candidates"


def _above(progress: Progress | None, bound_bytes: int) -> Progress | None:
    """``progress`` for a search whose own bound does not hold for stages."""
    return progress and (lambda best, bound: progress(best, min(bound, bound_bytes)))


def _why_not(plan: Plan, limits: Limits) -> str:
    """Why the plan does not fit its device, naming buffers; empty when it fits."""
    reasons = []
    device = plan.device
    if (flash := flash_bytes(plan)) > device.flash_bytes:
        reasons.append(f"Constants take {flash:,} B of flash; {device.name} has {device.flash_bytes:,} B.")
    if (arena := arena_bytes(plan)) > device.sram_bytes:
        reasons.append(f"The arena takes {arena:,} B of SRAM; {device.name} has {device.sram_bytes:,} B.")
        blocks = [replace(b, name=_label(plan, b.name)) for b in placement_blocks(plan, {})]
        found = conflict(blocks, device.sram_bytes, effort=_EFFORT_FIRST, limits=limits)
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
