"""Loops that run as often as constants say, and branches that they decide, are plain operators in a graph."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.oracle import compare, litert_tensors
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import AttrValue, Graph, Operator, Tensor
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.graph.unroll import MOST_OPERATORS, unrolled
from mcu_lab.ops import problems

STEPS, WIDTH = 3, 4
_PLAIN: dict[str, AttrValue] = {"fused_activation_function": "NONE"}


def _tensors(*made: tuple) -> tuple[Tensor, ...]:
    """Of (dtype, shape) or (dtype, shape, values)."""
    found = []
    for n, (dtype, shape, *values) in enumerate(made):
        data = np.array(values[0], dtype).tobytes() if values else None
        found.append(Tensor(n, f"t{n}", shape, dtype, data=data))
    return tuple(found)


def _op(id: int, kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...], **attrs: AttrValue) -> Operator:
    return Operator(id, kind, inputs, outputs, MappingProxyType(attrs), 1)


def _condition(bound: int) -> Graph:
    """counter < bound, of (counter, sum, frames)."""
    tensors = _tensors(
        ("int32", ()), ("float32", (1, WIDTH)), ("float32", (STEPS, 1, WIDTH)), ("int32", (), bound), ("bool", ())
    )
    return Graph("condition", tensors, (_op(0, "LESS", (0, 3), (4,)),), (0, 1, 2), (4,))


def _body() -> Graph:
    """(counter + 1, tanh(sum * weights + frames[counter]), frames)."""
    tensors = _tensors(
        ("int32", ()), ("float32", (1, WIDTH)), ("float32", (STEPS, 1, WIDTH)), ("int32", (), 1), ("int32", ()),
        ("float32", (1, WIDTH)), ("float32", (WIDTH,), np.linspace(-1, 1, WIDTH)), ("float32", (1, WIDTH)),
        ("float32", (1, WIDTH)), ("float32", (1, WIDTH)),
    )  # fmt: skip
    operators = (
        _op(0, "ADD", (0, 3), (4,), **_PLAIN),
        _op(1, "GATHER", (2, 0), (5,), axis=0, batch_dims=0),
        _op(2, "MUL", (1, 6), (7,), **_PLAIN),
        _op(3, "ADD", (7, 5), (8,), **_PLAIN),
        _op(4, "TANH", (8,), (9,)),
    )
    return Graph("body", tensors, operators, (0, 1, 2), (4, 9, 2))


def _loop(bound: int = STEPS, start: int = 0) -> Graph:
    tensors = _tensors(
        ("float32", (STEPS, 1, WIDTH)), ("int32", (), start), ("float32", (1, WIDTH), np.ones(WIDTH)), ("int32", ()),
        ("float32", (1, WIDTH)), ("float32", (STEPS, 1, WIDTH)), ("float32", (1, WIDTH)),
    )  # fmt: skip
    operators = (
        _op(0, "WHILE", (1, 2, 0), (3, 4, 5), cond_subgraph_index=1, body_subgraph_index=2),
        _op(1, "NEG", (4,), (6,)),
    )
    return Graph("loop", tensors, operators, (0,), (6,), (_condition(bound), _body()))


def _branch(taken: bool) -> Graph:
    tensors = _tensors(("float32", (2, 3)), ("bool", (), taken), ("float32", (2, 3)), ("float32", (2, 3)))
    each = tuple(
        Graph(kind, _tensors(("float32", (2, 3)), ("float32", (2, 3))), (_op(0, kind, (0,), (1,)),), (0,), (1,))
        for kind in ("NEG", "TANH")
    )
    operators = (
        _op(0, "IF", (1, 0), (2,), then_subgraph_index=1, else_subgraph_index=2),
        _op(1, "RELU", (2,), (3,)),
    )
    return Graph("branch", tensors, operators, (0,), (3,), each)


CASES = {
    "three steps": _loop(),
    "from the second step on": _loop(start=1),
    "no step": _loop(bound=0),
    "one branch": _branch(True),
    "the other branch": _branch(False),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_known_is_unrolled_and_has_the_bytes_of_litert(case: str) -> None:
    pytest.importorskip("ai_edge_litert")
    model = write_tflite(CASES[case])
    graph = read_tflite(model)
    assert not problems(graph) and not graph.subgraphs
    assert not {op.kind for op in graph.operators} & {"WHILE", "IF"}
    inputs = random_inputs(graph, 0)
    assert compare(graph, model, inputs).equal
    again = read_tflite(write_tflite(graph))
    assert replace(again, sha256=graph.sha256) == graph


def test_what_a_loop_leaves_keeps_its_tensor() -> None:
    pytest.importorskip("ai_edge_litert")
    model = write_tflite(_loop())
    graph = read_tflite(model)
    inputs = random_inputs(graph, 0)
    np.testing.assert_allclose(run_reference(graph, inputs)[4], litert_tensors(model, inputs)[4], rtol=1e-6)
    assert [op.kind for op in graph.operators].count("TANH") == STEPS
    assert sum(t.is_const and t.dtype == "float32" for t in graph.tensors) == 2  # all steps share the weights


def test_what_depends_on_data_stays() -> None:
    loop = _loop()
    counted = replace(loop.tensors[1], data=None)
    data = replace(loop, tensors=(loop.tensors[0], counted, *loop.tensors[2:]), inputs=(0, 1))
    assert [op.kind for op in unrolled(data).operators] == ["WHILE", "NEG"]
    assert unrolled(data).subgraphs == data.subgraphs
    assert any("not supported" in p.reason for p in problems(unrolled(data)))


@pytest.mark.parametrize("damage", ["endless", "itself", "too few", "another shape", "no such subgraph"])
def test_nonsense_stays(damage: str) -> None:
    loop = _loop(bound=MOST_OPERATORS)
    condition, body = loop.subgraphs
    while_ = loop.operators[0]
    if damage == "itself":
        again = _op(0, "WHILE", (0, 1, 2), (4, 9, 2), cond_subgraph_index=1, body_subgraph_index=2)
        loop = replace(loop, subgraphs=(condition, replace(body, operators=(again,), outputs=(4, 9, 2))))
    elif damage == "too few":
        loop = replace(loop, subgraphs=(condition, replace(body, outputs=(4, 9))))
    elif damage == "another shape":
        wide = replace(body.tensors[1], shape=(2, WIDTH))
        loop = replace(loop, subgraphs=(condition, replace(body, tensors=(body.tensors[0], wide, *body.tensors[2:]))))
    elif damage == "no such subgraph":
        attrs = MappingProxyType({"cond_subgraph_index": 1, "body_subgraph_index": 7})
        loop = replace(loop, operators=(replace(while_, attrs=attrs), loop.operators[1]))
    assert [op.kind for op in unrolled(loop).operators] == ["WHILE", "NEG"]
