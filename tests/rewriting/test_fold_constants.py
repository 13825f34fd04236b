"""What follows from constants is stored, and no output byte changes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import problems
from mcu_lab.rewriting import FoldConstants, rewritten
from tests.conftest import model_path
from tests.ops.one_operator import convolution

FOLDED = (FoldConstants(),)


def _half(graph: Graph) -> Graph:
    """The same convolution with weights and bias in float16, as converters store them."""
    tensors, operators = list(graph.tensors), list(graph.operators)
    for t in (1, 2):
        stored = tensors[t].array.astype(np.float16)
        tensors.append(Tensor(len(tensors), f"half {t}", stored.shape, "float16", data=stored.tobytes()))
        tensors[t] = replace(tensors[t], data=None)
        operators.insert(0, Operator(0, "DEQUANTIZE", (len(tensors) - 1,), (t,), MappingProxyType({}), 2))
    numbered = tuple(replace(op, id=n) for n, op in enumerate(operators))
    return replace(graph, tensors=tuple(tensors), operators=numbered)


def test_weights_of_16_bits_are_32_before_the_model_runs() -> None:
    graph = _half(convolution(dtype="float32"))
    assert not problems(graph)
    folded = rewritten(graph, FOLDED)
    assert [op.kind for op in folded.operators] == ["CONV_2D"] and not problems(folded)
    assert sum(t.dtype == "float16" for t in folded.tensors) == 0
    inputs = random_inputs(graph, 0)
    same = dict(zip(folded.inputs, inputs.values(), strict=True))
    ours, theirs = run_reference(folded, same), run_reference(graph, inputs)
    np.testing.assert_array_equal(ours[folded.outputs[0]], theirs[graph.outputs[0]])


def test_what_follows_from_what_is_folded_is_folded_too() -> None:
    tensors = (
        Tensor(0, "x", (3,), "float32"),
        Tensor(1, "c", (3,), "float32", data=np.array([1, 2, 3], np.float32).tobytes()),
        Tensor(2, "minus", (3,), "float32"),
        Tensor(3, "plus", (3,), "float32"),
        Tensor(4, "y", (3,), "float32"),
    )
    none = MappingProxyType({"fused_activation_function": "NONE"})
    operators = (
        Operator(0, "NEG", (1,), (2,)),
        Operator(1, "NEG", (2,), (3,)),
        Operator(2, "ADD", (0, 3), (4,), none),
    )
    graph = Graph("chain", tensors, operators, (0,), (4,))
    folded = rewritten(graph, FOLDED)
    assert [op.kind for op in folded.operators] == ["ADD"]
    assert [t.name for t in folded.tensors] == ["x", "plus", "y"]
    np.testing.assert_array_equal(folded.tensors[1].array, [1, 2, 3])


def test_outputs_are_still_made_and_what_is_huge_is_not_stored() -> None:
    c = Tensor(0, "c", (3,), "float32", data=bytes(12))
    out = Graph("out", (c, Tensor(1, "y", (3,), "float32")), (Operator(0, "NEG", (0,), (1,)),), (), (1,))
    assert rewritten(out, FOLDED) is out
    shape = Tensor(0, "shape", (2,), "int32", data=np.array([1 << 12, 1 << 13], np.int32).tobytes())
    value = Tensor(1, "one", (), "float32", data=np.float32(1).tobytes())
    filled = Tensor(2, "filled", (1 << 12, 1 << 13), "float32")
    y = Tensor(3, "y", (1 << 12, 1 << 13), "float32")
    operators = (Operator(0, "FILL", (0, 1), (2,)), Operator(1, "NEG", (2,), (3,)))
    huge = Graph("huge", (shape, value, filled, y), operators, (), (3,))
    assert rewritten(huge, FOLDED) is huge


@pytest.mark.slow
def test_a_public_model_in_float16() -> None:
    graph = read_tflite(model_path("blazeface_fp16w"))
    folded = rewritten(graph, FOLDED)
    assert not any(op.kind == "DEQUANTIZE" for op in folded.operators)
    assert not any(t.dtype == "float16" for t in folded.tensors)
    inputs = random_inputs(graph, 0)
    same = dict(zip(folded.inputs, inputs.values(), strict=True))
    ours, theirs = run_reference(folded, same), run_reference(graph, inputs)
    for a, b in zip(folded.outputs, graph.outputs, strict=True):
        assert ours[a].tobytes() == theirs[b].tobytes()
