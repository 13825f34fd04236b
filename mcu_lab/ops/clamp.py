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
from mcu_lab.ops.unary import unary_spec


def clamp_spec(kind: str) -> OpSpec:
    """The specification of the operator ``kind``, which is also the name of the fused activation it equals."""

    def table(graph: Graph, op: Operator) -> np.ndarray:
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        assert x.quant and y.quant
        multiplier = quantize_multiplier(float(np.float32(x.quant.scale) / np.float32(y.quant.scale)))
        scaled = multiply_by_quantized_multiplier(byte_values(x.dtype) - x.quant.zero_point, *multiplier)
        lo, hi = quantized_activation_range(kind, y.dtype, y.quant.scale, y.quant.zero_point)
        return np.clip(wrapped(scaled + y.quant.zero_point), lo, hi).astype(y.dtype)

    def real(op: Operator, x: np.ndarray) -> np.ndarray:
        return np.clip(x, lo, hi)

    lo, hi = float_activation_range(kind, most=np.inf)
    return unary_spec(kind, table, real, c_kernel="clamp", c_real_params={"real_min": float(lo), "real_max": float(hi)})
