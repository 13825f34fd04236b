"""Orders of hundreds of operators: no worse than a wide beam search, with a bound at any time, and soon."""

from __future__ import annotations

import pytest

from mcu_lab.graph.ir import Graph
from mcu_lab.search.order import MAX_STATES, OrderResult, least_peak_order
from mcu_lab.search.problem import OrderProblem
from mcu_lab.search.tflm import tflm_problem
from tests.conftest import FULL
from tests.search import networks
from tests.search.beam import beam_order

needs_time = pytest.mark.skipif(not FULL, reason="takes minutes: set MCU_LAB_FULL=1")

#: States are what an order search spends; these networks take few.
FEW_STATES = 20_000


def ordered(problem: OrderProblem, max_states: int = MAX_STATES) -> tuple[OrderResult, list[tuple[int, int]]]:
    """The result, and best and bound all along, which must be what they say they are."""
    seen: list[tuple[int, int]] = []
    result = least_peak_order(problem, max_states=max_states, progress=lambda best, bound: seen.append((best, bound)))
    assert problem.allows(result.order) and problem.peak_bytes(result.order) == result.peak_bytes
    assert all(bound <= result.peak_bytes for _, bound in seen)
    assert [best for best, _ in seen] == sorted((best for best, _ in seen), reverse=True)
    assert [bound for _, bound in seen] == sorted(bound for _, bound in seen)
    return result, seen


@pytest.mark.parametrize(
    "graph",
    [networks.chain(1000), networks.ladder(250), networks.fan(40), networks.densenet(), networks.darts(20)],
    ids=["chain", "ladder", "fan", "densenet", "darts"],
)
def test_large_networks_are_solved_with_few_states(graph: Graph) -> None:
    result, _ = ordered(tflm_problem(graph), FEW_STATES)
    assert result.proven_optimal


@pytest.mark.slow
@pytest.mark.parametrize("nodes", [64, 128, pytest.param(256, marks=needs_time)])
def test_random_wiring_is_no_worse_than_a_wide_beam(nodes: int) -> None:
    problem = tflm_problem(networks.randwire(nodes))
    result, _ = ordered(problem)
    assert result.lower_bound_bytes <= result.peak_bytes <= problem.peak_bytes(beam_order(problem, 1000))


@pytest.mark.quick(1)
@pytest.mark.parametrize("nodes", [32, 64])
def test_half_of_the_effort_gives_half_of_the_gain(nodes: int) -> None:
    problem = tflm_problem(networks.randwire(nodes))
    file = problem.peak_bytes(problem.file_order)
    whole = 100_000
    most, _ = ordered(problem, whole)
    gains = []
    for effort in (whole // 8, whole // 4, whole // 2):
        result, seen = ordered(problem, effort)
        assert most.lower_bound_bytes <= most.peak_bytes <= result.peak_bytes
        assert seen[-1][0] == result.peak_bytes
        gains.append(file - result.peak_bytes)
    assert 2 * gains[-1] >= file - most.peak_bytes > 0
    assert gains == sorted(gains)


def test_the_same_network_gives_the_same_order() -> None:
    problem = tflm_problem(networks.randwire(48))
    assert ordered(problem, FEW_STATES)[0].order == ordered(problem, FEW_STATES)[0].order
