"""LOGISTIC and TANH of int16: lines between 256 values of the logistic function.

Source: TFLite ``reference/integer_ops/logistic.h`` and ``tanh.h``, ``kernels/activations.cc`` (SigmoidPrepare,
TanhPrepare: the input as multiples of 1 / 12288), ``quantization_util.cc`` (CheckedLog2).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mcu_lab.numerics.elementary import exp64
from mcu_lab.numerics.libm import logf

#: Beyond these, inputs times the multiplier and half a step may leave 32 bits; LiteRT's arithmetic is not defined then.
MOST_MULTIPLIER, MOST_SHIFT = 65535, 30


#: Where LiteRT's table is one more than the rounded function, nearer to the middle of the lines.
_RAISED = [
    4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45, 46, 49,
    50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
]  # fmt: skip


@lru_cache(maxsize=1)
def sigmoid_table() -> np.ndarray:
    """uint16[256]: the logistic function of i / 24, in Q0.16."""
    sigmoid = 1.0 / (1.0 + exp64(-np.arange(256) / 24.0))
    table = np.floor(sigmoid * 65536.0 + 0.5).astype(np.uint16)
    table[_RAISED] += 1
    table.flags.writeable = False
    return table


def rounded_log2(scale: float) -> int | None:
    """The binary logarithm of a float32 that is nearly a power of two; None of any other."""
    log2 = logf(scale) * (np.float32(1) / logf(2.0))
    whole = np.floor(np.abs(log2) + np.float32(0.5)) * np.sign(log2)
    return int(whole) if abs(log2 - whole) < np.float32(1e-3) else None


def input_multiplier(scale: float, most_left_shift: int) -> tuple[int, int]:
    """(multiplier, shift to the right) that bring an input of that scale to multiples of 1 / 12288."""
    power = rounded_log2(scale)
    if power is not None and 0 <= 12 + power <= most_left_shift:
        return 3 << (12 + power), 0
    multiplier, shift = scale * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and shift <= 30:
        multiplier, shift = multiplier * 2.0, shift + 1
    return int(multiplier), shift


def _scaled(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    return (values.astype(np.int64) * multiplier + ((1 << shift) >> 1)) >> shift


def _on_line(size: np.ndarray, bits: int) -> np.ndarray:
    """The table between two entries, in Q0.(16 + bits), for inputs below the last."""
    table = sigmoid_table().astype(np.int64)
    index = np.minimum(size >> bits, 254)
    first = table[index]
    return (first << bits) + (size & ((1 << bits) - 1)) * (table[index + 1] - first)


def logistic16(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    """int16 values -> int16, in units of 2**-15."""
    x = _scaled(values, multiplier, shift)
    size = np.abs(x)
    result = np.where(size >> 9 >= 255, 0x7FFF << 10, _on_line(size, 9))
    result = np.where(x >= 0, result + (1 << 9), (1 << 25) - result + (1 << 9) - 1)
    return (result >> 10).astype(np.int16)


def tanh16(values: np.ndarray, multiplier: int, shift: int) -> np.ndarray:
    """int16 values -> int16, in units of 2**-15."""
    x = _scaled(values, multiplier, shift)
    size = np.abs(x)
    result = np.where(size >> 8 >= 255, 0xFFFF << 8, _on_line(size, 8)) - (1 << 23)
    result = np.where(x >= 0, result + (1 << 7), -result + (1 << 7) - 1)
    return (result >> 8).astype(np.int16)
