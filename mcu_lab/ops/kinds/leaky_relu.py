"""LEAKY_RELU: x where x > 0, else ``alpha * x``.

Source: TFLite ``kernels/activations.cc``, LeakyReluPrepare, and ``reference/leaky_relu.h``.
"""

from __future__ import annotations

from math import isfinite

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import byte_values, dtype_range
from mcu_lab.ops.regions import number
from mcu_lab.ops.unary import Slopes, by_formula, by_slopes, by_table, unary_limits, unary_spec


def alpha_of(op: Operator) -> np.float32:
    return np.float32(number(op, "alpha", 0.0))


def slopes(graph: Graph, op: Operator) -> tuple[float, float]:
    """What a step of the input is in steps of the output, above zero and below; in float32, as in LiteRT."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    in_scale, out_scale = np.float32(x.quant.scale), np.float32(y.quant.scale)
    with np.errstate(all="ignore"):
        return float(in_scale / out_scale), float(in_scale * alpha_of(op) / out_scale)


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    centred = byte_values(x.dtype) - x.quant.zero_point
    one, slope = slopes(graph, op)
    above = multiply_by_quantized_multiplier(centred, *quantize_multiplier(one))
    below = multiply_by_quantized_multiplier(centred, *quantize_multiplier(abs(slope)))
    scaled = np.where(centred >= 0, above, below if slope >= 0 else -below)
    return np.clip(wrapped(scaled + y.quant.zero_point), *dtype_range(y.dtype)).astype(y.dtype)


def slopes16(graph: Graph, op: Operator) -> Slopes:
    """The same on int16."""
    one, slope = slopes(graph, op)
    after = -1 if slope < 0 else 1
    return Slopes(quantize_multiplier(one), quantize_multiplier(abs(slope)), dtype_range("int16"), after=after)


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, x * alpha_of(op))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if not isfinite(alpha_of(op)):
        return (*found, f"alpha is {alpha_of(op)}; it must be a number.")
    if found:
        return found
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.quant and y.quant and x.dtype != "float32" and not all(map(isfinite, slopes(graph, op))):
        return ("its scales are too far apart: a step of the input is no number of steps of the output.",)
    return found


SPEC = unary_spec(
    "LEAKY_RELU",
    by_table(table) | by_slopes(slopes16) | by_formula(real, "leaky_relu", lambda op: {"alpha": float(alpha_of(op))}),
    limits,
)
