"""Log-softmax of 8-bit values in fixed point.

Source: TFLite ``reference/log_softmax.h`` and ``integer_ops/log_softmax.h``, ``kernels/internal/common.h``
(log_x_for_x_greater_than_or_equal_to_1), ``quantization_util.cc`` (PreprocessLogSoftmaxScalingExp). Exponentials are
those of :mod:`mcu_lab.numerics.softmax8`; logarithms are in Q5.26, outputs in sixteenths below the largest value.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mcu_lab.numerics.fixed_point import (
    INT32_MAX,
    INT32_MIN,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
)
from mcu_lab.numerics.fixed_point import saturating_rounding_doubling_high_mul as high_mul
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.numerics.softmax8 import exponentials, reciprocal_of_one_plus

#: Integer bits of sums, of what is added up for a logarithm, and those that outputs lose.
_SUM_BITS, _ACCUMULATED_BITS, _OUTPUT_SHIFT = 12, 6, 22
_LOG_2, _ROOT_HALF, _FOURTH_ROOT_HALF = 1488522236, 1518500250, 1805811301
_QUARTER = 1 << (29 - _ACCUMULATED_BITS)
#: Of the quotient of polynomials that approximates the logarithm around the fourth root of a half, Q0.31.
_ALPHA_N, _ALPHA_D, _ALPHA_I, _ALPHA_F = 117049297, 127690142, 1057819769, 638450708


def _scaled_up(x: np.ndarray, shift: np.ndarray | int) -> np.ndarray:
    """``x * 2**shift``, saturating; shift in [0, 31]."""
    return np.clip(x << np.asarray(shift, dtype=np.int64), INT32_MIN, INT32_MAX)


def _length(x: np.ndarray) -> np.ndarray:
    return np.frexp(x.astype(np.float64))[1].astype(np.int64)


def log_of_sum(x: np.ndarray) -> np.ndarray:
    """Q5.26: logarithms of Q12.19 values from 1 on."""
    unit = 31 - _ACCUMULATED_BITS
    zeros = 32 - _length(x)
    a = _scaled_up(high_mul(_scaled_up(x, zeros - 1), _ROOT_HALF), 1)
    power_a = _scaled_up(_SUM_BITS - zeros, unit) + _QUARTER
    room = 31 - _length(high_mul(x, _ROOT_HALF))
    b = _scaled_up(x, room)
    power_b = _scaled_up(_SUM_BITS - room, unit) - _QUARTER
    r, power = np.minimum(a, b), np.maximum(power_a, power_b)
    p, q = (r + _FOURTH_ROOT_HALF + 1) >> 1, 2 * (r - _FOURTH_ROOT_HALF)
    square = high_mul(q, q)
    above = high_mul(q, r) + high_mul(high_mul(q, square), _ALPHA_N)
    below = high_mul(p, _ALPHA_I + q + high_mul(square, _ALPHA_D)) + high_mul(q, _ALPHA_F)
    share = high_mul(rounding_divide_by_pot(above, _ACCUMULATED_BITS), reciprocal_of_one_plus(below))
    return _scaled_up(high_mul(power, _LOG_2) + share, 1)


@lru_cache(maxsize=256)
def log_softmax_scaling(scale: float) -> tuple[tuple[int, int], tuple[int, int], int]:
    """(multiplier, shift) of distances to Q5.26 and back, and the largest distance that has room there."""
    multiplier, left = quantize_multiplier(min(scale * (1 << 26), float((1 << 31) - 1)))
    back = quantize_multiplier((1 << (31 - left)) / multiplier)
    return (multiplier, left), back, (31 << 26) >> left


def log_softmax8(values: np.ndarray, scale: float, dtype: str) -> np.ndarray:
    """int8 or uint8 values (..., depth) -> logarithms of their shares in the same dtype, along the last axis."""
    (multiplier, left), back, reach = log_softmax_scaling(scale)
    wide = values.astype(np.int64)
    distance = wide.max(axis=-1, keepdims=True) - wide
    raised = exponentials(scale, 1.0).astype(np.int64)[distance]
    log = log_of_sum(rounding_divide_by_pot(raised, _SUM_BITS).sum(axis=-1, keepdims=True))
    most = np.minimum(reach + 1, -multiply_by_quantized_multiplier(log + INT32_MIN, *back))
    near = distance < most
    least, largest = dtype_range(dtype)
    rescaled = multiply_by_quantized_multiplier(-np.where(near, distance, 0), multiplier, left)
    found = rounding_divide_by_pot(rescaled - log, _OUTPUT_SHIFT) + largest
    return np.where(near, np.clip(found, least, largest), least).astype(dtype)
