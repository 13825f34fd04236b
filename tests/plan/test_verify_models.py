"""Every way in which real models are planned here is accepted, large plans included."""

from __future__ import annotations

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import problems
from mcu_lab.plan.verify import verify
from tests.conftest import model_path, shared_folder
from tests.execution.test_executor_models import sharing_most
from tests.plan.partial_plans import chain_from, prefetched, row_tiled

MODELS = sorted(path.stem for path in shared_folder("models").glob("*.tflite")) or ["mlperf_vww_mobilenetv1_int8"]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_plans_of_real_models_are_accepted(model: str) -> None:
    graph = read_tflite(model_path(model))
    if problems(graph):
        pytest.skip(f"{model} has operators that cannot be executed")
    assert verify(lower(graph, default_schedule(graph), ad_hoc())) == ()
    assert verify(lower(graph, sharing_most(graph), ad_hoc())) == ()
    assert verify(prefetched(graph, range(len(graph.operators)))) == ()


def test_a_plan_of_hundreds_of_rows_is_accepted() -> None:
    graph = read_tflite(model_path("mobilenetv2_100_224_int8"))
    stage = chain_from(graph, 0, 12)
    plan = row_tiled(graph, stage, 1, streamed=True)
    assert len(plan.steps) > 1000
    assert verify(plan) == ()
