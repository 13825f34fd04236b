"""The models of data/: what the manifest says of them, measured again."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.search.order import least_peak_order
from mcu_lab.search.tflm import tflm_problem
from tests.conftest import DATA

ENTRIES: list[dict[str, Any]] = json.loads((DATA / "manifest.json").read_text())["models"]


def named(entry: dict[str, Any]) -> str:
    return entry["name"]


def test_the_manifest_lists_every_model_and_they_stay_small() -> None:
    files = {path.stem: path.stat().st_size for path in DATA.glob("*.tflite")}
    assert files == {entry["name"]: entry["bytes"] for entry in ENTRIES}
    assert sum(path.stat().st_size for path in DATA.iterdir() if path.is_file()) <= 1_500_000


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_a_model_is_what_its_manifest_says(entry: dict[str, Any]) -> None:
    graph = read_tflite(DATA / f"{entry['name']}.tflite")
    assert graph.sha256 == entry["sha256"]
    assert Counter(op.kind for op in graph.operators) == entry["operators"]
    assert {t.dtype for t in graph.tensors if t.id in graph.activations} == {"int8"}


@pytest.mark.quick(1)
@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_accuracy_in_litert(entry: dict[str, Any]) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(
        model_path=str(DATA / f"{entry['name']}.tflite"),
        experimental_op_resolver_type=litert.OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    (inputs,), (outputs,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero_point = inputs["quantization"]
    digits = np.load(DATA / "digits_test.npz")
    images = digits["images"].repeat(4, 1).repeat(4, 2)[..., np.newaxis] / np.float32(16)
    quantized = np.clip(np.round(images / scale) + zero_point, -128, 127).astype(np.int8)
    answers = []
    for image in quantized:
        interpreter.set_tensor(inputs["index"], image[np.newaxis])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(outputs["index"]).argmax())
    assert round(float(np.mean(answers == digits["labels"])), 4) == entry["test_accuracy"]


def test_the_branches_run_one_after_the_other_in_less_memory() -> None:
    graph = read_tflite(DATA / "digits_two_branch_int8.tflite")
    problem = tflm_problem(graph)
    best = least_peak_order(problem)
    assert best.proven_optimal
    assert best.peak_bytes < 0.7 * problem.peak_bytes(problem.file_order)
