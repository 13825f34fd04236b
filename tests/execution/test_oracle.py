"""Every tensor of real models equals LiteRT's."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from mcu_lab.errors import ModelError, ToolMissing
from mcu_lab.execution import oracle
from mcu_lab.execution.oracle import compare, litert_tensors, normalised
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.conftest import model_path
from tests.ops.one_operator import convolution, fully_connected

SMALL = (
    "mlperf_kws_dscnn_int8", "mlperf_vww_mobilenetv1_int8", "mlperf_ic_resnet8_int8", "mlperf_ad_autoencoder_int8",
    "person_detect_int8", "micro_speech_int8", "hello_world_int8", "har_cnn_int8", "kws_basic_lstm_unrolled_int8",
    "mobilenetv1_025_128_uint8", "rnnoise_int8", "yamnet256_esc10_int8", "kws_dscnn_small_int16x8",
)  # fmt: skip
BIG = (
    "mobilenetv2_035_160_int8", "mobilenetv2_100_224_int8", "mcunet_5fps_vww_int8", "mcunet_person_det_int8",
    "yolo_face_int8", "dscnn_large_kws_int8", "swiftnet_cell_vww_uint8", "hps_tiled_presence_int8",
)  # fmt: skip
FLOAT = (
    "mlperf_ic_resnet8_float", "mlperf_ad_autoencoder_float", "magic_wand_float", "cifar10_cnn_float",
    "blazeface_fp16w", "knift_inception_float",
)  # fmt: skip


def _compare(name: str, seed: int) -> oracle.Comparison:
    model = model_path(name).read_bytes()
    graph = read_tflite(model)
    return compare(graph, model, random_inputs(graph, seed))


def _assert_equal(comparison: oracle.Comparison) -> None:
    assert comparison.tensors
    assert comparison.equal, "\n".join(map(str, comparison.differing[:5]))


@pytest.mark.quick(14)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", SMALL)
def test_every_tensor_of_a_small_model(name: str, seed: int) -> None:
    pytest.importorskip("ai_edge_litert")
    comparison = _compare(name, seed)
    _assert_equal(comparison)
    assert not comparison.skipped


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", BIG)
def test_every_tensor_of_a_big_model(name: str) -> None:
    pytest.importorskip("ai_edge_litert")
    comparison = _compare(name, 0)
    _assert_equal(comparison)
    assert not comparison.skipped


@pytest.mark.quick(2)
@pytest.mark.parametrize("name", FLOAT)
def test_every_tensor_of_a_float_model_within_tolerance(name: str) -> None:
    pytest.importorskip("ai_edge_litert")
    comparison = _compare(name, 0)
    _assert_equal(comparison)
    assert {t.dtype for t in comparison.tensors} == {"float32"}


def _with_a_wrong_weight(graph: Graph) -> Graph:
    weights = graph.tensors[1]
    array = weights.array.copy()
    array.flat[0] ^= 0x40
    damaged = dataclasses.replace(weights, data=array.tobytes())
    return dataclasses.replace(graph, tensors=(graph.tensors[0], damaged, *graph.tensors[2:]))


def test_a_difference_is_found_and_named() -> None:
    pytest.importorskip("ai_edge_litert")
    graph = fully_connected(shape=(3, 24), units=10)
    inputs = random_inputs(graph, 0)
    comparison = compare(_with_a_wrong_weight(graph), write_tflite(graph), inputs)
    (difference,) = comparison.differing
    assert not comparison.equal
    assert difference.first is not None and difference.first[1] == 0  # weight 0 belongs to unit 0
    assert difference.max_abs >= 1
    assert "DIFFERS" in str(difference) and str(difference.first) in str(difference)


def test_floats_may_differ_within_the_tolerance_only() -> None:
    graph = convolution(dtype="float32")
    tensor = graph.tensors[3]
    theirs = np.full(tensor.shape, 2.0, np.float32)
    near, far = theirs.copy(), theirs.copy()
    near.flat[7] += 1e-6
    far.flat[7] += 1e-3
    assert oracle._compare(tensor, theirs.copy(), theirs).identical
    assert oracle._compare(tensor, near, theirs).equal and not oracle._compare(tensor, near, theirs).identical
    assert not oracle._compare(tensor, far, theirs).equal


def test_only_the_dimension_litert_refuses_is_changed() -> None:
    model = model_path("person_detect_int8").read_bytes()
    patched = normalised(model)
    changed = [i for i, (a, b) in enumerate(zip(model, patched, strict=True)) if a != b]
    assert changed and all(model[i] == 3 and patched[i] == 0 for i in changed)
    assert read_tflite(patched).tensors == read_tflite(model).tensors
    assert normalised(patched) is patched


def test_a_model_that_litert_refuses_is_one_clear_error() -> None:
    pytest.importorskip("ai_edge_litert")
    graph = convolution(zero_points=(0, 3, 0))  # int8 weights must be symmetric
    with pytest.raises(ModelError, match="LiteRT refuses it"):
        litert_tensors(write_tflite(graph), random_inputs(graph, 0))


def test_without_litert_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    graph = convolution()
    with pytest.raises(ToolMissing, match="ai-edge-litert"):
        litert_tensors(write_tflite(graph), random_inputs(graph, 0))
