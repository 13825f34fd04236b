"""pow, square root, remainder and the error function of float32 values, in arithmetic that C has as well.

See :mod:`mcu_lab.numerics.elementary` for how they round. C: ``mcu_powers.h``, ``mcu_erfc.h``.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.numerics.elementary import exp64, log64, rounded

#: Chebyshev series of ``(1 + 2z) exp(z**2) erfc(z)`` over ``(z - 3.75) / (z + 3.75)`` (Shepherd and Laframboise 1981).
ERFC_SERIES = (
    1.1775789345674017e00, -4.5900545806464776e-03, -8.4249133336651792e-02, 5.9209939998191893e-02,
    -2.6658668435305754e-02, 9.0749976707052651e-03, -2.4131635404176083e-03, 4.9077583652580864e-04,
    -6.9169733025012064e-05, 4.1390279860730101e-06, 7.7403830661984908e-07, -2.1886401049234396e-07,
    1.0764999465670910e-08, 4.5219598112182862e-09, -7.7544002088313511e-10, -6.3180883408866849e-11,
    2.8687950109306697e-11, 1.9455868545777346e-13, -9.6546967484334393e-13, 3.2525481481487403e-14,
    3.3478119482868059e-14,
)  # fmt: skip


def square_root(x: np.ndarray) -> np.ndarray:
    """IEEE's, which is rounded correctly everywhere; the NaN of negative values is the positive one."""
    root = np.sqrt(np.where(x > 0, x, np.float32(0)))
    return np.where(x > 0, root, np.where(x < 0, np.float32(np.nan), x)).astype(np.float32)


def erfc(x: np.ndarray) -> np.ndarray:
    """1 less the error function."""
    d = np.clip(np.where(np.isnan(x), 0, x).astype(np.float64), -11.0, 11.0)
    z = np.abs(d)
    t = (z - 3.75) / (z + 3.75)
    one, two = np.zeros_like(t), np.zeros_like(t)
    for c in ERFC_SERIES[:0:-1]:
        one, two = 2.0 * t * one - two + c, one
    scaled = t * one - two + ERFC_SERIES[0]
    tail = exp64(-(z * z)) * scaled / (1.0 + 2.0 * z)
    return np.where(np.isnan(x), x, rounded(np.where(d < 0, 2.0 - tail, tail))).astype(np.float32)


def floor_mod(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The remainder of a division rounded down, which is exact; NaN where there is none."""
    whole = np.isfinite(x) & ~np.isnan(y) & (y != 0)
    rest = np.fmod(np.where(whole, x, np.float32(0)), np.where(whole, y, np.float32(1)))
    rest = np.where((rest != 0) & ((y < 0) != (rest < 0)), rest + np.where(whole, y, np.float32(0)), rest)
    return np.where(whole, rest, np.float32(np.nan)).astype(np.float32)


def power(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``x ** y`` with what C's pow says of zeros, infinities and negative bases."""
    x, y = np.broadcast_arrays(x, y)
    a = np.abs(x)
    half = np.where(np.isfinite(y), y, 0).astype(np.float64) * 0.5
    whole = np.isfinite(y) & (np.floor(2.0 * half) == 2.0 * half)
    odd = whole & (np.floor(half) != half)
    ordinary = (a > 0) & np.isfinite(a) & np.isfinite(y)
    log = log64(np.where(ordinary, a, 1.0).astype(np.float64))
    size = rounded(exp64(np.clip(np.where(ordinary, y, 0).astype(np.float64) * log, -105.0, 89.0)))
    size = np.where(ordinary, _exact(a, y, size), _limit(a, y))
    signed = np.where((x < 0) & ~whole & np.isfinite(x) & np.isfinite(y) & (a > 0), np.float32(np.nan), size)
    signed = np.where(np.signbit(x) & odd, -signed, signed)
    signed = np.where(np.isnan(x) | np.isnan(y), np.float32(np.nan), signed)
    return np.where((y == 0) | (x == 1), np.float32(1), signed).astype(np.float32)


def _exact(a: np.ndarray, y: np.ndarray, size: np.ndarray) -> np.ndarray:
    """What must not miss a tie by the last bit of a double: small whole powers, roots and reciprocals."""
    wide = np.where(np.isfinite(a), a, 0).astype(np.float64)
    for exponent, result in (
        (1, wide),
        (2, wide * wide),
        (3, wide * wide * wide),
        (-1, 1.0 / np.where(a > 0, wide, 1)),
    ):
        size = np.where(y == exponent, rounded(result), size)
    return np.where(y == 0.5, square_root(a), size)


def _limit(a: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of bases 0 and infinity, and of infinite exponents; the base is not negative."""
    grows = np.where(np.isinf(y) & np.isfinite(a) & (a != 0), (a > 1) == (y > 0), (a > 1) == (y > 0))
    found = np.where(grows, np.float32(np.inf), np.float32(0))
    return np.where((a == 1) & np.isinf(y), np.float32(1), found)
