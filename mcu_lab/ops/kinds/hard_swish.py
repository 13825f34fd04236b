"""HARD_SWISH: ``x * min(max(x + 3, 0), 6) / 6``.

Source: TFLite ``reference/hard_swish.h`` (16-bit fixed point) and ``kernels/activations.cc``, HardSwishPrepare.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import quantize_multiplier, rounding_divide_by_pot
from mcu_lab.numerics.lut import byte_values, dtype_range
from mcu_lab.ops.unary import by_formula, by_table, unary_limits, unary_spec

#: Inputs are scaled up by so many bits.
HIGH_BITS = 7
#: Shifts by which LiteRT's arithmetic of 16 bits is defined.
LEAST_SHIFT, MOST_SHIFT = -15, 31


def _saturated(x: np.ndarray) -> np.ndarray:
    return np.clip(x, -32768, 32767)


def _high_mul16(a: np.ndarray, b: int) -> np.ndarray:
    """``round(a * b / 2**15)`` for b in [0, 32767], ties away from zero."""
    product = a * b
    total = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    return np.where(total >= 0, total >> 15, -(-total >> 15))


def _multiplier16(real: np.float32) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(float(real))
    return min((multiplier + (1 << 15)) >> 16, 32767), shift


def multipliers(graph: Graph, op: Operator) -> tuple[tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) to the output's scale, and to the one on which 3 is 2**15; quotients are float32."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    high = np.float32(1 / 128) * np.float32(x.quant.scale)
    return _multiplier16(high / np.float32(y.quant.scale)), _multiplier16(high / np.float32(3 / 32768))


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    assert x.quant and y.quant
    (out_multiplier, out_shift), (multiplier, shift) = multipliers(graph, op)
    high = (byte_values(x.dtype) - x.quant.zero_point) << HIGH_BITS
    # Scaled so that -3 to 3 is -1 to 1; saturates in the last bit of a shift to the left alone.
    gate = _high_mul16(_saturated(high << (shift - 1)) if shift > 0 else high, multiplier)
    gate = _saturated(gate << 1) if shift > 0 else rounding_divide_by_pot(gate, -shift)
    gate = (gate + (1 << 15)) >> 1  # 0 to 1
    product = gate * _high_mul16(high, out_multiplier)
    product = np.where(product >= 0, product >> 15, -(-product >> 15))
    found = rounding_divide_by_pot(product, -out_shift) + y.quant.zero_point
    return np.clip(found, *dtype_range(y.dtype)).astype(y.dtype)


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    return x * np.minimum(np.float32(6), np.maximum(np.float32(0), x + np.float32(3))) / np.float32(6)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if found or graph.tensors[op.outputs[0]].dtype == "float32":
        return found
    (_, out_shift), (_, shift) = multipliers(graph, op)
    if out_shift > 0:
        return ("the input scale is more than 128 times the output scale; LiteRT refuses that.",)
    if out_shift >= LEAST_SHIFT and LEAST_SHIFT <= shift <= MOST_SHIFT:
        return ()
    return ("its scales are too far apart, or too far from 1, for LiteRT's arithmetic of 16 bits.",)


SPEC = unary_spec("HARD_SWISH", by_table(table) | by_formula(real, "hard_swish"), limits)
