"""State as the reader gives it and the writer takes it: variables of handles, and tensors that operators change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from mcu_lab.execution.oracle import compare_frames
from mcu_lab.execution.reference import random_frames
from mcu_lab.graph.ir import Graph, Operator, Quant, Signature, Tensor
from mcu_lab.graph.state import CHANGED, unresolved, with_state
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from mcu_lab.ops import SPECS, problems
from tests.conftest import model_path
from tests.law.graphs import remembering_graph

SHAPE, QUANT = (1, 4), Quant((0.5,), (3,))
START = bytes((1, 2, 253, 4))


def in_file() -> Graph:
    """As a file has it: what is read from a variable goes out, what goes in is assigned to it; it starts as START."""
    tensors = (
        Tensor(0, "x", SHAPE, "int8", QUANT),
        Tensor(1, "handle", (), "resource"),
        Tensor(2, "y", SHAPE, "int8", QUANT),
    )
    operators = (
        Operator(0, "CALL_ONCE", (), (), MappingProxyType({"init_subgraph_index": 1})),
        handle(1, 1),
        Operator(2, "READ_VARIABLE", (1,), (2,)),
        Operator(3, "ASSIGN_VARIABLE", (1, 0), ()),
    )
    return Graph("delay", tensors, operators, (0,), (2,), (filling(),))


def handle(number: int, tensor: int, name: str = "memory") -> Operator:
    return Operator(number, "VAR_HANDLE", (), (tensor,), MappingProxyType({"container": "", "shared_name": name}))


def filling() -> Graph:
    tensors = (Tensor(0, "handle", (), "resource"), Tensor(1, "start", SHAPE, "int8", QUANT, START))
    operators = (handle(0, 0), Operator(1, "ASSIGN_VARIABLE", (0, 1), ()))
    return Graph("filling", tensors, operators, (), ())


def again(graph: Graph) -> Graph:
    return replace(read_tflite(write_tflite(graph)), name=graph.name, sha256=graph.sha256)


def test_a_variable_is_a_tensor() -> None:
    graph = read_tflite(write_tflite(in_file()))
    assert [op.kind for op in graph.operators] == ["READ_VARIABLE", "ASSIGN_VARIABLE"]
    assert graph.states == (1,) and graph.subgraphs == () and problems(graph) == ()
    state = graph.tensors[1]
    assert (state.shape, state.dtype, state.quant, state.initial) == (SHAPE, "int8", QUANT, START)
    assert graph.predecessors(graph.operators[1]) == (0,)
    assert again(graph) == graph


def test_litert_runs_what_is_written() -> None:
    graph = read_tflite(write_tflite(in_file()))
    compared = list(compare_frames(graph, write_tflite(graph), random_frames(graph, 0, 3)))
    assert all(c.equal and c.tensors for c in compared)


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_with_state(seed: int) -> None:
    """Written, read again, and run by LiteRT for a few inferences; what has no value at the start LiteRT refuses."""
    graph = remembering_graph(np.random.default_rng(seed))
    starts = tuple(replace(t, initial=t.initial or t.fresh.tobytes()) if t.variable else t for t in graph.tensors)
    graph = replace(graph, tensors=starts)
    read = again(graph)
    assert read.states == graph.states
    assert [(o.kind, o.inputs, o.outputs) for o in read.operators] == [
        (o.kind, o.inputs, o.outputs) for o in graph.operators
    ]
    for comparison in compare_frames(read, write_tflite(read), random_frames(read, seed, 3)):
        assert comparison.equal, comparison.differing


@pytest.mark.parametrize("model", ["okay_nabu_streaming_int8", "mnist_lstm_int8", "keyword_scrambled_int8"])
def test_a_model_is_read_as_it_was_written(model: str) -> None:
    graph = read_tflite(model_path(model))
    assert graph.states and unresolved(graph) == ""
    assert all(graph.producer[t] >= reader for t in graph.states for reader in graph.readers[t])
    assert again(graph) == graph


def test_other_subgraphs_keep_their_callers() -> None:
    """The subgraph that fills is gone, and whoever called one behind it finds it one place ahead."""
    graph = in_file()
    attrs = MappingProxyType({"cond_subgraph_index": 2, "body_subgraph_index": 3})
    loop = Operator(4, "WHILE", (0,), (3,), attrs)
    body = Graph("body", (Tensor(0, "t", SHAPE, "int8", QUANT),), (), (0,), (0,))
    graph = replace(
        graph,
        tensors=(*graph.tensors, Tensor(3, "z", SHAPE, "int8", QUANT)),
        operators=(*graph.operators, loop),
        subgraphs=(filling(), replace(body, name="condition"), body),
        signatures=(Signature("body", (("t", 0),), (), 3),),
    )
    read = with_state(graph)
    assert [s.name for s in read.subgraphs] == ["condition", "body"]
    assert read.operators[2].attrs == {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    assert read.signatures[0].subgraph == 2
    assert again(replace(read, outputs=(2, 3))).subgraphs == read.subgraphs


def _op(index: int, **changes: object) -> Callable[[Graph], Graph]:
    def change(graph: Graph) -> Graph:
        operators = list(graph.operators)
        operators[index] = replace(operators[index], **changes)  # type: ignore[arg-type]
        return replace(graph, operators=tuple(operators))

    return change


def _filled(*operators: Operator, **changes: object) -> Callable[[Graph], Graph]:
    return lambda graph: replace(
        graph,
        subgraphs=(replace(graph.subgraphs[0], operators=operators or filling().operators, **changes),),  # type: ignore[arg-type]
    )


ASSIGN = Operator(4, "ASSIGN_VARIABLE", (1, 0), ())
UNRESOLVED: dict[str, tuple[Callable[[Graph], Graph], str]] = {
    "a handle goes out": (lambda g: replace(g, outputs=(1,)), "goes in or out"),
    "anything takes it": (_op(2, kind="CUSTOM:x"), "can do anything"),
    "assigned twice": (lambda g: replace(g, operators=(*g.operators, ASSIGN)), "more than once"),
    "another shape": (lambda g: replace(g, tensors=(replace(g.tensors[0], shape=(4, 1)), *g.tensors[1:])), "holds"),
    "text": (
        lambda g: replace(g, tensors=tuple(replace(t, dtype="string") if t.id != 1 else t for t in g.tensors)),
        "holds",
    ),
    "no such subgraph": (lambda g: replace(g, subgraphs=()), "which there is not"),
    "itself": (_op(0, attrs=MappingProxyType({"init_subgraph_index": 0})), "which there is not"),
    "too late": (lambda g: replace(g, operators=tuple(g.operators[i] for i in (1, 2, 0, 3))), "has been used"),
    "computed": (_filled(handle(0, 0), Operator(1, "RELU", (1,), (1,))), "may only assign"),
    "no constant": (_filled(tensors=(filling().tensors[0], Tensor(1, "s", SHAPE, "int8"))), "must be constant"),
    "called otherwise": (lambda g: replace(g, signatures=(Signature("s", (), (), 1),)), "called elsewhere"),
    "no handle": (_op(1, outputs=(1, 2)), "one output"),
    "a handle of a handle": (_op(3, inputs=(1, 1)), "can do anything"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNRESOLVED)
def test_what_cannot_be_a_tensor_says_why(case: str) -> None:
    change, why = UNRESOLVED[case]
    graph = with_state(change(in_file()))
    assert why in unresolved(graph)
    assert any(why in found.reason for found in problems(graph)), problems(graph)


def test_a_call_that_calls_itself_ends() -> None:
    attrs = MappingProxyType({"cond_subgraph_index": 1, "body_subgraph_index": 2})
    loop = Graph("loop", (Tensor(0, "t", SHAPE, "int8"),), (Operator(0, "WHILE", (0,), (0,), attrs),), (0,), (0,))
    graph = in_file()
    graph = replace(graph, operators=(*graph.operators, replace(loop.operators[0], id=4)), subgraphs=(loop, loop))
    assert "called elsewhere" in unresolved(graph) or "may only assign" in unresolved(graph)


def test_two_operators_that_change_one_tensor() -> None:
    """The first writes it; of the second that is told."""
    x, state = Tensor(0, "x", (1, 4), "float32"), Tensor(3, "s", (1, 30), "float32", variable=True)
    made = [replace(x, id=t, name=str(t), shape=(1, 3)) for t in (4, 5)]
    weights = [
        Tensor(i, f"w{i}", shape, "float32", data=bytes(96 if i == 1 else 120))
        for i, shape in ((1, (6, 4)), (2, (6, 5)))
    ]
    operators = tuple(Operator(k, "SVDF", (0, 1, 2, -1, 3), (4 + k,)) for k in range(2))
    graph = with_state(Graph("twice", (x, *weights, state, *made), operators, (0,), (4, 5)))
    assert [op.outputs for op in graph.operators] == [(4, 3), (5,)]
    assert [op.outputs for op in again(graph).operators] == [(4, 3), (5,)]


def test_reading_and_executing_agree_on_what_operators_change() -> None:
    changed = {kind: tuple(slot for slot, _ in spec.updates) for kind, spec in SPECS.items() if spec.updates}
    assert changed and changed.items() <= CHANGED.items()
