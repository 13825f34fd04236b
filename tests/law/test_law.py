"""The law on random schedules: whatever lowering accepts verifies, and what verifies gives the graph's bytes.

2,000 schedules of small random graphs, and some of each small model. A test that fails names the seed: `replay(seed)`
gives its graph, schedule and plan again.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import Schedule
from tests.conftest import DATA, model_path
from tests.law.graphs import random_graph
from tests.law.schedules import Tally, random_plan
from tests.plan.judge import Judge

#: Each block of seeds is one test, so that blocks run side by side; each seed is a graph with a few schedules.
BLOCKS = 8
SEEDS = 84
SCHEDULES = 3
KINDS = {"rows, fresh inside", "rows, fresh apart", "strips", "patches", "anew", "channels"}
#: Model, and how many schedules of it.
MODELS = {
    "digits_cnn_int8": 15,
    "digits_dscnn_int8": 15,
    "digits_residual_int8": 15,
    "digits_two_branch_int8": 15,
    "mlperf_kws_dscnn_int8": 5,
    "mlperf_ic_resnet8_int8": 5,
    "har_cnn_int8": 5,
    "hps_tiled_presence_int8": 2,
}


def replay(seed: int) -> list[tuple[Graph, Schedule, Plan]]:
    """What the test makes of a seed."""
    rng, tally = np.random.default_rng(seed), Tally()
    graph = random_graph(rng)
    return [(graph, *random_plan(rng, graph, tally)) for _ in range(SCHEDULES)]


def assert_law(graph: Graph, schedule: Schedule, plan: Plan, judge: Judge, where: str) -> None:
    problems = verify(plan)
    assert problems == (), f"{where}: {problems[0]} under {schedule}"
    difference = judge.difference(plan, on_the_way=True)
    assert difference == "", f"{where}: {difference} under {schedule}"


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs(block: int) -> None:
    tally = Tally()
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        rng = np.random.default_rng(seed)
        graph = random_graph(rng)
        judge = Judge.of(graph, seed)
        for number in range(SCHEDULES):
            schedule, plan = random_plan(rng, graph, tally)
            assert_law(graph, schedule, plan, judge, f"seed {seed}, schedule {number}")
    print(tally)
    assert tally.plans == SEEDS * SCHEDULES
    assert tally.kinds.keys() == KINDS
    assert all(count >= 10 for count in tally.kinds.values()), tally


@cache
def graph_of(name: str) -> Graph:
    own = DATA / f"{name}.tflite"
    return read_tflite(own if own.exists() else model_path(name))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_models(model: str) -> None:
    graph, tally = graph_of(model), Tally()
    judge = Judge.of(graph, seed=7)
    for seed in range(MODELS[model]):
        schedule, plan = random_plan(np.random.default_rng(seed), graph, tally)
        assert_law(graph, schedule, plan, judge, f"{model}, seed {seed}")
    print(tally)
