"""What LOGISTIC and TANH share on int16: the scaling of their input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.sigmoid16 import MOST_MULTIPLIER, MOST_SHIFT, input_multiplier, sigmoid_table
from mcu_lab.ops.unary import Form, Params

#: The powers of two by which each kind may shift its input to the left without a multiplier of its own.
_LEFT_SHIFTS = {"LOGISTIC": 0, "TANH": 1}


def _multiplier_of(graph: Graph, op: Operator) -> tuple[int, int]:
    quant = graph.tensors[op.inputs[0]].quant
    assert quant
    return input_multiplier(quant.scale, _LEFT_SHIFTS[op.kind])


def by_sigmoid(function: Callable[[np.ndarray, int, int], np.ndarray], family: str) -> dict[str, Form]:
    """int16 through ``function(values, multiplier, shift)``."""

    def params(graph: Graph, op: Operator) -> Params:
        multiplier, shift = _multiplier_of(graph, op)
        return {"table": sigmoid_table(), "multiplier": multiplier, "shift": shift}

    return {"int16": Form(lambda graph, op, x: function(x, *_multiplier_of(graph, op)), family, params)}


def sigmoid_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Why an input of int16 cannot be scaled; none of other dtypes."""
    x = graph.tensors[op.inputs[0]]
    if x.dtype != "int16":
        return ()
    multiplier, shift = _multiplier_of(graph, op)
    if 0 < multiplier <= MOST_MULTIPLIER and shift <= MOST_SHIFT:
        return ()
    assert x.quant
    return (f"its input scale is {x.quant.scale:g}; with int16, LiteRT's arithmetic is defined from 3e-6 to 5.",)
