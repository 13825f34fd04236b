"""Operators that may as well run right behind, or right before, another one: a smaller problem with the same least
peak.

Say w waits for v alone, surely finishes no less than it begins (``L`` never rises by it), and while it runs right
behind v no more is live than while v ran. Whatever an order runs between them has no more live if w comes first, and w
itself raises nothing: both can be one operator. What is sure follows from who must come before whom: w surely ends a
buffer if all its other touchers come before w, and surely begins one if they all come behind. A convolution behind a
depthwise one of the same size is of that kind.

Backwards the same joins v to the only one that waits for it: an operator that surely begins no less than it finishes,
as each DEQUANTIZE of a constant does, may wait until just before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcu_lab.search.problem import OrderBuffer, OrderProblem, closures, union

#: Of each operator, those of the larger problem it stands for, in their order.
Members = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Contraction:
    """``rounds``: how it came about, one joining of pairs after the other, and whether the first of a pair waits."""

    problem: OrderProblem
    rounds: tuple[tuple[Members, bool], ...]

    def expanded(self, order: Sequence[int]) -> tuple[int, ...]:
        """The order of the original problem."""
        for members, _ in reversed(self.rounds):
            order = tuple(op for i in order for op in members[i])
        return tuple(order)

    def shortened(self, order: Sequence[int]) -> tuple[int, ...]:
        """An order of this problem no worse than ``order``, which is of the original one."""
        for members, first_waits in self.rounds:
            standing = {ops[-1 if first_waits else 0]: i for i, ops in enumerate(members)}
            order = tuple(standing[op] for op in order if op in standing)
        return tuple(order)


def contracted(problem: OrderProblem) -> Contraction:
    """The problem with all operators joined that may be."""
    rounds = []
    joined = True
    while joined:
        joined = False
        for backwards in (False, True):
            smaller, members = _joined(problem.reversed() if backwards else problem)
            if len(members) == len(problem.predecessors):
                continue
            if backwards:
                last = len(problem.predecessors) - 1
                smaller = smaller.reversed()
                members = tuple(tuple(last - op for op in reversed(ops)) for ops in reversed(members))
            problem, joined = smaller, True
            rounds.append((members, backwards))
    return Contraction(problem, tuple(rounds))


def _joined(problem: OrderProblem) -> tuple[OrderProblem, Members]:
    """Each pair (v, w) that is found joined at v's place."""
    sure = _Sure(problem)
    follower: dict[int, int] = {}
    taken: set[int] = set()
    for w, before in enumerate(problem.predecessors):
        if len(before) != 1 or w in taken:
            continue
        (v,) = before
        if v not in taken and sure.may_follow(v, w):
            follower[v] = w
            taken |= {v, w}
    members = tuple(
        (op, follower[op]) if op in follower else (op,)
        for op in problem.file_order
        if op not in taken or op in follower
    )
    if not follower:
        return problem, members
    rank = {op: i for i, ops in enumerate(members) for op in ops}
    scratch = tuple(problem.scratch_bytes[ops[0]] - sum(sure.begun(op) or 0 for op in ops[1:]) for ops in members)
    waits_for = tuple(
        frozenset(rank[p] for op in ops for p in problem.predecessors[op]) - {i} for i, ops in enumerate(members)
    )
    buffers = tuple(replace(b, operators=frozenset(rank[op] for op in b.operators)) for b in problem.buffers)
    return OrderProblem(waits_for, buffers, scratch), members


class _Sure:
    """What an operator does to live memory in every order."""

    def __init__(self, problem: OrderProblem) -> None:
        self._scratch = problem.scratch_bytes
        self._before, self._behind = closures(problem)
        # For each operator: the buffers it touches, and the others that do.
        self._touched: list[list[tuple[OrderBuffer, int]]] = [[] for _ in self._scratch]
        for buffer in problem.buffers:
            touchers = union(1 << op for op in buffer.operators)
            for op in buffer.operators:
                self._touched[op].append((buffer, touchers & ~(1 << op)))

    def may_follow(self, v: int, w: int) -> bool:
        """Whether w, which waits for v alone, may as well run right behind it."""
        begun = self.begun(w)
        if begun is None or begun > self._ended(w):
            return False
        return begun + self._scratch[w] <= self._scratch[v] + self._ended(v)

    def begun(self, op: int) -> int | None:
        """The bytes that it is the first to touch; None if that depends on the order."""
        total = 0
        for buffer, others in self._touched[op]:
            if buffer.at_start or others & self._before[op]:
                continue
            if others & ~self._behind[op]:
                return None
            total += buffer.bytes
        return total

    def _ended(self, op: int) -> int:
        """Bytes that it is surely the last to touch."""
        return sum(b.bytes for b, others in self._touched[op] if not (b.at_end or others & ~self._before[op]))
