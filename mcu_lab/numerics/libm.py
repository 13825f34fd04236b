"""expf and tanhf of the C library, which LiteRT calls as well.

Neither rounds correctly, and how they do not differs from one C library to the next: no formula would have their last
bits. Without that library the nearest float32 stands in.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from functools import cache

import numpy as np


@cache
def _function(name: str) -> Callable[[float], float]:
    try:
        found = getattr(ctypes.CDLL("libm.so.6"), name)
    except (OSError, AttributeError):
        return {"expf": math.exp, "tanhf": math.tanh}[name]
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
    return found


def expf(x: float) -> np.float32:
    """exp of a float32; x at most 88."""
    return np.float32(_function("expf")(x))


def tanhf(x: float) -> np.float32:
    """tanh of a float32."""
    return np.float32(_function("tanhf")(x))
