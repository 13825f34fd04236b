"""RSQRT: one over the square root.

Source: TFLite ``kernels/elementwise.cc``: RsqrtEvalQuantizedInt8, in fixed point, and a table for int16. LiteRT ends an
inference that meets a quantized value below 0; here it counts as 0, whose result is the largest there is.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.inverse_root import inverse_root
from mcu_lab.numerics.lut import byte_values
from mcu_lab.numerics.powers import square_root
from mcu_lab.ops.functions import AboveZero, function_forms
from mcu_lab.ops.unary import by_formula, by_table, unary_limits, unary_spec

#: Bits by which roots are scaled up before they are rescaled.
LEFT_SHIFT = 20


def multiplier_of(graph: Graph, op: Operator) -> tuple[int, int]:
    """From one over the root of stored values to stored values, not shifted back yet."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    return quantize_multiplier(1.0 / float(np.sqrt(np.float32(x.quant.scale)) * np.float32(y.quant.scale)))


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    centred = byte_values(x.dtype) - x.quant.zero_point
    root, root_shift = inverse_root(np.maximum(centred, 1))
    data = multiply_by_quantized_multiplier(np.ones_like(root), root, root_shift + LEFT_SHIFT)
    multiplier, shift = multiplier_of(graph, op)
    scaled = wrapped(multiply_by_quantized_multiplier(data, multiplier, shift - LEFT_SHIFT) + y.quant.zero_point)
    return np.where(centred <= 0, 127, np.clip(scaled, -128, 127)).astype(np.int8)


def real(value: float) -> np.float32:
    return np.float32(1) / np.sqrt(np.float32(value))


def function_of(graph: Graph, op: Operator) -> AboveZero:
    y = graph.tensors[op.outputs[0]]
    assert y.quant
    return AboveZero(real, float(np.float32(32767) * np.float32(y.quant.scale)))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if found or graph.tensors[op.outputs[0]].dtype != "int8":
        return found
    _, shift = multiplier_of(graph, op)
    if shift >= LEFT_SHIFT - 31:
        return ()
    return ("its scales are too far apart: one step of the output is more than LiteRT's arithmetic can hold.",)


SPEC = unary_spec(
    "RSQRT",
    by_table(table, "int8")
    | function_forms(function_of, "int16")
    | by_formula(lambda op, x: np.float32(1) / square_root(x), "rsqrt"),
    limits,
    notes="Quantized values below 0 count as 0; LiteRT ends an inference that meets one.",
)
