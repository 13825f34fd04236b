"""Storage groups: what may share bytes, where it lies, and what is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import candidates, groups
from mcu_lab.plan.address import Layout, dense_strides, layout_indices
from tests.conftest import model_path
from tests.lowering.nets import Net


def numbers(graph: Graph, tensor: int, **decisions: tuple) -> np.ndarray:
    return layout_indices(groups(graph, **decisions).layout[tensor], graph.tensors[tensor].shape)


def test_without_decisions_every_activation_is_alone() -> None:
    net = Net()
    x = net.input(2, 3)
    y = net.reshape(x, 6)
    found = groups(net.graph(net.add(y, y)))
    assert all(found.root[t] == t for t in found.root)
    assert all(found.layout[t] == Layout(0, dense_strides(net.shape(t))) for t in found.layout)
    assert found.before == ()


def test_reshape_shares_all_of_it() -> None:
    net = Net()
    x = net.input(2, 6)
    y = net.reshape(x, 3, 4)
    found = groups(net.graph(net.add(y, y)), alias=(0,))
    assert found.root[y] == found.root[x] == x
    assert found.layout[y] == Layout(0, (4, 1))


def test_split_parts_lie_inside_the_whole() -> None:
    net = Net()
    x = net.input(4, 6)
    z = net.add(x, x)
    left, right = net.split(z, 2, axis=1)
    graph = net.graph(net.add(left, right))
    found = groups(graph, alias=(1,))
    assert found.root[left] == found.root[right] == z
    assert np.array_equal(numbers(graph, right, alias=(1,)), np.arange(24).reshape(4, 6)[:, 3:])


def test_concatenation_parts_are_written_in_place() -> None:
    net = Net()
    x = net.input(2, 4)
    a, b = net.add(x, x), net.add(x, x)
    y = net.concatenation([a, b], axis=0)
    graph = net.graph(net.add(y, y))
    found = groups(graph, alias=(2,))
    assert found.root[a] == found.root[b] == y
    assert found.layout[b] == Layout(8, (4, 1))


def test_a_chain_of_split_reshape_and_concatenation_composes() -> None:
    net = Net()
    x = net.input(4, 6)
    z = net.add(x, x)
    top, bottom = net.split(z, 2, axis=0)
    flat = net.reshape(bottom, 12)
    line = net.reshape(flat, 2, 6)
    w = net.add(x, x)
    graph = net.graph(net.add(net.add(top, line), net.split(w, 2, axis=0)[0]))
    found = groups(graph, alias=(1, 2, 3))
    assert {found.root[t] for t in (z, top, bottom, flat, line)} == {z}
    assert found.layout[line] == Layout(12, (6, 1))


def test_reshape_of_a_part_is_written_into_the_concatenation() -> None:
    net = Net()
    x = net.input(2, 6)
    a = net.add(x, x)
    flat = net.reshape(a, 12)
    y = net.concatenation([flat, flat_two := net.reshape(net.add(x, x), 12)], axis=0)
    graph = net.graph(net.add(y, y))
    found = groups(graph, alias=(1, 3, 4))
    assert found.root[a] == y
    assert found.layout[flat_two] == Layout(12, (1,))
    assert found.layout[a] == Layout(0, (6, 1))


def test_halves_changed_in_place_are_whole_again_without_a_copy() -> None:
    net = Net()
    x = net.input(2, 6)
    z = net.add(x, x)
    left, right = net.split(z, 2, axis=1)
    c = net.constant(2, 3)
    left2, right2 = net.add(left, c), net.add(right, c)
    y = net.concatenation([left2, right2], axis=1)
    graph = net.graph(net.add(y, y))
    found = groups(graph, alias=(1, 4), in_place=((2, 0), (3, 0)))
    assert {found.root[t] for t in (z, left, right, left2, right2, y)} == {z}
    assert found.layout[y] == found.layout[z]


def test_in_place_waits_for_the_other_readers() -> None:
    net = Net()
    x = net.input(8)
    a = net.add(x, x)
    b = net.add(a, net.constant(8))
    c = net.add(a, x)
    graph = net.graph(net.add(b, c))
    assert groups(graph, in_place=((1, 0),)).before == ((2, 1),)
    assert groups(graph, in_place=((2, 0),)).before == ((1, 2),)


def test_in_place_waits_for_readers_of_overlapping_parts_only() -> None:
    net = Net()
    x = net.input(8)
    z = net.add(x, x)
    left, right = net.split(z, 2, axis=0)
    a = net.add(left, net.constant(4))
    b = net.add(left, right)
    d = net.add(right, net.constant(4))
    graph = net.graph(net.add(net.add(a, b), d))
    assert groups(graph, alias=(1,), in_place=((2, 0),)).before == ((3, 2),)


def test_a_resident_input_may_be_overwritten() -> None:
    net = Net()
    x = net.input(8)
    graph = net.graph(net.add(net.add(x, net.constant(8)), net.constant(8)))
    found = groups(graph, in_place=((0, 0), (1, 0)))
    assert set(found.root.values()) == {x}


def buried_input(net: Net) -> tuple[Graph, dict]:
    x = net.input(4)
    y = net.concatenation([x, net.add(x, x)], axis=0)
    return net.graph(net.add(y, y)), {"alias": (1,)}


def buried_output(net: Net) -> tuple[Graph, dict]:
    a = net.add(x := net.input(4), x)
    y = net.concatenation([a, net.add(x, x)], axis=0)
    return net.graph(a, net.add(y, y)), {"alias": (2,)}


def constant_part(net: Net) -> tuple[Graph, dict]:
    x = net.input(4)
    y = net.concatenation([net.add(x, x), net.constant(4)], axis=0)
    return net.graph(net.add(y, y)), {"alias": (1,)}


def two_wholes(net: Net) -> tuple[Graph, dict]:
    x = net.input(4)
    a, b, c = net.add(x, x), net.add(x, x), net.add(x, x)
    y, z = net.concatenation([a, b], axis=0), net.concatenation([a, c], axis=0)
    return net.graph(net.add(y, z)), {"alias": (3, 4)}


def twice_in_one(net: Net) -> tuple[Graph, dict]:
    x = net.input(4)
    a = net.add(x, x)
    y = net.concatenation([a, a], axis=0)
    return net.graph(net.add(y, y)), {"alias": (1,)}


def same_bytes_for_two_parts(net: Net) -> tuple[Graph, dict]:
    x = net.input(4, 2)
    left, right = net.split(net.add(x, x), 2, axis=0)
    y = net.concatenation([net.reshape(left, 1, 4), net.reshape(left, 1, 4)], axis=0)
    return net.graph(net.add(y, y), net.add(right, right)), {"alias": (1, 2, 3, 4)}


def not_affine(net: Net) -> tuple[Graph, dict]:
    x = net.input(4, 6)
    left, right = net.split(net.add(x, x), 2, axis=1)
    return net.graph(net.add(net.reshape(left, 12), net.reshape(right, 12))), {"alias": (1, 2)}


def broadcast(net: Net) -> tuple[Graph, dict]:
    x = net.input(4, 6)
    a = net.add(net.input(1, 6), net.constant(1, 6))
    return net.graph(net.add(a, x)), {"in_place": ((1, 0),)}


def overwrites_constant(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    return net.graph(net.add(x, net.constant(6))), {"in_place": ((0, 1),)}


def read_later(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    a = net.add(x, x)
    b = net.add(a, x)
    return net.graph(net.add(a, b)), {"in_place": ((1, 0),)}


def overwrites_output(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    a = net.add(x, x)
    return net.graph(a, net.add(a, x)), {"in_place": ((1, 0),)}


def both_want_to_be_last(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    a = net.add(x, x)
    return net.graph(net.add(net.add(a, x), net.add(a, x))), {"in_place": ((1, 0), (2, 0))}


def each_waits_for_the_other(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    a = net.add(x, x)
    b, c = net.add(a, x), net.add(a, x)
    return net.graph(net.add(b, x), net.add(c, x)), {"in_place": ((1, 0), (2, 0))}


def both_slots(net: Net) -> tuple[Graph, dict]:
    x, z = net.input(6), net.input(6)
    return net.graph(net.add(net.add(x, z), net.constant(6))), {"in_place": ((0, 0), (0, 1))}


def moves_bytes(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    return net.graph(net.add(x, x)), {"alias": (0,)}


def no_such_operator(net: Net) -> tuple[Graph, dict]:
    x = net.input(6)
    return net.graph(net.add(x, x)), {"alias": (7,)}


REFUSED = {
    buried_input: "bury the graph input n0",
    buried_output: "bury the graph output n1",
    constant_part: "no zero-copy form",
    two_wholes: "in two places",
    twice_in_one: "no zero-copy form",
    same_bytes_for_two_parts: "in two places",
    not_affine: "no origin and strides",
    broadcast: "slot 0",
    overwrites_constant: "slot 1",
    read_later: r"overwrite n1, which op2 ADD reads later",
    overwrites_output: "overwrite the graph output n1",
    both_want_to_be_last: r"n3, which op3 ADD reads later",
    each_waits_for_the_other: "no legal order",
    both_slots: "two ways",
    moves_bytes: "no zero-copy form",
    no_such_operator: "operator 7",
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.__name__)
def test_what_cannot_hold_is_refused_with_the_reason(case: Callable[[Net], tuple[Graph, dict]]) -> None:
    graph, decisions = case(Net())
    with pytest.raises(ScheduleError, match=REFUSED[case]):
        groups(graph, **decisions)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.__name__)
def test_candidates_leave_out_what_is_refused_by_itself(case: Callable[[Net], tuple[Graph, dict]]) -> None:
    graph, decisions = case(Net())
    alias, in_place = candidates(graph)
    asked = {*decisions.get("alias", ()), *decisions.get("in_place", ())}
    legal_alone = {
        two_wholes,
        same_bytes_for_two_parts,
        both_want_to_be_last,
        each_waits_for_the_other,
        both_slots,
        not_affine,
    }
    assert (asked <= {*alias, *in_place}) == (case in legal_alone)


@pytest.mark.parametrize("model", ["swiftnet_cell_vww_uint8", "mobilenetv2_035_160_int8", "rnnoise_int8"])
def test_candidates_of_real_models_are_each_legal(model: str) -> None:
    graph = read_tflite(model_path(model))
    alias, in_place = candidates(graph)
    assert alias and in_place
    for op in alias:
        assert len(set(groups(graph, alias=(op,)).root.values())) < len(graph.activations)
    for pair in in_place:
        found = groups(graph, in_place=(pair,))
        op = graph.operators[pair[0]]
        assert found.layout[op.outputs[0]] == found.layout[op.inputs[pair[1]]]
