"""TANH.

Source: TFLite ``kernels/activations.cc`` (TanhPrepare: the reference resolver looks 8-bit values up in a table); int16
as in :mod:`mcu_lab.numerics.sigmoid16`.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics import elementary
from mcu_lab.numerics.libm import tanhf
from mcu_lab.numerics.lut import table_of_real_function
from mcu_lab.numerics.sigmoid16 import rounded_log2, tanh16
from mcu_lab.ops.sigmoid import by_sigmoid, sigmoid_limits
from mcu_lab.ops.unary import by_formula, by_table, unary_limits, unary_spec


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return table_of_real_function(tanhf, y.dtype, x.quant.scale, x.quant.zero_point, y.quant.scale, y.quant.zero_point)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    out = graph.tensors[op.outputs[0]]
    if found or out.dtype != "int16":
        return found
    assert out.quant
    if rounded_log2(out.quant.scale) != -15:
        return (f"the output scale is {out.quant.scale:g}; LiteRT accepts only 1/32768.",)
    return sigmoid_limits(graph, op)


SPEC = unary_spec(
    "TANH",
    by_table(table) | by_sigmoid(tanh16, "tanh") | by_formula(lambda op, x: elementary.tanh(x), "tanh"),
    limits,
)
