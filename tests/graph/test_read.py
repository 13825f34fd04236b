"""Every real model opens, and what was read agrees with the manifest that lies beside the models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mcu_lab.graph.state import without_state
from mcu_lab.graph.tflite_read import read_tflite
from tests.conftest import model_path
from tests.graph.models import manifest


@pytest.mark.parametrize("entry", manifest(), ids=lambda e: e["name"])
def test_model_agrees_with_its_manifest(entry: dict[str, Any]) -> None:
    graph = read_tflite(model_path(entry["name"].removesuffix(".tflite")))
    assert graph.sha256 == entry["sha256"]
    filed = without_state(graph)
    assert Counter(op.kind for g in (filed, *filed.subgraphs) for op in g.operators) == entry["ops"]
    assert [graph.tensors[t].shape for t in graph.inputs] == [tuple(i["shape"]) for i in entry["inputs"]]
    assert [graph.tensors[t].name for t in graph.outputs] == [o["name"] for o in entry["outputs"]]
    assert [op.id for op in graph.operators] == list(range(len(graph.operators)))


def test_one_dimensional_bias_has_axis_0_whatever_the_file_says() -> None:
    graph = read_tflite(model_path("person_detect_int8"))
    biases = [graph.tensors[op.inputs[2]] for op in graph.operators if op.kind == "CONV_2D"]
    assert {b.quant.axis for b in biases if b.quant and len(b.quant.scales) > 1} == {0}
