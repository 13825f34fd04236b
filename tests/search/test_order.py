"""Orders: least peak on every published instance and against complete enumeration, with honest certificates."""

from __future__ import annotations

import random

import pytest

from mcu_lab.search.contraction import contracted
from mcu_lab.search.limits import Limits
from mcu_lab.search.order import least_peak_order
from mcu_lab.search.problem import OrderBuffer, OrderProblem
from tests.search.instances import all_orders, instance_names, random_order_problem, read_order_instance


@pytest.mark.parametrize("name", instance_names("order_instances", "*.json"))
def test_published_instances_reach_their_known_optimum(name: str) -> None:
    problem, document = read_order_instance(name)
    assert problem.peak_bytes(problem.file_order) == document["default_peak_bytes"]
    result = least_peak_order(problem)
    assert problem.allows(result.order)
    assert problem.peak_bytes(result.order) == result.peak_bytes
    assert result.proven_optimal
    assert result.peak_bytes == document.get("known_optimal_peak_bytes", result.peak_bytes)
    assert result.peak_bytes <= document["default_peak_bytes"]


@pytest.mark.parametrize("block", range(8))
def test_equals_the_best_of_all_orders(block: int) -> None:
    for seed in range(60 * block, 60 * block + 60):
        problem = random_order_problem(seed, operators=2 + seed % 6)
        best = min(problem.peak_bytes(order) for order in all_orders(problem))
        result = least_peak_order(problem)
        assert result.proven_optimal and result.peak_bytes == best, f"seed {seed}"
        assert problem.allows(result.order) and problem.peak_bytes(result.order) == best, f"seed {seed}"


def test_a_certificate_under_a_state_limit_brackets_the_optimum() -> None:
    for seed in range(40):
        problem = random_order_problem(seed, operators=14)
        optimum = least_peak_order(problem)
        for limit in (1, 2, 3):
            result = least_peak_order(problem, max_states=limit)
            assert result.lower_bound_bytes <= optimum.peak_bytes <= result.peak_bytes
            assert problem.allows(result.order) and problem.peak_bytes(result.order) == result.peak_bytes


def test_a_limit_leaves_a_gap_and_says_why() -> None:
    problem, _ = read_order_instance("hps_tiled_presence_int8.json")
    result = least_peak_order(problem, max_states=10)
    assert not result.proven_optimal and result.stopped == "states"
    assert result.lower_bound_bytes <= 199_696 < result.peak_bytes
    assert least_peak_order(problem, limits=Limits.starting_now(0.0)).stopped == "time"


def test_cancelling_returns_the_best_so_far() -> None:
    problem, document = read_order_instance("hps_tiled_presence_int8.json")
    seen: list[tuple[int, int]] = []
    result = least_peak_order(
        problem,
        progress=lambda best, bound: seen.append((best, bound)),
        limits=Limits(cancelled=lambda: len(seen) >= 3),
    )
    assert result.stopped == "cancelled" and len(seen) == 3
    assert problem.allows(result.order) and result.peak_bytes <= document["default_peak_bytes"]
    assert all(bound <= best for best, bound in seen)


def test_the_same_problem_gives_the_same_order() -> None:
    for name in ("hps_tiled_presence_int8.json", "rw_20.json"):
        problem, _ = read_order_instance(name)
        assert least_peak_order(problem).order == least_peak_order(problem).order


def test_a_known_order_of_least_peak_is_kept() -> None:
    problem, _ = read_order_instance("swiftnet_i8.json")
    best = least_peak_order(problem).order
    assert least_peak_order(problem, known=best).order == best


def test_empty_and_single_problems() -> None:
    assert least_peak_order(OrderProblem((), (), ())).peak_bytes == 0
    one = OrderProblem((frozenset(),), (OrderBuffer("a", 3, frozenset({0})),), (4,))
    assert least_peak_order(one).peak_bytes == 7 and least_peak_order(one).proven_optimal


def test_wrong_problems_are_refused() -> None:
    with pytest.raises(ValueError, match="after its predecessors"):
        OrderProblem((frozenset({1}), frozenset()), (), (0, 0))
    with pytest.raises(ValueError, match="scratch"):
        OrderProblem((frozenset(),), (), ())
    with pytest.raises(ValueError, match="do not exist"):
        OrderProblem((frozenset(),), (OrderBuffer("a", 1, frozenset({3})),), (0,))


def test_operators_that_may_run_together_are_joined_without_changing_the_least_peak() -> None:
    joined = 0
    for seed in range(120):
        problem = with_lazy_operators(random_order_problem(seed, operators=4), seed)
        small = contracted(problem)
        joined += len(problem.predecessors) - len(small.problem.predecessors)
        best = min(problem.peak_bytes(order) for order in all_orders(problem))
        for order in all_orders(small.problem):
            assert problem.allows(small.expanded(order))
            assert problem.peak_bytes(small.expanded(order)) == small.problem.peak_bytes(order)
        for order in all_orders(problem):
            short = small.shortened(order)
            assert small.problem.allows(short) and small.problem.peak_bytes(short) <= problem.peak_bytes(order)
        assert min(small.problem.peak_bytes(order) for order in all_orders(small.problem)) == best, f"seed {seed}"
    assert joined > 100


def with_lazy_operators(problem: OrderProblem, seed: int) -> OrderProblem:
    """Two operators more in front, each making a buffer for just one of the others, as DEQUANTIZE of weights does."""
    rng = random.Random(seed)
    before = [frozenset(p + 2 for p in ops) for ops in problem.predecessors]
    buffers = [
        OrderBuffer(b.name, b.bytes, frozenset(op + 2 for op in b.operators), b.at_start, b.at_end)
        for b in problem.buffers
        if b.operators
    ]
    for lazy in (0, 1):
        reader = rng.randrange(len(before))
        before[reader] |= {lazy}
        buffers.append(OrderBuffer(f"lazy{lazy}", rng.randint(1, 12), frozenset({lazy, reader + 2})))
    return OrderProblem((frozenset(), frozenset(), *before), tuple(buffers), (0, 0, *problem.scratch_bytes))
