"""What the order search is made of, each held against complete enumeration."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest

from mcu_lab.search.cut_bound import cut_bounds
from mcu_lab.search.pieces import cuts, pieces, window
from mcu_lab.search.problem import OrderBuffer, OrderProblem
from mcu_lab.search.sweep import Sweeper
from mcu_lab.search.twins import in_turn, renamed, twins
from tests.search.instances import all_orders, random_order_problem


def problems(count: int, operators: int = 6) -> list[OrderProblem]:
    return [random_order_problem(seed, operators=1 + seed % operators) for seed in range(count)]


def least(problem: OrderProblem) -> int:
    return min(problem.peak_bytes(order) for order in all_orders(problem))


def test_backwards_as_much_is_live() -> None:
    for problem in problems(40):
        last = len(problem.predecessors) - 1
        turned = problem.reversed()
        for order in all_orders(problem):
            back = tuple(last - op for op in reversed(order))
            assert turned.allows(back) and turned.live_bytes(back) == problem.live_bytes(order)[::-1]
        assert turned.reversed() == problem


def test_a_bound_from_cuts_is_the_least_of_all_sets() -> None:
    for problem in problems(120):
        found = [0, *cut_bounds(problem, problem.file_order)]
        assert found == sorted(found)
        wanted = max(0, *(least_while_running(problem, op) for op in problem.file_order))
        assert found[-1] == wanted <= least(problem)


def least_while_running(problem: OrderProblem, op: int) -> int:
    """Least bytes live while ``op`` runs, over all sets that may have run before."""
    others = [other for other in problem.file_order if other != op]
    return min(
        problem.scratch_bytes[op] + sum(b.bytes for b in problem.buffers if is_live(b, frozenset(done), op))
        for size in range(len(others) + 1)
        for done in combinations(others, size)
        if all(problem.predecessors[other] <= set(done) for other in (op, *done))
    )


def is_live(buffer: OrderBuffer, done: frozenset[int], op: int) -> bool:
    touchers = buffer.operators
    if not touchers:
        return True
    return (buffer.at_start or bool(touchers & (done | {op}))) and (buffer.at_end or bool(touchers - done))


def test_cuts_are_the_sets_that_every_order_passes() -> None:
    for problem in problems(80):
        passed = [{frozenset(order[:k]) for order in all_orders(problem)} for k in range(len(problem.predecessors) + 1)]
        assert cuts(problem) == [k for k, sets in enumerate(passed) if len(sets) == 1]


def test_the_least_peak_is_the_largest_of_the_pieces() -> None:
    divided = 0
    for problem in problems(150):
        found = pieces(problem)
        divided += len(found) > 1
        assert max((least(piece) for _, piece in found), default=0) == least(problem)
    assert divided > 30


def test_equal_cells_are_equal_pieces() -> None:
    cell = random_order_problem(3, operators=4)
    count = 4
    before: list[frozenset[int]] = []
    buffers: list[OrderBuffer] = []
    for first in (0, count, 2 * count):
        before += [frozenset(p + first for p in ops) | set(range(first)) for ops in cell.predecessors]
        buffers += [
            OrderBuffer(f"{b.name}/{first}", b.bytes, frozenset(op + first for op in b.operators))
            for b in cell.buffers
            if b.operators
        ]
    found = pieces(OrderProblem(tuple(before), tuple(buffers), cell.scratch_bytes * 3))
    each = len(found) // 3
    assert [piece for _, piece in found[:each]] == [piece for _, piece in found[each : 2 * each]]


def test_a_window_shows_what_is_live_in_it() -> None:
    rng = random.Random(1)
    for problem in problems(60):
        order = rng.choice(all_orders(problem))
        lo, hi = sorted(rng.sample(range(len(order) + 1), 2))
        small = window(problem, order, lo, hi)
        for steps in all_orders(small):
            moved = (*order[:lo], *(order[lo + step] for step in steps), *order[hi:])
            assert problem.allows(moved) and problem.live_bytes(moved)[lo:hi] == small.live_bytes(steps)


@pytest.mark.parametrize("whole", [False, True])
def test_a_complete_sweep_finds_an_order_just_where_there_is_one(whole: bool) -> None:
    for problem in problems(100):
        best = least(problem)
        sweeper = Sweeper(problem)
        for budget in (best - 1, best, best + 1, best + 5):
            swept = sweeper.sweep(budget, 10_000, whole=whole)
            assert (swept.order is not None) == (budget > best) and swept.complete == (budget <= best)
            assert swept.order is None or problem.peak_bytes(swept.order) < budget


def test_a_narrow_sweep_claims_nothing_it_does_not_know() -> None:
    for problem in problems(100, operators=8):
        best = least(problem)
        for width in (1, 2):
            for budget in (best, best + 1, best + 3):
                swept = Sweeper(problem).sweep(budget, width)
                assert not swept.complete or budget <= best
                assert swept.order is None or problem.allows(swept.order)
                assert swept.order is None or problem.peak_bytes(swept.order) < budget


def test_a_sweep_stops_when_it_is_told() -> None:
    problem = random_order_problem(5, operators=6)
    swept = Sweeper(problem).sweep(1 << 40, 10, stop=lambda seen: seen > 2)
    assert (swept.order, swept.complete) == (None, False)


def with_branches(problem: OrderProblem, rng: random.Random) -> OrderProblem:
    """Equal branches of two operators between the first operator and one more at the end."""
    count, twos = len(problem.predecessors), rng.randint(2, 3)
    before, buffers = list(problem.predecessors), list(problem.buffers)
    inner, outer, ends = rng.randint(1, 9), rng.randint(1, 9), []
    for number in range(twos):
        head, tail = count + 2 * number, count + 2 * number + 1
        before += [frozenset({0}), frozenset({head})]
        buffers.append(OrderBuffer(f"inner{number}", inner, frozenset({head, tail})))
        ends.append(tail)
    last = count + 2 * twos
    before.append(frozenset(ends))
    shared = frozenset({*ends, last})
    buffers.append(OrderBuffer("shared", outer, shared))
    read = replace(buffers[0], operators=buffers[0].operators | {tail - 1 for tail in ends})
    return OrderProblem(tuple(before), (read, *buffers[1:]), problem.scratch_bytes + (0,) * (2 * twos + 1))


def test_twins_take_turns_without_changing_the_least_peak() -> None:
    rng, fewer = random.Random(0), 0
    for seed in range(60):
        problem = with_branches(random_order_problem(seed, operators=1 + seed % 2), rng)
        sets = twins(problem)
        turned = in_turn(problem, sets)
        orders = all_orders(problem)
        fewer += len(all_orders(turned)) < len(orders)
        assert least(turned) == least(problem)
        for order in rng.sample(orders, min(20, len(orders))):
            name = renamed(order, sets)
            assert turned.allows(name) and problem.live_bytes(name) == problem.live_bytes(order)
    assert fewer > 50
