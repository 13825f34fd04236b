"""gemmlowp fixed-point arithmetic as TFLite's reference kernels use it, exact, on int64 arrays.

Sources: gemmlowp ``fixedpoint/fixedpoint.h`` (names kept), TFLite ``kernels/internal/common.h`` and
``quantization_util.cc``. The double-rounding form is the one LiteRT's reference resolver runs.
"""

from __future__ import annotations

from math import frexp

import numpy as np

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def wrapped(x: np.ndarray) -> np.ndarray:
    """int64 values as an int32 that overflowed holds them."""
    return np.asarray(x, dtype=np.int64).astype(np.int32).astype(np.int64)


def converted(x: np.ndarray) -> np.ndarray:
    """int64: floats as int32. What does not fit, NaN too, C leaves open; it becomes INT32_MIN, as on LiteRT's x86."""
    fits = (x >= INT32_MIN) & (x < 2.0**31)
    return np.where(fits, np.where(fits, x, 0).astype(np.int64), INT32_MIN)


def significand(real: float) -> tuple[int, int]:
    """A real multiplier as ``(m, shift)`` with ``real ~ m * 2**(shift - 31)``, |m| in [2**30, 2**31].

    0 gives (0, 0). Shifts below -31 flush to zero, as TFLite does.
    """
    if real == 0.0:
        return 0, 0
    mantissa, shift = frexp(real)
    m = int(np.floor(abs(mantissa) * (1 << 31) + 0.5))  # TfLiteRound: half away from zero
    m = -m if mantissa < 0 else m
    if m == 1 << 31:
        m //= 2
        shift += 1
    return (0, 0) if shift < -31 else (m, shift)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """:func:`significand` for int32 values.

    Shifts above 31, by which C leaves shifting an int32 undefined, keep their lowest five bits, as on LiteRT's x86.
    """
    m, shift = significand(real)
    return m, shift if shift <= 31 else shift & 31


def saturating_rounding_doubling_high_mul(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """``round(a * b / 2**31)`` on int32 values held as int64, ties away from zero; saturates MIN*MIN."""
    a = np.asarray(a, dtype=np.int64)
    b64 = np.asarray(b, dtype=np.int64)
    product = a * b64
    nudge = np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    total = product + nudge
    # C's integer division truncates towards zero.
    result = np.where(total >= 0, total >> 31, -((-total) >> 31))
    return np.where((a == INT32_MIN) & (b64 == INT32_MIN), INT32_MAX, result)


def rounding_divide_by_pot(x: np.ndarray, exponent: np.ndarray | int) -> np.ndarray:
    """``x / 2**exponent`` rounded to nearest, ties away from zero; exponent in [0, 31]."""
    x = np.asarray(x, dtype=np.int64)
    mask = (np.int64(1) << np.asarray(exponent, dtype=np.int64)) - 1
    remainder = x & mask
    threshold = (mask >> 1) + (x < 0)
    return (x >> np.asarray(exponent, dtype=np.int64)) + (remainder > threshold)


def multiply_by_quantized_multiplier(
    x: np.ndarray, multiplier: np.ndarray | int, shift: np.ndarray | int
) -> np.ndarray:
    """TFLite ``MultiplyByQuantizedMultiplier``: ``x * m * 2**(shift - 31)`` with its two roundings."""
    shift = np.asarray(shift, dtype=np.int64)
    left = np.maximum(shift, 0)
    right = np.maximum(-shift, 0)
    shifted = wrapped(np.asarray(x, dtype=np.int64) << left)
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted, multiplier), right)
