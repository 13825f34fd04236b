"""TANH.

Source: TFLite ``kernels/activations.cc``: the reference resolver looks 8-bit values up in a table.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.libm import tanhf
from mcu_lab.numerics.lut import table_of_real_function
from mcu_lab.ops.unary import unary_spec


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return table_of_real_function(tanhf, y.dtype, x.quant.scale, x.quant.zero_point, y.quant.scale, y.quant.zero_point)


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    return np.tanh(x)


SPEC = unary_spec("TANH", table, real)
