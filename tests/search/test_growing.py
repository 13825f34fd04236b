"""Runs grown operator by operator are those that lowering is asked for, and what it would say of them."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.lowering.check import apart_from
from mcu_lab.lowering.pull import row_tables
from mcu_lab.search.growing import Growing
from mcu_lab.search.runs import MOST_RUNS, Runs
from tests.law.graphs import random_graph
from tests.plan.tiny import Net


@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_has_grown_is_the_run(seed: int) -> None:
    graph = random_graph(np.random.default_rng(seed))
    runs = Runs(graph, [op.id for op in graph.operators], "resident")
    for begin in range(runs.count):
        growing = Growing(runs, begin)
        for end in range(begin + 1, runs.count + 1):
            run, operators = growing.until(end), runs.inside(begin, end)
            assert run.operators == operators
            assert run.together == (apart_from(graph, operators) is None and runs.whole_only.isdisjoint(operators))
            assert run.in_rows == (not any(map(row_tables(graph).fault, operators)))


def test_long_networks_have_stages_of_fewer_operators() -> None:
    net = Net((1, 4, 4, 1))
    x = net.input
    for _ in range(400):
        x = net.relu(x)
    graph = net.graph(x)
    runs = Runs(graph, [op.id for op in graph.operators], "resident")
    assert runs.reach == MOST_RUNS // 400
