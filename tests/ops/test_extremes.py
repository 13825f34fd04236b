"""Operators at extreme scales, zero points and biases: LiteRT's bytes in numpy and in C.

The suite takes a sample. ``MCU_LAB_DRAWS=1000 python -m pytest tests/ops/test_extremes.py`` draws so many pairs of
quantizations for each operator, look-ups being tried on all of their inputs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from mcu_lab.execution.oracle import FLOAT_TOLERANCE, litert_tensors
from mcu_lab.execution.reference import run_reference
from mcu_lab.firmware.kernels import missing_kernels
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import problems
from tests.firmware.cases import assert_same_bytes, default_plan, needs_gcc
from tests.ops.element_cases import inputs_for, side_by_side
from tests.ops.extremes import FAMILIES, Draw

DRAWS = int(os.environ.get("MCU_LAB_DRAWS", "4"))
#: Draws that share one model, and one program.
TOGETHER = 12


def drawn(family: str, draws: Sequence[int]) -> list[Graph]:
    """What the draws give that is supported: most of it."""
    made = [g for seed in draws for g in FAMILIES[family](Draw(seed))]
    supported = [g for g in made if not problems(g)]
    assert len(supported) > len(made) // 2
    return supported


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessPoolExecutor]:
    """LiteRT ends its process rather than refuse some operators; then it is not this one."""
    pytest.importorskip("ai_edge_litert")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_numpy_has_the_bytes_of_litert(family: str, process: ProcessPoolExecutor) -> None:
    for first in range(0, DRAWS, TOGETHER):
        draws = range(first, min(first + TOGETHER, DRAWS))
        graph = side_by_side(drawn(family, draws))
        inputs = inputs_for(graph, draws[0])
        expected = process.submit(litert_tensors, write_tflite(graph), inputs).result()
        with np.errstate(over="ignore"):
            found = run_reference(graph, inputs)
        for op in graph.operators:
            t = op.outputs[0]
            what = f"draws {draws}: {op}, {[(graph.tensors[i].dtype, graph.tensors[i].quant) for i in (*op.inputs, t)]}"
            if graph.tensors[t].dtype == "float32":
                np.testing.assert_allclose(found[t], expected[t], rtol=FLOAT_TOLERANCE, err_msg=what)
            else:
                np.testing.assert_array_equal(found[t], expected[t], err_msg=what)


@needs_gcc
@pytest.mark.slow
def test_c_has_the_bytes_of_numpy_under_sanitizers() -> None:
    """All families in one program, a twelfth of the draws at a time."""
    for draw in range(-(-DRAWS // TOGETHER)):
        graph = side_by_side(g for f in FAMILIES for g in drawn(f, [draw]) if not missing_kernels(g))
        assert_same_bytes(default_plan(graph), inputs=inputs_for(graph, draw))
