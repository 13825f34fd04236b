"""RELU and its bounded kin: a rescaling followed by a clamp.

Source: TFLite ``kernels/activations.cc``, QuantizedReluX and ReluPrepare (the quotient of scales is float32).
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import byte_values
from mcu_lab.numerics.requantize import float_activation_range, quantized_activation_range
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.unary import Slopes, by_formula, by_slopes, by_table, unary_spec


def clamp_spec(kind: str, wide: bool = False) -> OpSpec:
    """The specification of the operator ``kind``, which is also the name of the fused activation it equals.

    ``wide``: on int16 too.
    """

    def multiplier_of(graph: Graph, op: Operator) -> tuple[int, int]:
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        assert x.quant and y.quant
        return quantize_multiplier(float(np.float32(x.quant.scale) / np.float32(y.quant.scale)))

    def bounds_of(graph: Graph, op: Operator) -> tuple[int, int]:
        y = graph.tensors[op.outputs[0]]
        assert y.quant
        return quantized_activation_range(kind, y.dtype, y.quant.scale, y.quant.zero_point)

    def table(graph: Graph, op: Operator) -> np.ndarray:
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        assert x.quant and y.quant
        scaled = multiply_by_quantized_multiplier(byte_values(x.dtype) - x.quant.zero_point, *multiplier_of(graph, op))
        return np.clip(wrapped(scaled + y.quant.zero_point), *bounds_of(graph, op)).astype(y.dtype)

    def slopes(graph: Graph, op: Operator) -> Slopes:
        multiplier = multiplier_of(graph, op)
        return Slopes(multiplier, multiplier, bounds_of(graph, op))

    def real(op: Operator, x: np.ndarray) -> np.ndarray:
        return np.clip(x, lo, hi)

    lo, hi = float_activation_range(kind, most=np.inf)
    params = {"real_min": float(lo), "real_max": float(hi)}
    forms = by_table(table) | (by_slopes(slopes) if wide else {}) | by_formula(real, "clamp", lambda op: params)
    return unary_spec(kind, forms)
