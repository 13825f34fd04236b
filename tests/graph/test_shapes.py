"""Shapes that a file leaves open are those that runtimes give their tensors."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.oracle import litert_tensors
from mcu_lab.execution.reference import random_inputs
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.graph.shapes import with_known_shapes
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.ops.element_cases import CASES as ELEMENTS
from tests.ops.one_operator import CASES as PRODUCTS
from tests.ops.one_operator import convolution

CASES = {name: g for name, g in {**ELEMENTS, **PRODUCTS}.items() if len(g.operators) == 1 == len(g.outputs)}


def _opened(graph: Graph) -> Graph:
    """The same with an output of which only the rank is known."""
    tensors = list(graph.tensors)
    out = tensors[graph.outputs[0]]
    rank = len(out.shape)
    tensors[out.id] = replace(out, shape=(1,) * rank, shape_signature=(-1,) * rank)
    return replace(graph, tensors=tuple(tensors))


def test_every_shape_that_a_rule_tells_is_the_operators() -> None:
    known = 0
    for name, graph in CASES.items():
        out = graph.outputs[0]
        found = with_known_shapes(_opened(graph)).tensors[out].shape
        assert found in (graph.tensors[out].shape, (1,) * len(graph.tensors[out].shape)), name
        known += found == graph.tensors[out].shape and found != (1,) * len(found)
    assert known > len(CASES) // 3


def test_a_file_is_read_with_the_shapes_that_litert_gives_it() -> None:
    pytest.importorskip("ai_edge_litert")
    graph = _opened(convolution(stride=(2, 2)))
    tensors = (*graph.tensors, replace(graph.tensors[3], id=4, name="z", shape_signature=None))
    relu = Operator(1, "RELU", (3,), (4,), MappingProxyType({}), 2)
    model = write_tflite(replace(graph, tensors=tensors, operators=(*graph.operators, relu), outputs=(4,)))
    read = read_tflite(model)
    theirs = litert_tensors(model, random_inputs(read, 0))
    assert {t: read.tensors[t].shape for t in (3, 4)} == {t: theirs[t].shape for t in (3, 4)}
    assert np.prod(read.tensors[4].shape) > 100


def test_what_is_not_left_open_is_the_files_word() -> None:
    graph = convolution()
    wrong = replace(graph, tensors=(*graph.tensors[:3], replace(graph.tensors[3], shape=(1, 1, 1, 1))))
    assert with_known_shapes(wrong) is wrong


@pytest.mark.parametrize("attrs", [{}, {"padding": "SAME", "stride_h": 0, "stride_w": 1}, {"padding": 3}])
def test_nonsense_leaves_a_shape_as_it_is(attrs: dict) -> None:
    graph = _opened(convolution())
    op = replace(graph.operators[0], attrs=MappingProxyType(attrs))
    damaged = replace(graph, operators=(op,))
    assert with_known_shapes(damaged).tensors[3].shape == (1, 1, 1, 1)
    bare = replace(graph.tensors[1], shape=(8,), data=bytes(8))
    damaged = replace(graph, tensors=(graph.tensors[0], bare, *graph.tensors[2:]))
    assert isinstance(with_known_shapes(damaged).tensors[3], Tensor)
