"""LOGISTIC: ``1 / (1 + exp(-x))``.

Source: TFLite ``kernels/activations.cc`` (SigmoidPrepare: the reference resolver looks 8-bit values up in a table) and
``reference/logistic.h``; int16 as in :mod:`mcu_lab.numerics.sigmoid16`.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.elementary import logistic
from mcu_lab.numerics.lut import sigmoid, table_of_real_function
from mcu_lab.numerics.sigmoid16 import logistic16
from mcu_lab.ops.sigmoid import by_sigmoid, sigmoid_limits
from mcu_lab.ops.unary import by_formula, by_table, unary_limits, unary_spec

#: Least steps of the output that LiteRT accepts.
_SCALES = {"int8": 256, "uint8": 256, "int16": 32768}


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return table_of_real_function(
        sigmoid, y.dtype, x.quant.scale, x.quant.zero_point, y.quant.scale, y.quant.zero_point
    )


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    out = graph.tensors[op.outputs[0]]
    steps = _SCALES.get(out.dtype)
    if found or steps is None:
        return found
    assert out.quant
    if out.quant.scale != 1 / steps:
        return (f"the output scale is {out.quant.scale:g}; LiteRT accepts only 1/{steps}.",)
    return sigmoid_limits(graph, op)


SPEC = unary_spec(
    "LOGISTIC",
    by_table(table) | by_sigmoid(logistic16, "logistic") | by_formula(lambda op, x: logistic(x), "logistic"),
    limits,
)
