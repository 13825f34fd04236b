"""Exported C gives the executor's bytes after every row, on real models, natively and on emulated cores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.execution.executor import execute_frames
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import STACK_BYTES, build, run_image
from mcu_lab.firmware.targets import NATIVE
from mcu_lab.firmware.vector import TestVector, seeded_vector
from mcu_lab.lowering import lower
from mcu_lab.plan.address import is_zero_copy
from mcu_lab.plan.model import Compute
from mcu_lab.search.fit import fit
from tests.execution.test_executor_models import sharing_most
from tests.firmware.cases import assert_same_bytes, default_plan, load, needs_gcc, needs_qemu
from tests.plan.tiny import Net

SMALL = [
    "hello_world_int8",
    "micro_speech_int8",
    "mlperf_ad_autoencoder_int8",
    "mlperf_kws_dscnn_int8",
    "mlperf_kws_dscnn_hybrid",
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
REMEMBERING = ["okay_nabu_streaming_int8"]
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


@needs_gcc
@pytest.mark.parametrize("model", [pytest.param(name, marks=pytest.mark.slow) for name in REMEMBERING])
def test_state_outlasts_a_run(model: str) -> None:
    """A hundred runs one after the other, each of which finds what the last one left; whole, and in a fitted plan."""
    graph = load(model)
    for plan in (default_plan(graph), fit(graph, ad_hoc()).plan):
        assert_same_bytes(plan, frames=100)


@needs_qemu
@pytest.mark.qemu
@pytest.mark.parametrize("model", [pytest.param(name, marks=pytest.mark.slow) for name in REMEMBERING])
def test_state_outlasts_a_run_on_an_emulated_cortex_m4(model: str) -> None:
    assert_same_bytes(fit(load(model), ad_hoc()).plan, "cortex-m4", frames=20)


@needs_gcc
def test_a_reset_brings_back_what_the_model_starts_with(tmp_path: Path) -> None:
    """The self-test of an export runs some frames, resets, and runs the first one again."""
    net = Net((1, 2, 3, 2))
    start = bytes(range(12))
    state = net.state((1, 2, 3, 2), start)
    total = net.add(net.read(state), net.input)
    net.assign(state, total)
    plan = default_plan(net.graph(total))
    frames = [seeded_vector(plan.graph, k).inputs for k in range(3)]
    runs = execute_frames(plan, frames)
    vector = TestVector.of([(inputs, run.outputs) for inputs, run in zip(frames, runs, strict=True)])
    written = export(plan, tmp_path / "export", vector=vector)
    assert run_image(build(written.folder, written.name, NATIVE)).passed
    source = written.folder / f"{written.name}.c"
    text = source.read_text()
    source.write_text(re.sub(r"(_reset\(.*\) \{\n(?:.*\n){3})    memcpy.*\n", r"\1", text))
    assert source.read_text() != text
    assert not run_image(build(written.folder, written.name, NATIVE)).passed


def test_state_is_told_of(tmp_path: Path) -> None:
    graph = load("okay_nabu_streaming_int8")
    written = export(default_plan(graph), tmp_path / "export")
    size = sum(graph.tensors[t].bytes for t in graph.states)
    assert f"_STATE_BYTES {size}\n" in (written.folder / f"{written.name}.h").read_text()
    assert "## State" in (written.folder / "README.md").read_text()
    plain = export(default_plan(load("hello_world_int8")), tmp_path / "plain")
    assert "reset" not in (plain.folder / f"{plain.name}.h").read_text()
