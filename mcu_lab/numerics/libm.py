"""Functions of the C library that LiteRT fills its tables with, bit by bit as it has them.

They do not round correctly, and how they do not differs from one C library to the next: no formula would have their
last bits. Without that library :mod:`mcu_lab.numerics.elementary` stands in.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

import numpy as np

from mcu_lab.numerics import elementary, powers

_NEAREST = {"expf": elementary.exp, "tanhf": elementary.tanh, "logf": elementary.log, "erfcf": powers.erfc}


@cache
def _function(name: str) -> Callable[[float], float]:
    try:
        found = getattr(ctypes.CDLL("libm.so.6"), name)
    except (OSError, AttributeError):
        nearest = _NEAREST[name]
        return lambda x: float(nearest(np.array([x], dtype=np.float32))[0])
    found.restype, found.argtypes = ctypes.c_float, [ctypes.c_float]
    return found


def expf(x: float) -> np.float32:
    """exp of a float32; infinite where it is too large for one."""
    return np.float32(_function("expf")(x))


def tanhf(x: float) -> np.float32:
    """tanh of a float32."""
    return np.float32(_function("tanhf")(x))


def logf(x: float) -> np.float32:
    """log of a float32 above 0."""
    return np.float32(_function("logf")(x))


def erfcf(x: float) -> np.float32:
    """1 less the error function of a float32."""
    return np.float32(_function("erfcf")(x))
