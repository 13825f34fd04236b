"""What the searches for a schedule ask again and again: orders, ways of sharing, offsets, and stages on top of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, groups, lower
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.search.blocks import Block
from mcu_lab.search.from_plan import computed, first_order, order_problem, placement_blocks
from mcu_lab.search.joint import least_arena
from mcu_lab.search.limits import Limits, Progress
from mcu_lab.search.order import MAX_STATES, OrderResult, least_peak_order
from mcu_lab.search.partial import Candidate, candidates, refined, with_offsets
from mcu_lab.search.placement import place
from mcu_lab.search.problem import OrderProblem
from mcu_lab.search.runs import Runs
from mcu_lab.search.sharing import Sharing
from mcu_lab.search.sharing_bound import with_free_sharing
from mcu_lab.search.staging import Staging

#: States of an order search that only compares ways of sharing, of one that is to give an answer soon, and of one that
#: is for a bound; CP-SAT's effort for the arena of the one order there is, of the first order, of each other one, and
#: of the best ones with stages.
_COMPARE_STATES, _SOON_STATES, _BOUND_STATES = 10_000, 20_000, 100_000
_EFFORT, _EFFORT_FIRST, _EFFORT_EACH, _EFFORT_STAGED = 1.0, 0.2, 0.16, 0.1


@dataclass(frozen=True)
class Task:
    """One call of fit or front: what stays fixed, and the questions its search asks."""

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

    def order(self, problem: OrderProblem, max_states: int, known: Sequence[int] = ()) -> OrderResult:
        if not self.reorder:
            peak = problem.peak_bytes(problem.file_order)
            return OrderResult(problem.file_order, peak, peak, 0, 0.0)
        return least_peak_order(problem, known=known, max_states=max_states, limits=self.limits)

    def bound(self, default: Plan, allowed: Sharing) -> int:
        """An arena that no schedule stays below that shares as ``allowed`` or less."""
        free = with_free_sharing(self.graph, computed(default), order_problem(default, ()), allowed)
        return self.order(free, _BOUND_STATES).lower_bound_bytes

    def peak(self, sharing: Sharing, known: Sequence[int] = ()) -> int | None:
        """Least peak known for this way of sharing; None when it is not possible or there is no time.

        ``known`` is an order of the operators to begin with, if it allows this way.
        """
        if self.limits.reached:
            return None
        try:
            problem, ids = self.problem(sharing)
        except ScheduleError:
            return None
        return self.order(problem, _COMPARE_STATES, _numbers(known, ids)).peak_bytes

    def scheduled(
        self, sharing: Sharing, bound: int, *, quick: bool = False, known: Sequence[int] = ()
    ) -> tuple[Schedule, int, str]:
        """Order and offsets for this way of sharing, the arena that the first order needs, and what stopped it.

        ``quick``: of the orders with the least peak only the first is placed, though another may be placed lower.
        """
        problem, ids = self.problem(sharing)
        found = self.order(problem, MAX_STATES, _numbers(known, ids))
        pins = dict(self.decided.pins)

        def blocks_of(order: Sequence[int]) -> list[Block]:
            return placement_blocks(self.plan([ids[i] for i in order], sharing), pins)

        order = found.order
        enough = max(bound, found.lower_bound_bytes)
        effort = _EFFORT_FIRST if self.reorder else _EFFORT
        placement = place(blocks_of(order), effort=effort, limits=self.limits, progress=self.progress)
        offsets = placement.offsets
        # At the peak of the order only another order of a lower peak could be placed lower, and that was looked for.
        if self.reorder and not quick and placement.height_bytes > max(enough, found.peak_bytes):
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

    def at_once(self) -> Schedule:
        """A better order than the file's where one is soon found; tensors whole and apart, placed with no effort."""
        problem, ids = self.problem(Sharing())
        order = tuple(ids[i] for i in self.order(problem, _SOON_STATES).order)
        blocks = placement_blocks(self.plan(order, Sharing()), dict(self.decided.pins))
        placement = place(blocks, effort=0.0, limits=self.limits)
        return with_offsets(replace(self.decided, order=order), blocks, placement.offsets)

    def in_parts_of(
        self, whole: Schedule, cautiously: Sharing, techniques: frozenset[str], most_macs: int
    ) -> Iterator[Candidate]:
        """Schedules with stages in the order of ``whole``, sharing as it does; then with only what never hurts shared.

        A CONCATENATION or SPLIT that moves no byte saves room for whole tensors, and holds the whole for as long as any
        of its parts lives: with stages, what is better may be the other way round.
        """
        yield from self.in_parts(whole, techniques, most_macs)
        if cautiously.alias != whole.alias and not self.limits.reached:
            yield from self.in_parts(self.scheduled(cautiously, 0, quick=True)[0], techniques, most_macs)

    def in_parts(self, whole: Schedule, techniques: frozenset[str], most_macs: int) -> Iterator[Candidate]:
        """Schedules with stages in the order of ``whole``, and sharing as it does."""
        runs = Runs(self.graph, whole.order, whole.inputs, whole.alias, whole.in_place)
        return candidates(
            Staging(runs, techniques),
            self.decided,
            lambda schedule: lower(self.graph, schedule, self.device),
            most_macs=most_macs,
            limits=self.limits,
        )

    def refined(self, candidate: Candidate) -> Candidate:
        """The candidate with offsets from the exact search."""
        return refined(
            candidate, lambda schedule: lower(self.graph, schedule, self.device), _EFFORT_STAGED, self.limits
        )


def _numbers(order: Sequence[int], ids: Sequence[int]) -> tuple[int, ...]:
    """An order of operators in the numbers of a problem whose operator ``i`` is ``ids[i]``."""
    number = {op: i for i, op in enumerate(ids)}
    return tuple(number[op] for op in order)
