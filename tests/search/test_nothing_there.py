"""Graphs in which there is nothing: no operators, tensors without elements."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.ops import problems
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import InputMode
from mcu_lab.search.fit import fit
from mcu_lab.search.front import front

INPUTS: tuple[InputMode, ...] = ("resident", "streamed")


def without_operators(shape: tuple[int, ...]) -> Graph:
    return Graph("nothing", (Tensor(0, "in", shape, "int8"),), (), (0,), (0,))


def beside_an_empty_constant(shape: tuple[int, ...]) -> Graph:
    tensors = (
        Tensor(0, "in", (1, 2, 2, 1), "float32"), Tensor(1, "empty", shape, "float32", data=b""),
        Tensor(2, "out", (1, 2, 2, 1), "float32"),
    )  # fmt: skip
    return Graph("beside", tensors, (Operator(0, "RELU", (0,), (2,)),), (0,), (2, 1))


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize(
    "graph",
    [without_operators((1, 6)), without_operators((0, 6)), beside_an_empty_constant((1, 0, 5, 4))],
    ids=["no operators", "no elements", "an empty constant"],
)
def test_it_is_fitted_verified_and_run(graph: Graph, inputs: InputMode) -> None:
    found = fit(graph, ad_hoc(), inputs=inputs, max_mac_factor=1.5)
    assert verify(found.plan) == () and front(graph, ad_hoc(), inputs=inputs)
    given = random_inputs(graph, 0)
    expected = {**given, **{t.id: t.array for t in graph.tensors if t.is_const}, **run_reference(graph, given)}
    run = execute(found.plan, given)
    for tensor in graph.outputs:
        np.testing.assert_array_equal(run.outputs[tensor], expected[tensor])


def test_a_slope_that_is_no_number_is_refused() -> None:
    """In float32 a step of the input is endlessly many steps of the output."""
    far = Quant((0.5,), (0,)), Quant((0.001,), (0,))
    tensors = tuple(Tensor(i, f"t{i}", (1, 4), "int8", quant) for i, quant in enumerate(far))
    graph = Graph("far", tensors, (Operator(0, "LEAKY_RELU", (0,), (1,), {"alpha": 3e38}),), (0,), (1,))
    assert any("too far apart" in str(problem) for problem in problems(graph))
