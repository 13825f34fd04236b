"""Sets of operators that every order passes through divide a problem into what lies between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from mcu_lab.search.problem import OrderBuffer, OrderProblem, closures


def cuts(problem: OrderProblem) -> list[int]:
    """All k, 0 and the number of operators among them, for which every order runs operators ``0 .. k-1`` first.

    That is so if all later ones must wait for them; and as the file order is one of the orders, there are no others.
    """
    before, _ = closures(problem)
    count = len(before)
    common = list(accumulate(reversed(before), int.__and__, initial=(1 << count) - 1))[::-1]
    return [k for k in range(count + 1) if not ((1 << k) - 1) & ~common[k]]


def pieces(problem: OrderProblem) -> list[tuple[int, OrderProblem]]:
    """(first operator, problem) of what lies between the cuts; the least peak is the largest of theirs."""
    ends = cuts(problem)
    return list(zip(ends, divided(problem, ends), strict=False))


def window(problem: OrderProblem, order: Sequence[int], lo: int, hi: int) -> OrderProblem:
    """What can be done about steps ``lo .. hi`` of an order when all others stay; operator ``i`` is step ``lo + i``."""
    place = {op: at for at, op in enumerate(order)}
    buffers, waiting = [], 0
    for buffer in problem.buffers:
        places = [place[op] for op in buffer.operators]
        own = frozenset(at - lo for at in places if lo <= at < hi)
        starts = buffer.at_start or not places or min(places) < lo
        ends = buffer.at_end or not places or max(places) >= hi
        if own:
            buffers.append(OrderBuffer("", buffer.bytes, own, starts, ends))
        elif starts and ends:
            waiting += buffer.bytes
    buffers.append(OrderBuffer("", waiting, frozenset()))
    before = tuple(frozenset(place[p] - lo for p in problem.predecessors[op] if place[p] >= lo) for op in order[lo:hi])
    return OrderProblem(before, tuple(buffers), tuple(problem.scratch_bytes[op] for op in order[lo:hi]))


def divided(problem: OrderProblem, ends: Sequence[int]) -> list[OrderProblem]:
    """The problems of what runs from one of ``ends`` to the next, if all before have run and none behind.

    Their operators are numbered from 0. Nothing tells those of two equal cells apart: buffers have no names, and what
    nobody touches there is one buffer.
    """
    piece_of = [number for number, (lo, hi) in enumerate(pairwise(ends)) for _ in range(lo, hi)]
    count = len(ends) - 1
    touched: list[list[OrderBuffer]] = [[] for _ in range(count)]
    idle = [0] * (count + 1)
    for buffer in problem.buffers:
        if not buffer.bytes:
            continue
        there: dict[int, list[int]] = {}
        for op in buffer.operators:
            there.setdefault(piece_of[op], []).append(op)
        first = 0 if buffer.at_start or not there else min(there)
        last = count - 1 if buffer.at_end or not there else max(there)
        if first <= last:
            idle[first] += buffer.bytes
            idle[last + 1] -= buffer.bytes
        for piece, ops in there.items():
            idle[piece] -= buffer.bytes
            idle[piece + 1] += buffer.bytes
            own = frozenset(op - ends[piece] for op in ops)
            starts = buffer.at_start or first < piece
            touched[piece].append(OrderBuffer("", buffer.bytes, own, starts, buffer.at_end or last > piece))
    found = []
    for (lo, hi), buffers, waiting in zip(pairwise(ends), touched, accumulate(idle), strict=False):
        buffers.sort(key=lambda b: (sorted(b.operators), b.bytes, b.at_start, b.at_end))
        if waiting:
            buffers.append(OrderBuffer("", waiting, frozenset()))
        before = tuple(frozenset(p - lo for p in problem.predecessors[op] if p >= lo) for op in range(lo, hi))
        found.append(OrderProblem(before, tuple(buffers), problem.scratch_bytes[lo:hi]))
    return found
