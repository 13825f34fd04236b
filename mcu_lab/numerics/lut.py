"""Functions of one 8-bit value as tables of 256 entries.

A table is indexed by the byte as it lies in memory (the uint8 view of an int8), in numpy and in C alike.
Source: TFLite ``kernels/activations.cc``, PopulateLookupTable, which computes in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mcu_lab.numerics.libm import expf


@lru_cache
def dtype_range(dtype: str) -> tuple[int, int]:
    """Least and greatest value of an integer dtype."""
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def round_half_away(x: np.ndarray) -> np.ndarray:
    """C's ``round`` on an array: to nearest, ties away from zero; keeps the float dtype."""
    whole = np.trunc(x)
    return whole + (np.abs(x - whole) >= 0.5) * np.sign(x)


def byte_values(dtype: str) -> np.ndarray:
    """int64[256]: the value of dtype int8 or uint8 that each byte stands for."""
    return np.arange(256, dtype=np.uint8).view(dtype).astype(np.int64)


@lru_cache(maxsize=4096)
def table_of_real_function(
    function: Callable[[float], float | np.float32],
    dtype: str,
    in_scale: float,
    in_zero_point: int,
    out_scale: float,
    out_zero_point: int,
) -> np.ndarray:
    """dtype[256]: ``quantize(function(dequantize(q)))`` for every byte q, each step rounded to float32."""
    real = np.float32(in_scale) * (byte_values(dtype) - in_zero_point).astype(np.float32)
    image = np.array([function(float(x)) for x in real], dtype=np.float32)
    rescaled = round_half_away(image * (np.float32(1) / np.float32(out_scale)))
    table = np.clip(rescaled.astype(np.int64) + out_zero_point, *dtype_range(dtype)).astype(dtype)
    table.flags.writeable = False
    return table


def look_up(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``table`` applied to every element of an int8 or uint8 array."""
    return table[values.view(np.uint8)]


def sigmoid(x: float) -> float:
    """``1 / (1 + exp(-x))`` with float32 rounding after every step, as C computes it in float."""
    return float(np.float32(1) / (np.float32(1) + expf(min(-x, 88.0))))
