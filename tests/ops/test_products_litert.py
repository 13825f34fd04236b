"""Single operators over every branch of the kernels, held against LiteRT."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.execution.oracle import litert_tensors
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.tflite_write import write_tflite
from tests.ops.one_operator import CASES, FOLDED

pytest.importorskip("ai_edge_litert")


ALL = {**CASES, **FOLDED}


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
