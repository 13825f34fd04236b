"""exp, log and their kin of float32 values, rounded correctly but for about one result in a hundred million.

They are worked out in double precision by additions, multiplications and divisions alone, which every IEEE machine
rounds alike, and rounded to float32 once: the exported C (``mcu_elementary.h``) does the same operations in the same
order and so has the same bits, whatever its C library. That of LiteRT is within one last bit of them.

Arguments are reduced as usual (Cody and Waite 1980; Muller 2016): ``exp(n ln 2 + r)`` and ``log(m 2**e)``, then summed
up as the series of exp and of artanh until what is left out is below the rounding of a double.
"""

from __future__ import annotations

from math import factorial

import numpy as np

LOG2_E = float.fromhex("0x1.71547652b82fep+0")
#: ln(2) in two parts; the first has so few bits that its product with a whole number of ten bits is exact.
LN2_HIGH = float.fromhex("0x1.62e42fefap-1")
LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")
SQRT_2 = 1.4142135623730951
#: 1/13! down to 1/0!, 1/9! down to 1/1!, and 1/21, 1/19 … 1.
EXP_SERIES = tuple(1 / factorial(n) for n in range(13, -1, -1))
EXPM1_SERIES = tuple(1 / factorial(n) for n in range(9, 0, -1))
ARTANH_SERIES = tuple(1 / n for n in range(21, 0, -2))
#: Of tanh: the coefficients of x**9, x**7 … x.
TANH_SERIES = (62 / 2835, -17 / 315, 2 / 15, -1 / 3, 1.0)
#: Below it expm1 and tanh are summed up around 0, where a difference would lose bits.
SMALL = 1 / 32
#: Halfway from the largest float32 to the next power of two: what is not below it rounds to infinity.
BEYOND_FLOAT32 = 2.0**128 - 2.0**103


def horner(coefficients: tuple[float, ...], x: np.ndarray) -> np.ndarray:
    """The polynomial in ``x``, highest power first."""
    y = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        y = y * x + c
    return y


def rounded(x: np.ndarray) -> np.ndarray:
    """Doubles as float32."""
    large = np.abs(x) >= BEYOND_FLOAT32
    return np.where(large, np.copysign(np.float32(np.inf), x), np.where(large, 0.0, x)).astype(np.float32)


def exp64(x: np.ndarray) -> np.ndarray:
    """exp of doubles in [-700, 700]."""
    n = np.trunc(x * LOG2_E + np.where(x < 0, -0.5, 0.5))
    r = x - n * LN2_HIGH - n * LN2_LOW
    return np.ldexp(horner(EXP_SERIES, r), n.astype(np.int32))


def log64(x: np.ndarray) -> np.ndarray:
    """log of doubles that are above 0, normal and finite."""
    m, e = np.frexp(x)
    low = 2.0 * m < SQRT_2
    m, e = np.where(low, 2.0 * m, m), np.where(low, e - 1, e).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    return e * LN2_HIGH + (2.0 * s * horner(ARTANH_SERIES, s * s) + e * LN2_LOW)


def _wide(x: np.ndarray, lo: float, hi: float) -> np.ndarray:
    """Doubles within the bounds; NaN becomes 0."""
    return np.clip(np.where(np.isnan(x), 0, x).astype(np.float64), lo, hi)


def _nan_as_it_is(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(x), x, y).astype(np.float32)


def exp(x: np.ndarray) -> np.ndarray:
    return _nan_as_it_is(x, rounded(exp64(_wide(x, -105.0, 89.0))))


def expm1(x: np.ndarray) -> np.ndarray:
    """``exp(x) - 1``."""
    d = _wide(x, -105.0, 89.0)
    small = np.clip(d, -SMALL, SMALL)
    return _nan_as_it_is(x, rounded(np.where(np.abs(d) < SMALL, small * horner(EXPM1_SERIES, small), exp64(d) - 1.0)))


def log(x: np.ndarray) -> np.ndarray:
    ordinary = (x > 0) & (x < np.inf)
    y = rounded(log64(np.where(ordinary, x, 1.0).astype(np.float64)))
    special = np.where(x == 0, np.float32(-np.inf), np.where(x > 0, x, np.float32(np.nan)))
    return _nan_as_it_is(x, np.where(ordinary, y, special))


def tanh(x: np.ndarray) -> np.ndarray:
    d = _wide(x, -10.0, 10.0)
    a = np.abs(d)
    small = np.minimum(a, SMALL)
    y = np.where(a < SMALL, small * horner(TANH_SERIES, small * small), 1.0 - 2.0 / (exp64(2.0 * a) + 1.0))
    return _nan_as_it_is(x, rounded(np.copysign(y, x)))


def logistic(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))`` as LiteRT's reference kernel computes it, with its two cuts."""
    inner = np.float32(1) / (np.float32(1) + exp(-np.clip(x, np.float32(-9), np.float32(17))))
    return np.where(x > _LOGISTIC_IS_ONE, np.float32(1), np.where(x < -9, exp(x), inner)).astype(np.float32)


_LOGISTIC_IS_ONE = np.float32(16.619047164916992188)
