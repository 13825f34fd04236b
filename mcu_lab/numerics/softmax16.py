"""Softmax of int16 values with interpolated tables.

Source: TFLite ``kernels/internal/reference/softmax.h`` (SoftmaxInt16), ``kernels/internal/common.h`` (int16 tables of
512 segments).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import exp

import numpy as np

from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier
from mcu_lab.numerics.lut import round_half_away

#: Table inputs -65535 .. 0 stand for -10.0 .. 0.0; below, exp is as good as 0.
EXP_RANGE = 10.0
_SEGMENTS = 512
_Q15 = 32768.0
#: Sums of so many exponentials stay in int32.
MOST_DEPTH_16 = 1 << 16


def _table(function: Callable[[float], float], lo: float, hi: float) -> np.ndarray:
    """int64[513]: Q0.15 values at the ends of the segments, each shifted by half the error at its segment's middle."""
    step = (hi - lo) / _SEGMENTS
    exact = np.array([function(lo + i * step) * _Q15 for i in range(_SEGMENTS + 1)])
    middle = round_half_away(np.array([function(lo + i * step + step / 2) * _Q15 for i in range(_SEGMENTS)]))
    ends = round_half_away(exact)
    interpolated = round_half_away((exact[1:] + ends[:-1]) / 2)
    biased = ends[:-1] - round_half_away((interpolated - middle) / 2)
    return np.clip(np.append(biased, ends[-1]), -32768, 32767).astype(np.int64)


@cache
def exp_table() -> np.ndarray:
    return _table(exp, -EXP_RANGE, 0.0)


@cache
def reciprocal_table() -> np.ndarray:
    """1 / (1 + x) for x in [0, 1]."""
    return _table(lambda x: 1.0 / (1.0 + x), 0.0, 1.0)


def interpolate(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """int64: a table at int16 values: 9 bits choose the segment, 7 the place in it."""
    segment, place = 256 + (x >> 7), x & 0x7F
    return table[segment] + (((table[segment + 1] - table[segment]) * place + 64) >> 7)


def input_multiplier(in_scale: float, beta: float) -> tuple[int, int]:
    """What turns distances to the largest value into inputs of the table of exponentials."""
    return quantize_multiplier(float(np.float32(in_scale) * np.float32(beta)) / (EXP_RANGE / 65535.0))


def softmax16(values: np.ndarray, in_scale: float, beta: float) -> np.ndarray:
    """int16 values (..., depth) -> int16 probabilities in units of 1/32768, along the last axis."""
    multiplier = input_multiplier(in_scale, beta)
    wide = values.astype(np.int64)
    scaled = multiply_by_quantized_multiplier(wide - wide.max(axis=-1, keepdims=True), *multiplier)
    raised = interpolate(exp_table(), np.clip(scaled + 32767, -32768, 32767))
    total = raised.sum(axis=-1, keepdims=True)
    bits = np.frexp(total.astype(np.float64))[1].astype(np.int64)  # of total, without leading zeros
    mantissa = ((total << (31 - bits)) + (1 << 13)) >> 14
    centred = np.clip(mantissa - (1 << 15) - (1 << 16), -32768, 32767)
    shift = bits - 1
    result = (raised * interpolate(reciprocal_table(), centred) + (np.int64(1) << (shift - 1))) >> shift
    return np.clip(result, 0, 32767).astype(np.int16)
