"""Moving operators within the order, and where they may go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import groups
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.decisions import Decisions, named, restructured
from mcu_lab.view.words import short_name


@dataclass(frozen=True)
class Move:
    """Run these operators together, so that the first of them has index ``to`` in the new order."""

    operators: tuple[int, ...]
    to: int
    type: Literal["move"] = "move"

    def words(self, plan: Plan) -> str:
        rest = f" and {len(self.operators) - 1} more" if len(self.operators) > 1 else ""
        return f"move {named(plan, self.operators[0])}{rest} to {self.to}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        order = decisions.schedule.order
        moved, rest = _parted(order, self.operators)
        if not 0 <= self.to <= len(rest):
            raise ScheduleError(f"there is no index {self.to}; the last is {len(rest)}.", where="move")
        new = (*rest[: self.to], *moved, *rest[self.to :])
        return decisions if new == order else restructured(plan, decisions, order=new)


@dataclass(frozen=True)
class Barrier:
    """What keeps an operator from moving on: another operator, and why."""

    operator: int
    text: str


@dataclass(frozen=True)
class Moves:
    """Indices (from, up to) at which a Move is accepted, and what stands at both ends."""

    ranges: tuple[tuple[int, int], ...]
    earliest: Barrier | None
    latest: Barrier | None


def legal_moves(plan: Plan, schedule: Schedule, operators: Collection[int]) -> Moves:
    """Where :class:`Move` may bring ``operators``, their own place included."""
    moved, rest = _parted(schedule.order, operators)
    before, after = _constraints(plan.graph, schedule, set(moved))
    lo, first = max(((i + 1, op) for i, op in enumerate(rest) if op in before), default=(0, None))
    hi, last = min(((i, op) for i, op in enumerate(rest) if op in after), default=(len(rest), None))
    allowed = [i for i in range(lo, hi + 1) if _keeps_stages(schedule, moved, rest, i)]
    return Moves(
        _ranges(allowed),
        None if first is None else Barrier(first, before[first]),
        None if last is None else Barrier(last, after[last]),
    )


def _parted(order: Sequence[int], operators: Collection[int]) -> tuple[list[int], list[int]]:
    """The operators to move, in their present order, and the others."""
    chosen = frozenset(operators)
    moved = [op for op in order if op in chosen]
    if not moved or len(moved) != len(operators):
        raise ScheduleError("name operators of this graph, each once.", where="move")
    return moved, [op for op in order if op not in chosen]


def _constraints(graph: Graph, schedule: Schedule, moved: set[int]) -> tuple[dict[int, str], dict[int, str]]:
    """Operators that have to run before and after ``moved``, and why."""
    before: dict[int, str] = {}
    after: dict[int, str] = {}
    for op in graph.operators:
        for tensor in op.inputs:
            maker = graph.producer.get(tensor)
            if maker is None or (maker in moved) == (op.id in moved):
                continue
            name = short_name(graph.tensors[tensor].name)
            text = f"{op} reads {name} (t{tensor}), which {graph.operators[maker]} makes."
            (before if op.id in moved else after)[maker if op.id in moved else op.id] = text
    for reader, writer in groups(graph, schedule.alias, schedule.in_place).before:
        if (reader in moved) == (writer in moved):
            continue
        text = f"{graph.operators[writer]} overwrites in place what {graph.operators[reader]} reads."
        (after if reader in moved else before)[writer if reader in moved else reader] = text
    return before, after


def _keeps_stages(schedule: Schedule, moved: Sequence[int], rest: Sequence[int], at: int) -> bool:
    """Whether every stage stays one run when ``moved`` lies between ``rest[at - 1]`` and ``rest[at]``."""
    for stage in schedule.stages:
        inside = frozenset(stage.operators)
        held = inside.intersection(moved)
        left = at > 0 and rest[at - 1] in inside
        right = at < len(rest) and rest[at] in inside
        if not held and left and right:
            return False
        if held and len(held) < len(inside) and not _joined(held, moved, left, right):
            return False
    return True


def _joined(held: Collection[int], moved: Sequence[int], left: bool, right: bool) -> bool:
    """Whether the part of a stage that moves stays next to the part that does not."""
    if len(held) == len(moved):
        return left or right
    run = [op in held for op in moved]
    if left and not right:
        return run == sorted(run, reverse=True)
    return right and not left and run == sorted(run)


def _ranges(indices: Iterable[int]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for i in indices:
        if found and found[-1][1] == i:
            found[-1] = found[-1][0], i + 1
        else:
            found.append((i, i + 1))
    return tuple(found)
