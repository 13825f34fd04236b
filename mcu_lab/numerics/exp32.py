"""exp in float32, made of operations that every IEEE machine rounds alike, so that the exported C gives the same bits.

``exp(x) = 2**n * exp(r)`` with ``|r| <= ln(2) / 2``, ln(2) subtracted in two parts of which the first times n is exact
(Cody and Waite 1980), and the Taylor series to the seventh power; what that leaves out is below half a last bit.
"""

from __future__ import annotations

import numpy as np

LOG2_E = np.float32(1.44269504)
LN2_HIGH = np.float32(0.693359375)
LN2_LOW = np.float32(-2.12194440e-4)
#: 1/7! down to 1/0!
SERIES = tuple(np.float32(1 / n) for n in (5040, 720, 120, 24, 6, 2, 1, 1))
#: Below this the result would no longer be a normal number; it is 0.
LEAST = np.float32(-87.0)


def exp32(x: np.ndarray) -> np.ndarray:
    """exp of float32 values <= 0, within 3e-7 relative; 0 below ``LEAST``."""
    clipped = np.maximum(x.astype(np.float32), LEAST)
    n = np.trunc(clipped * LOG2_E - np.float32(0.5))
    r = clipped - n * LN2_HIGH
    r = r - n * LN2_LOW
    y = np.full_like(r, SERIES[0])
    for coefficient in SERIES[1:]:
        y = y * r + coefficient
    return np.where(x < LEAST, np.float32(0), np.ldexp(y, n.astype(np.int32))).astype(np.float32)
