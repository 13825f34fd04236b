"""Another order of the operators: refused where it breaks a dependency, else the same values."""

from __future__ import annotations

import random

import pytest

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.rewrite import must_precede, reordered
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.conftest import model_path
from tests.graph.build import relu_chain
from tests.graph.test_round_trip import litert_outputs

BRANCHY = ["swiftnet_cell_vww_uint8", "okay_nabu_streaming_int8", "rnnoise_int8", "kws_basic_lstm_unrolled_int8"]


def random_order(graph: Graph, seed: int) -> list[int]:
    """A random one of the orders that :func:`must_precede` allows."""
    rng, order, before = random.Random(seed), [], must_precede(graph)
    left = set(range(len(before)))
    while left:
        ready = sorted(op for op in left if not before[op] & left)
        order.append(rng.choice(ready))
        left.remove(order[-1])
    return order


@pytest.mark.quick(1)
@pytest.mark.parametrize("name", BRANCHY)
def test_any_allowed_order_gives_the_same_bytes(name: str) -> None:
    stored = model_path(name).read_bytes()
    graph = read_tflite(stored)
    expected = litert_outputs(stored, invocations=3)
    for seed in range(3):
        order = random_order(graph, seed)
        other = reordered(graph, order)
        assert [op.outputs for op in other.operators] == [graph.operators[i].outputs for i in order]
        assert litert_outputs(write_tflite(other), invocations=3) == expected


def test_reordering_twice_gives_the_graph_back() -> None:
    graph = read_tflite(model_path("rnnoise_int8"))
    order = random_order(graph, 1)
    back = sorted(range(len(order)), key=order.__getitem__)
    assert reordered(reordered(graph, order), back).operators == graph.operators


@pytest.mark.parametrize(
    ("order", "what"),
    [
        ((0, 2, 1), r"op2 RELU comes at place 1, before op1 RELU at place 2"),
        ((0, 1), "2 entries, 2 of them different, for 3 operators"),
        ((0, 1, 1), "3 entries, 2 of them different"),
        ((0, 1, 3), "Name each operator from 0 to 2 once"),
    ],
)
def test_an_impossible_order_is_refused(order: tuple[int, ...], what: str) -> None:
    with pytest.raises(ScheduleError, match=what):
        reordered(relu_chain(3), order)


def test_state_is_read_before_it_is_overwritten() -> None:
    graph = read_tflite(model_path("okay_nabu_streaming_int8"))
    before = must_precede(graph)
    reads = {op.inputs[0]: op.id for op in graph.operators if op.kind == "READ_VARIABLE"}
    writes = {op.outputs[0]: op.id for op in graph.operators if op.kind == "ASSIGN_VARIABLE"}
    assert reads.keys() == writes.keys() == set(graph.states)
    assert all(reads[state] in before[writes[state]] for state in graph.states)
