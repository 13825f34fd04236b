"""The law on random schedules: whatever lowering accepts verifies, and what verifies gives the graph's bytes.

With MCU_LAB_FULL=1 more than 2,000 schedules of the shared and our own models, and 1,000 of small random graphs, which
have what no model has; the suite tries about one in ten. A test that fails names the seed: `replay(seed)` and
`plan_of(model, seed)` give the schedule and plan again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import Schedule
from tests.conftest import DATA, FULL, model_path, part
from tests.law.graphs import random_graph, remembering_graph
from tests.law.schedules import Tally, anywhere
from tests.plan.judge import Judge

#: Each block of seeds is one test, so that blocks run side by side; each seed is a graph with a few schedules.
BLOCKS = 8
SEEDS = part(42, 8)
SCHEDULES = 3
KINDS = {"rows, fresh inside", "rows, fresh apart", "strips", "patches", "anew", "channels", "transfers"}
#: The suite tries one schedule in so many; all with MCU_LAB_FULL=1.
SHARE = 12
#: Model, and how many schedules of it: the cheaper one is to run, the more.
MODELS = {
    "har_cnn_int8": 200, "mlperf_kws_dscnn_int8": 160, "digits_cnn_int8": 220, "magic_wand_float": 140,
    "dscnn_large_kws_int8": 60, "micro_speech_int8": 120, "mlperf_ad_autoencoder_int8": 140, "rnnoise_int8": 110,
    "cifar10_cnn_float": 110, "digits_two_branch_int8": 90, "digits_dscnn_int8": 90, "kws_dscnn_small_int16x8": 90,
    "digits_mlp_int8": 100, "mlperf_ad_autoencoder_float": 80, "mlperf_ic_resnet8_int8": 70, "digits_residual_int8": 50,
    "mlperf_vww_mobilenetv1_int8": 30, "mlperf_ic_resnet8_float": 15, "person_detect_int8": 15, "hello_world_int8": 20,
    "mobilenetv1_025_128_uint8": 10, "mobilenetv2_035_160_int8": 6, "mcunet_5fps_vww_int8": 12,
    "yamnet256_esc10_int8": 10, "blazeface_fp16w": 6, "swiftnet_cell_vww_uint8": 6, "yolo_face_int8": 6,
    "mcunet_person_det_int8": 5, "mobilenetv2_100_224_int8": 4, "hps_tiled_presence_int8": 2,
    "okay_nabu_streaming_int8": 40, "kws_basic_lstm_unrolled_int8": 2, "knift_inception_float": int(FULL),
}  # fmt: skip
#: (model, its first seed, the one after its last): at most so many schedules in a test.
RUNS = [
    (name, first, min(first + 30, part(count, SHARE)))
    for name, count in MODELS.items()
    for first in range(0, part(count, SHARE), 30)
]


def replay(seed: int) -> list[tuple[Graph, Schedule, Plan]]:
    """What the test makes of a seed."""
    rng, tally = np.random.default_rng(seed), Tally()
    graph = random_graph(rng)
    return [(graph, *anywhere(rng, graph, tally)) for _ in range(SCHEDULES)]


@cache
def graph_of(name: str) -> Graph:
    own = DATA / f"{name}.tflite"
    return read_tflite(own if own.exists() else model_path(name))


def plan_of(model: str, seed: int, tally: Tally | None = None) -> tuple[Schedule, Plan]:
    """The schedule and plan of a model that the test makes of a seed."""
    return anywhere(np.random.default_rng(seed), graph_of(model), tally or Tally())


def assert_law(schedule: Schedule, plan: Plan, judge: Judge, where: str) -> None:
    problems = verify(plan)
    assert problems == (), f"{where}: {problems[0]} under {schedule}"
    difference = judge.difference(plan, on_the_way=True)
    assert difference == "", f"{where}: {difference} under {schedule}"


def assert_law_on(block: int, graph_by: Callable[[np.random.Generator], Graph]) -> Tally:
    """Every schedule of every graph of a block."""
    tally = Tally()
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        rng = np.random.default_rng(seed)
        graph = graph_by(rng)
        judge = Judge.of(graph, seed)
        for number in range(SCHEDULES):
            assert_law(*anywhere(rng, graph, tally), judge, f"seed {seed}, schedule {number}")
    print(tally)
    return tally


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs(block: int) -> None:
    tally = assert_law_on(block, random_graph)
    assert tally.plans == SEEDS * SCHEDULES
    assert tally.kinds.keys() <= KINDS
    assert not FULL or all(tally.kinds[kind] >= 5 for kind in KINDS), tally


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_graphs_that_remember(block: int) -> None:
    """Three inferences, each of which finds what the last one left."""
    assert_law_on(block, remembering_graph)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "first", "end"), RUNS)
def test_models(model: str, first: int, end: int) -> None:
    judge, tally = Judge.of(graph_of(model), seed=7), Tally()
    for seed in range(first, end):
        assert_law(*plan_of(model, seed, tally), judge, f"{model}, seed {seed}")
    print(tally)


def test_there_are_enough() -> None:
    assert sum(MODELS.values()) >= 2000
    assert sum(end - first for _, first, end in RUNS) == sum(part(count, SHARE) for count in MODELS.values())
