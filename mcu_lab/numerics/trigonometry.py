"""sin and cos of float32 values, rounded as :mod:`mcu_lab.numerics.elementary` rounds.

The argument is reduced to an eighth of a turn on either side of a multiple of pi / 2 with as many bits of 2 / pi as
matter (Payne and Hanek 1983), in whole numbers; the rest are the series. C: ``mcu_trigonometry.h``.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from mcu_lab.numerics.elementary import horner, rounded

#: 2 / pi in words of 32 bits, behind one of zeros: the binary point lies between the first and the second.
TWO_OVER_PI = (0, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB)
HALF_PI = 1.5707963267948966
SIN_SERIES = tuple((-1) ** (n // 2) / factorial(n) for n in range(15, 0, -2))
COS_SERIES = tuple((-1) ** (n // 2) / factorial(n) for n in range(16, -1, -2))
#: Below pi / 4 nothing is reduced.
EIGHTH = np.float32(0.785398163)


def _reduced(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Finite float32 values, at least EIGHTH, as (quadrant, rest in radians) with ``x = quadrant * pi / 2 + rest``."""
    bits = x.view(np.uint32).astype(np.uint64)
    exponent = (bits >> 23) - 150  # x = whole * 2**exponent; wraps below 0
    whole = (bits & 0x7FFFFF) | 0x800000
    start = exponent + np.uint64(30)  # of the 96 bits of 2 / pi that matter modulo 4
    word, shift = start >> 5, start & 31
    table = np.array(TWO_OVER_PI, dtype=np.uint64)
    pairs = [(table[word + np.uint64(i)] << 32) | table[word + np.uint64(i + 1)] for i in range(3)]
    high, middle, low = (((p << shift) >> np.uint64(32)) & 0xFFFFFFFF for p in pairs)
    turned = ((whole * high) << np.uint64(32)) + whole * middle + ((whole * low) >> np.uint64(32))
    quadrant = ((turned >> np.uint64(61)) + 1) >> np.uint64(1)
    rest = (turned - (quadrant << np.uint64(62))).view(np.int64)
    return (quadrant & 3).astype(np.int64), rest.astype(np.float64) * 2.0**-62 * HALF_PI


def _of(x: np.ndarray, ahead: int) -> np.ndarray:
    """sin of x and ``ahead`` quarters of a turn."""
    a = np.abs(x)
    ordinary = a < np.inf
    large = ordinary & (a >= EIGHTH)
    quadrant, rest = _reduced(np.where(large, a, np.float32(1)))
    quadrant = np.where(large, quadrant, 0)
    rest = np.where(large, rest, np.where(ordinary, a, 0).astype(np.float64))
    turn = np.where((x < 0) & (ahead == 0), quadrant + 2, quadrant + ahead) & 3
    square = rest * rest
    y = np.where(turn & 1, horner(COS_SERIES, square), rest * horner(SIN_SERIES, square))
    return np.where(ordinary, rounded(np.where(turn & 2, -y, y)), np.float32(np.nan)).astype(np.float32)


def sin(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, x, _of(x, 0)).astype(np.float32)


def cos(x: np.ndarray) -> np.ndarray:
    return _of(x, 1)
