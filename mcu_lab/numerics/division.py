"""Quotients of quantized values in fixed point.

Source: TFLite ``reference/div.h`` (DivElementwise) and ``kernels/internal/common.h`` (GetReciprocal).
"""

from __future__ import annotations

import numpy as np

from mcu_lab.numerics.fixed_point import rounding_divide_by_pot, wrapped
from mcu_lab.numerics.fixed_point import saturating_rounding_doubling_high_mul as high_mul
from mcu_lab.numerics.softmax8 import reciprocal_of_one_plus

#: Shifts of the quotient of scales for which all shifts that follow are defined, or known.
LEAST_SHIFT = -16
MOST_SHIFT = {"int8": 22, "uint8": 22, "int16": 14}


def _length(x: np.ndarray) -> np.ndarray:
    """Bits of a value >= 0 without leading zeros."""
    return np.frexp(x.astype(np.float64))[1].astype(np.int64)


def quotient(x: np.ndarray, y: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    """``x / y * multiplier * 2**(shift - 31)`` for int32 values held as int64; 0 where y is 0."""
    by_0 = y == 0
    x, y = np.broadcast_arrays(np.where(y < 0, -x, x), np.where(by_0, 1, np.abs(y)))
    length = _length(y)
    reciprocal = reciprocal_of_one_plus((y << (32 - length)) - (1 << 31))
    headroom = np.where(x == 0, 31, 31 - _length(np.where(x < 0, ~x, x)))
    unscaled = high_mul(wrapped(x << headroom), reciprocal)
    right = (length - 1) + headroom - shift
    scaled = high_mul(unscaled, multiplier)
    near = rounding_divide_by_pot(scaled, np.clip(right, 0, 31))
    # Beyond 31 bits LiteRT's rounding adds one to all that is not below 0, and x86 shifts by the lowest five bits.
    far = (scaled >> (right & 31)) + (scaled >= 0)
    return np.where(by_0, 0, np.where(right > 31, far, near))
