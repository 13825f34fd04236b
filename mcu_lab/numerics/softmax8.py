"""Softmax of 8-bit values in fixed point.

Source: TFLite ``kernels/internal/reference/softmax.h`` (Softmax of quantized values), ``quantization_util.cc``
(PreprocessSoftmaxScaling), gemmlowp ``fixedpoint/fixedpoint.h`` (exp_on_negative_values,
one_over_one_plus_x_for_x_in_0_1). A number in Q*n*.*m* has n bits before the binary point and m behind it, and is held
as an integer.

What an input adds to the sum depends on its distance to the largest of its row alone, so the exponentials are a table.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mcu_lab.numerics.fixed_point import (
    INT32_MAX,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
)
from mcu_lab.numerics.fixed_point import saturating_rounding_doubling_high_mul as high_mul
from mcu_lab.numerics.lut import dtype_range

#: Distances are scaled to Q5.26 and exponentials, Q0.31, are summed up in Q12.19.
_DISTANCE_BITS, _SUM_BITS = 5, 12
_FRACTION_BITS = 31 - _DISTANCE_BITS
_QUARTER = 1 << (_FRACTION_BITS - 2)
#: exp(-2**n) for n from -2 on, Q0.31.
_EXP_OF_POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
_EXP_OF_MINUS_EIGHTH = 1895147668
_THIRD = 715827883
#: 48/17 and -32/17 in Q2.29: the straight line that Newton's method for a reciprocal starts from.
_LINE = (1515870810, -1010580540)


#: Beyond this sums of exponentials may leave 32 bits.
MOST_DEPTH = (1 << (_SUM_BITS + 1)) - 1


def has_multiplier(scale: float, beta: float) -> bool:
    """Whether input scale and beta are large enough together for a multiplier to Q5.26 that is above 1."""
    return beta * scale * (1 << _FRACTION_BITS) > 1.0


def _saturated(x: np.ndarray) -> np.ndarray:
    return np.clip(x, -INT32_MAX - 1, INT32_MAX)


def _exp_of_quarter(a: np.ndarray) -> np.ndarray:
    """exp of Q0.31 values in [-1/4, 0): the series to the fourth power around -1/8."""
    x = a + (1 << 28)
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    small = high_mul(rounding_divide_by_pot(x4, 2) + x3, _THIRD) + x2
    return _EXP_OF_MINUS_EIGHTH + high_mul(x + rounding_divide_by_pot(small, 1), _EXP_OF_MINUS_EIGHTH)


def exp_of_negative(a: np.ndarray) -> np.ndarray:
    """Q0.31: exp of Q5.26 values <= 0."""
    rest = (a & (_QUARTER - 1)) - _QUARTER
    result = _exp_of_quarter(_saturated(rest << _DISTANCE_BITS))
    powers = rest - a
    for i, factor in enumerate(_EXP_OF_POWERS):
        result = np.where(powers & (_QUARTER << i), high_mul(result, factor), result)
    return np.where(a == 0, INT32_MAX, result)


def reciprocal_of_one_plus(a: np.ndarray) -> np.ndarray:
    """Q0.31: ``1 / (1 + a)`` for Q0.31 values in [0, 1), by three steps of Newton's method."""
    half = (a + INT32_MAX + 1) >> 1
    x = _LINE[0] + high_mul(half, _LINE[1])
    for _ in range(3):
        left = (1 << 29) - high_mul(half, x)
        x = x + _saturated(high_mul(x, left) << 2)
    return _saturated(x << 1)


@lru_cache(maxsize=256)
def exponentials(scale: float, beta: float) -> np.ndarray:
    """int32[256]: entry d is ``exp(-scale * beta * d)`` in Q0.31, d being the distance to the largest value.

    0 where the scaled distance has no room in Q5.26.
    """
    most = float((1 << 31) - 1)
    multiplier, left = quantize_multiplier(min(beta * scale * (1 << _FRACTION_BITS), most))
    reach = ((1 << _DISTANCE_BITS) - 1) << _FRACTION_BITS >> left  # the largest distance that has room
    distance = np.arange(256)
    near = np.where(distance <= reach, distance, 0)
    raised = exp_of_negative(multiply_by_quantized_multiplier(-near, multiplier, left))
    table = np.where(distance <= reach, raised, 0).astype(np.int32)
    table.flags.writeable = False
    return table


def softmax8(values: np.ndarray, scale: float, beta: float, dtype: str) -> np.ndarray:
    """int8 or uint8 values (..., depth) -> probabilities in ``dtype``, along the last axis.

    They are in units of one over the number of its values, from its least value on.
    """
    wide = values.astype(np.int64)
    raised = exponentials(scale, beta).astype(np.int64)[wide.max(axis=-1, keepdims=True) - wide]
    total = rounding_divide_by_pot(raised, _SUM_BITS).sum(axis=-1, keepdims=True)
    length = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # of total, without leading zeros
    fraction = reciprocal_of_one_plus((total << (32 - length)) - (1 << 31))
    least, most = dtype_range(dtype)
    shift = length + _SUM_BITS - 1 - np.dtype(dtype).itemsize * 8
    return np.clip(rounding_divide_by_pot(high_mul(raised, fraction), shift) + least, least, most).astype(dtype)
