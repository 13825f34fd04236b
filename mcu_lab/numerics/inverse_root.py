"""One over a square root in fixed point.

Source: TFLite ``kernels/internal/common.h``, GetInvSqrtQuantizedMultiplierExp.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.numerics.fixed_point import INT32_MAX, rounding_divide_by_pot
from mcu_lab.numerics.fixed_point import saturating_rounding_doubling_high_mul as high_mul

#: 1.5 in Q3.28, and the root of a half in Q0.31.
_HALF_THREE, _ROOT_OF_HALF = (1 << 28) + (1 << 27), 1518500250


def _saturated(x: np.ndarray) -> np.ndarray:
    return np.clip(x, -INT32_MAX - 1, INT32_MAX)


def inverse_root(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int32 values >= 0, held as int64 -> (multiplier, shift) of one over their roots; 0 counts as 1."""
    wide = np.maximum(x.astype(np.int64), 2)
    length = np.frexp(wide.astype(np.float64))[1].astype(np.int64)
    # An even shift brings the value to [2**27, 2**29).
    right = np.where(length > 29, (length - 28) // 2, 0)
    left = np.where(length > 29, 0, (31 - length) // 2 - 1)
    exponent = 11 + right - left
    value = (wide >> (2 * right)) << (2 * left)
    half = rounding_divide_by_pot(value >> 1, 1)
    root = np.full_like(value, 1 << 28)
    for _ in range(5):  # Newton's method
        cube = _saturated(high_mul(high_mul(root, root), root) << 6)
        root = _saturated((high_mul(root, _HALF_THREE) - high_mul(half, cube)) << 3)
    root = high_mul(root, _ROOT_OF_HALF)
    small = exponent < 0
    multiplier = np.where(small, root << np.where(small, -exponent, 0), root)
    exponent = np.where(small, 0, exponent)
    return np.where(x <= 1, INT32_MAX, multiplier), np.where(x <= 1, 0, -exponent)
