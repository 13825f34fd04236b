"""Exported C gives the executor's bytes after every row, on real models, natively and on emulated cores."""

from __future__ import annotations

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.firmware.harness import STACK_BYTES
from mcu_lab.lowering import lower
from mcu_lab.plan.address import is_zero_copy
from mcu_lab.plan.model import Compute
from tests.execution.test_executor_models import sharing_most
from tests.firmware.cases import assert_same_bytes, default_plan, load, needs_gcc, needs_qemu

SMALL = [
    "hello_world_int8",
    "micro_speech_int8",
    "mlperf_ad_autoencoder_int8",
    "mlperf_kws_dscnn_int8",
    "mlperf_ic_resnet8_int8",
    "mlperf_vww_mobilenetv1_int8",
    "person_detect_int8",
    "kws_dscnn_small_int16x8",
    "har_cnn_int8",
    "magic_wand_float",
]
BIG = [
    "mobilenetv2_035_160_int8",
    "mobilenetv2_100_224_int8",
    "mcunet_5fps_vww_int8",
    "mcunet_person_det_int8",
    "yolo_face_int8",
    "dscnn_large_kws_int8",
    "kws_basic_lstm_unrolled_int8",
    "mobilenetv1_025_128_uint8",
    "swiftnet_cell_vww_uint8",
    "mlperf_ic_resnet8_float",
    "cifar10_cnn_float",
]
MODELS = [SMALL[0], *(pytest.param(name, marks=pytest.mark.slow) for name in (*SMALL[1:], *BIG))]


@needs_gcc
@pytest.mark.parametrize("model", MODELS)
def test_native_with_sanitizers(model: str) -> None:
    assert_same_bytes(default_plan(load(model)))


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize("model", MODELS)
def test_emulated_cortex_m4(model: str) -> None:
    result = assert_same_bytes(default_plan(load(model)), "cortex-m4")
    assert result.report.stack_bytes is not None
    assert 0 < result.report.stack_bytes < STACK_BYTES


@needs_gcc
@pytest.mark.parametrize(
    "model",
    [
        "mlperf_ic_resnet8_int8",
        pytest.param("swiftnet_cell_vww_uint8", marks=pytest.mark.slow),
        pytest.param("kws_basic_lstm_unrolled_int8", marks=pytest.mark.slow),
        pytest.param("rnnoise_int8", marks=pytest.mark.slow),
    ],
)
def test_shared_storage_and_in_place(model: str) -> None:
    """Whatever can cost nothing does: rows that move no byte stay rows, and outputs take over their inputs."""
    graph = load(model)
    plan = lower(graph, sharing_most(graph), ad_hoc())
    assert any(is_zero_copy(graph, s) for s in plan.steps if isinstance(s, Compute))
    assert_same_bytes(plan)


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize("target", ["cortex-m3", "cortex-m7", "cortex-m33", "cortex-m55"])
def test_other_cores(target: str) -> None:
    assert_same_bytes(default_plan(load("mlperf_kws_dscnn_int8")), target)
