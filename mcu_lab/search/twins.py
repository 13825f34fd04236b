"""Branches that nothing tells apart may run first come, first served: fewer orders with the same least peak.

A branch is a chain of operators in which each waits for the one before alone. Two branches are twins if they wait for
the same operators and are waited for by the same, and their operators touch, in turn, equal buffers of their own and
the same buffers of others. How much is live only depends on how many twins have come how far. So in any order they can
change names until the first does each step first, and the problem may demand that.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from itertools import pairwise

from mcu_lab.search.problem import OrderProblem

#: Branches of which each is the twin of the others, in the order of the file.
Twins = list[list[tuple[int, ...]]]


def twins(problem: OrderProblem) -> Twins:
    """All sets of twins."""
    touched: list[list[int]] = [[] for _ in problem.predecessors]
    for number, buffer in enumerate(problem.buffers):
        for op in buffer.operators:
            touched[op].append(number)
    found: dict[Hashable, list[tuple[int, ...]]] = {}
    for branch in _branches(problem):
        own = frozenset(branch)
        looks = tuple(
            (
                problem.scratch_bytes[op],
                tuple(sorted(_look(problem, number, own, branch) for number in touched[op])),
            )
            for op in branch
        )
        found.setdefault((problem.predecessors[branch[0]], problem.successors[branch[-1]], looks), []).append(branch)
    return [taking for branches in found.values() if len(taking := _ascending(branches)) > 1]


def in_turn(problem: OrderProblem, sets: Twins) -> OrderProblem:
    """The problem in which each twin's steps wait for those of the twin before it."""
    before = list(problem.predecessors)
    for branches in sets:
        for one, other in pairwise(branches):
            for earlier, later in zip(one, other, strict=True):
                before[later] |= {earlier}
    return replace(problem, predecessors=tuple(before))


def renamed(order: Sequence[int], sets: Twins) -> tuple[int, ...]:
    """The same order with twins renamed so that they take turns."""
    order, place = list(order), {op: at for at, op in enumerate(order)}
    for branches in sets:
        for step in zip(*branches, strict=True):
            for op, at in zip(step, sorted(place[op] for op in step), strict=True):
                order[at] = op
    return tuple(order)


def _ascending(branches: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Those whose every step is behind that of the one before in the order of the file, which so stays legal."""
    kept: list[tuple[int, ...]] = []
    for branch in branches:
        if not kept or all(earlier < later for earlier, later in zip(kept[-1], branch, strict=True)):
            kept.append(branch)
    return kept


def _branches(problem: OrderProblem) -> list[tuple[int, ...]]:
    """All operators in chains, each as long as it can be."""

    def follows(before: frozenset[int]) -> bool:
        return len(before) == 1 and len(problem.successors[next(iter(before))]) == 1

    found = []
    for op, before in enumerate(problem.predecessors):
        if follows(before):
            continue
        branch = [op]
        while len(after := problem.successors[branch[-1]]) == 1 and follows(problem.predecessors[after[0]]):
            branch.append(after[0])
        found.append(tuple(branch))
    return found


def _look(problem: OrderProblem, number: int, own: frozenset[int], branch: tuple[int, ...]) -> tuple[int, ...]:
    """What can be told of a buffer from within the branch: another's by its number, its own by size and touchers."""
    buffer = problem.buffers[number]
    if not buffer.operators <= own:
        return (-1, number)
    return (buffer.bytes, buffer.at_start, buffer.at_end, *(branch.index(op) for op in sorted(buffer.operators)))
