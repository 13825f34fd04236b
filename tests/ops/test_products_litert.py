"""Single operators over every branch of the kernels, held against LiteRT."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcu_lab.execution.oracle import compare, litert_tensors, misread
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Quant, Tensor
from mcu_lab.graph.tflite_write import write_tflite
from tests.ops.one_operator import CASES, FOLDED, MISTAKEN, mean

pytest.importorskip("ai_edge_litert")


ALL = {**{name: graph for name, graph in CASES.items() if name not in MISTAKEN}, **FOLDED}


@pytest.mark.quick(60)
@pytest.mark.parametrize("case", ALL)
def test_one_operator_has_the_bytes_of_litert(case: str) -> None:
    graph = ALL[case]
    output = graph.outputs[0]
    for seed in (0, 1):
        inputs = random_inputs(graph, seed)
        theirs = litert_tensors(write_tflite(graph), inputs)[output]
        ours = run_reference(graph, inputs)[output]
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
        assert ours.size == 1 or np.unique(ours).size > 1  # a saturated output would prove nothing


def _as_uint8(tensor: Tensor) -> Tensor:
    """The same reals, of bytes that are 128 more."""
    assert tensor.quant
    return replace(tensor, dtype="uint8", quant=Quant(tensor.quant.scales, (tensor.quant.zero_point + 128,)))


def test_what_a_reference_kernel_misreads_is_held_against_the_optimized_one() -> None:
    graph = mean(kind="SUM", scales=(0.05, 0.05))
    assert misread(graph) and not misread(mean(kind="SUM", dtype="uint8", scales=(0.05, 0.05)))
    assert compare(graph, write_tflite(graph), random_inputs(graph, 0)).equal


@pytest.mark.parametrize("case", [name for name, graph in MISTAKEN.items() if graph.tensors[0].dtype == "int8"])
def test_a_sum_of_int8_is_that_of_the_same_reals_in_uint8(case: str) -> None:
    graph = MISTAKEN[case]
    x, axes, y = graph.tensors
    inputs = random_inputs(graph, 0)
    shifted = replace(graph, tensors=(_as_uint8(x), axes, _as_uint8(y)))
    moved = {0: (inputs[0].astype(np.int16) + 128).astype(np.uint8)}
    theirs = litert_tensors(write_tflite(shifted), moved)[2].astype(np.int16) - 128
    np.testing.assert_array_equal(run_reference(graph, inputs)[2], theirs)


@pytest.mark.parametrize("case", [name for name, graph in MISTAKEN.items() if graph.tensors[0].dtype == "int16"])
def test_a_sum_of_int16_is_the_real_one_rounded(case: str) -> None:
    graph = MISTAKEN[case]
    x, axes, y = graph.tensors
    assert x.quant and y.quant
    inputs = random_inputs(graph, 0)
    real = inputs[0].astype(np.float64).sum(axis=tuple(axes.array.tolist()), keepdims=True) * x.quant.scale
    np.testing.assert_allclose(run_reference(graph, inputs)[2], np.clip(real / y.quant.scale, -32768, 32767), atol=0.76)
