"""Zero-copy operators: the part is a view of the whole that shares its memory, and holds what compute gives."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.ops import spec_of
from tests.conftest import model_path
from tests.ops.element_cases import CASES, inputs_for

ALIASED = [c for c, g in CASES.items() if spec_of(g.operators[0]).aliases(g, g.operators[0])]


def check_aliases(graph: Graph, op_id: int, values: dict[int, np.ndarray]) -> None:
    op = graph.operators[op_id]
    for alias in spec_of(op).aliases(graph, op):
        assert {alias.part, alias.whole} <= {*op.inputs, *op.outputs}
        assert not graph.tensors[alias.part].is_const and not graph.tensors[alias.whole].is_const
        whole = values[alias.whole].copy()
        view = alias.view(whole)
        assert view.shape == graph.tensors[alias.part].shape
        assert np.shares_memory(view, whole)
        np.testing.assert_array_equal(view, values[alias.part], err_msg=str(op))


@pytest.mark.parametrize("case", ALIASED)
def test_a_part_is_a_view_of_the_whole(case: str) -> None:
    graph = CASES[case]
    inputs = inputs_for(graph, 0)
    check_aliases(graph, 0, {**inputs, **run_reference(graph, inputs)})


@pytest.mark.parametrize("name", ["rnnoise_int8", "swiftnet_cell_vww_uint8", "kws_basic_lstm_unrolled_int8"])
def test_parts_of_real_tensors_are_views(name: str) -> None:
    graph = read_tflite(model_path(name))
    inputs = random_inputs(graph, 3)
    values = {**inputs, **run_reference(graph, inputs)}
    aliased = [op.id for op in graph.operators if spec_of(op).aliases(graph, op)]
    assert aliased
    for op_id in aliased:
        check_aliases(graph, op_id, values)


def test_every_data_tensor_of_a_zero_copy_operator_shares_storage() -> None:
    """All outputs lie in one input, or all inputs in one output: nothing is left to move."""
    for case in ALIASED:
        graph = CASES[case]
        op = graph.operators[0]
        aliases = spec_of(op).aliases(graph, op)
        activations = {t for t in (*op.inputs, *op.outputs) if not graph.tensors[t].is_const}
        assert {t for a in aliases for t in (a.part, a.whole)} == activations, case


@pytest.mark.parametrize(
    "case",
    [
        "TRANSPOSE",  # elements change places
        "STRIDED_SLICE",  # elements are skipped
        "PACK int32",  # a constant cannot move into the output for free
        "CONCATENATION with a constant",
        "CONCATENATION uint8 of other scales",  # values change
    ],
)
def test_what_has_to_move_or_change_is_not_zero_copy(case: str) -> None:
    assert case in CASES and case not in ALIASED


def test_the_same_tensor_twice_cannot_lie_in_two_places() -> None:
    graph = CASES["CONCATENATION rows"]
    op = graph.operators[0]
    twice = type(op)(0, op.kind, (op.inputs[0], op.inputs[0]), op.outputs, op.attrs, op.version)
    assert spec_of(op).aliases(graph, op) and not spec_of(twice).aliases(graph, twice)
