"""Functions of one 8-bit value as tables of 256 entries, and of one int16 as 513 between which lines are drawn.

A table of 256 is indexed by the byte as it lies in memory (the uint8 view of an int8), in numpy and in C alike.
Source: TFLite ``kernels/internal/common.h``, LUTPopulate and LUTLookup, which compute in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mcu_lab.numerics.fixed_point import converted
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
    with np.errstate(all="ignore"):
        image = np.array([function(float(x)) for x in real], dtype=np.float32)
        rescaled = round_half_away(image * (np.float32(1) / np.float32(out_scale))) + np.float32(out_zero_point)
    # What is no int32 C leaves open: LiteRT's x86 saturates for int8, and takes the least int32 for uint8.
    whole = rescaled if dtype == "int8" else converted(rescaled)
    table = np.clip(whole, *dtype_range(dtype)).astype(dtype)
    table.flags.writeable = False
    return table


@lru_cache(maxsize=256)
def lines_of_real_function(
    function: Callable[[float], float | np.float32], in_scale: float, out_scale: float
) -> np.ndarray:
    """int16[513]: the function at every 128th int16, each moved by half of what the line is off in the middle.

    Zero points are 0.
    """
    steps, least, most = 512, np.float32(-32768), np.float32(32767)
    with np.errstate(all="ignore"):
        low, high = np.float32(in_scale) * least, np.float32(in_scale) * most
        step = (high - low) / np.float32(steps)
        per_unit = np.float32(65536) / (np.float32(out_scale) * most - np.float32(out_scale) * least)
        at = low + np.arange(steps + 1, dtype=np.float32) * step

        def scaled(x: np.ndarray) -> np.ndarray:
            return np.array([function(float(v)) for v in x], dtype=np.float32) * per_unit

        first, middle, after = scaled(at[:-1]), scaled(at[:-1] + step / np.float32(2)), scaled(at[1:])
        between = round_half_away((after + round_half_away(first)) / np.float32(2))
        moved = round_half_away(first) - round_half_away((between - round_half_away(middle)) / np.float32(2))
        last = round_half_away(scaled(np.array([high])))
        table = converted(np.clip(np.concatenate([moved, last]), least, most)).astype(np.int16)
    table.flags.writeable = False
    return table


def along_lines(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int16 values through a table of :func:`lines_of_real_function`."""
    wide = values.astype(np.int32)
    index, offset = 256 + (wide >> 7), wide & 127
    base = table[index]
    slope = (table[index + 1] - base).astype(np.int32)  # wraps as int16, like LiteRT's
    return (base + ((slope * offset + 64) >> 7)).astype(np.int16)


def look_up(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    """``table`` applied to every element of an int8 or uint8 array."""
    return table[values.view(np.uint8)]


def sigmoid(x: float) -> float:
    """``1 / (1 + exp(-x))`` with float32 rounding after every step, as C computes it in float."""
    with np.errstate(over="ignore"):
        return float(np.float32(1) / (np.float32(1) + expf(-x)))
