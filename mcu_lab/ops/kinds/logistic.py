"""LOGISTIC: ``1 / (1 + exp(-x))``.

Source: TFLite ``kernels/activations.cc``: the reference resolver looks 8-bit values up in a table.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.lut import sigmoid, table_of_real_function
from mcu_lab.ops.unary import unary_limits, unary_spec


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return table_of_real_function(
        sigmoid, y.dtype, x.quant.scale, x.quant.zero_point, y.quant.scale, y.quant.zero_point
    )


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    # exp(88) is the last power that float32 holds; what lies beyond gives 0 either way.
    return np.float32(1) / (np.float32(1) + np.exp(np.minimum(-x, np.float32(88))))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if found:
        return found
    out = graph.tensors[op.outputs[0]]
    if out.quant is None or out.dtype == "float32" or out.quant.scale == 1 / 256:
        return ()
    return (f"the output scale is {out.quant.scale:g}; LiteRT accepts only 1/256.",)


SPEC = unary_spec("LOGISTIC", table, real, limits)
