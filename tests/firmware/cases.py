"""What the firmware tests share: plans run by the executor, and the same plans run as C."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.execution.executor import execute_frames
from mcu_lab.firmware.harness import LockstepResult, lockstep
from mcu_lab.firmware.targets import NATIVE
from mcu_lab.firmware.vector import TestVector, seeded_vector
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.model import Plan
from tests.conftest import model_path

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
needs_clang = pytest.mark.skipif(
    shutil.which("clang") is None, reason="no clang on this machine: install the packages `clang` and `libclang-rt-dev`"
)
needs_qemu = pytest.mark.skipif(
    shutil.which("qemu-system-arm") is None or shutil.which("arm-none-eabi-gcc") is None,
    reason="qemu-system-arm or arm-none-eabi-gcc is not installed",
)


@cache
def load(model: str) -> Graph:
    return read_tflite(model_path(model))


def default_plan(graph: Graph) -> Plan:
    return lower(graph, default_schedule(graph), ad_hoc())


def assert_same_bytes(
    plan: Plan,
    target: str = NATIVE,
    inputs: Mapping[int, np.ndarray] | None = None,
    *,
    push: int | None = None,
    frames: int = 1,
) -> LockstepResult:
    """Every row of the C has the executor's checksum, and the outputs its bytes; so in each of the runs, one after the
    other, of which the later ones have random inputs.
    """
    first = inputs or seeded_vector(plan.graph, 5).inputs
    given = [first, *(seeded_vector(plan.graph, 5 + k).inputs for k in range(1, frames))]
    runs = list(execute_frames(plan, given, trace="written"))
    vector = TestVector.of((inputs, run.outputs) for inputs, run in zip(given, runs, strict=True))
    result = lockstep(plan, vector, [crc for run in runs for crc in run.checksums], target, push=push)
    report = result.report
    assert result.differs is None, f"row {result.differs} differs: {report.text[-2000:]}"
    assert report.passed, report.text[-2000:]
    assert report.outputs == tuple(run.outputs[t].tobytes() for run in runs for t in plan.graph.outputs)
    return result
