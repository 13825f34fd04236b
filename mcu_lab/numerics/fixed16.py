"""gemmlowp's 16-bit fixed point: the logistic function and tanh as LiteRT's integer LSTM computes them, exact.

Source: gemmlowp ``fixedpoint/fixedpoint.h`` (FixedPoint<int16_t, n>: n integer bits); names kept. Values are raw int16
in int64 arrays. Each function of one int16 is worked out for all of them once, and looked up.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mcu_lab.numerics.fixed_point import rounding_divide_by_pot

MIN16, MAX16 = -(1 << 15), (1 << 15) - 1
#: exp(-2**k) for the bits of the argument from a quarter on: (k, the constant with 31 fractional bits).
BARREL = (
    (-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535), (3, 720401), (4, 242),
)  # fmt: skip
#: What a table of tanh may have of integer bits in its argument, one less than exp takes.
MOST_INTEGER_BITS = 6


def constant(raw32: int) -> int:
    """A constant given with 32 bits, in 16."""
    return int(rounding_divide_by_pot(np.array(raw32), 16))


def wrapped16(x: np.ndarray) -> np.ndarray:
    return x.astype(np.int16).astype(np.int64)


def saturated16(x: np.ndarray) -> np.ndarray:
    return np.clip(x, MIN16, MAX16)


def high_mul(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """SaturatingRoundingDoublingHighMul of int16: ``round(a * b / 2**15)``."""
    product = a * b
    total = product + np.where(product >= 0, 1 << 14, 1 - (1 << 14))
    quotient = np.where(total >= 0, total >> 15, -((-total) >> 15))
    return np.where((a == MIN16) & (b == MIN16), MAX16, quotient)


def half_sum(a: np.ndarray, b: int) -> np.ndarray:
    """RoundingHalfSum: ``(a + b) / 2``, halves away from zero."""
    total = a + b
    sign = np.where(total >= 0, 1, -1)
    return np.where(total >= 0, (total + sign) >> 1, -((-(total + sign)) >> 1))


def times_pot(x: np.ndarray, exponent: int) -> np.ndarray:
    """SaturatingRoundingMultiplyByPOT."""
    return saturated16(x << exponent) if exponent >= 0 else rounding_divide_by_pot(x, -exponent)


def _exp_near_zero(a: np.ndarray) -> np.ndarray:
    """exp on [-1/4, 0), no integer bits."""
    term = constant(1895147668)  # exp(-1/8)
    x = wrapped16(a + (1 << 12))
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    inner = wrapped16(high_mul(wrapped16(times_pot(x4, -2) + x3), constant(715827883)) + x2)
    return saturated16(term + high_mul(wrapped16(x + times_pot(inner, -1)), term))


def exp_on_negative_values(a: np.ndarray, integer_bits: int) -> np.ndarray:
    """exp of values <= 0 with so many integer bits; the result has none."""
    fractional = 15 - integer_bits
    quarter = 1 << (fractional - 2)
    near = (a & (quarter - 1)) - quarter
    result = _exp_near_zero(times_pot(near, integer_bits))
    remainder = near - a
    for exponent, multiplier in BARREL:
        if integer_bits > exponent:
            bit = (remainder >> (fractional + exponent)) & 1
            result = np.where(bit != 0, high_mul(result, constant(multiplier)), result)
    if integer_bits > 5:
        result = np.where(a < constant(-(1 << (36 - integer_bits))), 0, result)
    return np.where(a == 0, MAX16, result)


def _newton(a: np.ndarray) -> np.ndarray:
    """2 / (1 + a) for a in [0, 1], with two integer bits: three Newton-Raphson steps."""
    half_denominator = half_sum(a, MAX16)
    x = wrapped16(constant(1515870810) + high_mul(half_denominator, constant(-1010580540)))  # 48/17, -32/17
    for _ in range(3):
        rest = wrapped16((1 << 13) - high_mul(half_denominator, x))
        x = wrapped16(x + times_pot(high_mul(x, rest), 2))
    return x


@lru_cache(maxsize=1)
def logistic_table() -> np.ndarray:
    """int16[65536], by the bytes of an argument with three integer bits: its logistic function, without any."""
    a = np.arange(1 << 16).astype(np.uint16).view(np.int16).astype(np.int64)
    size = np.where(a > 0, a, wrapped16(-a))
    # The negative of the least int16 is itself, and exp takes it as it is.
    positive = times_pot(_newton(exp_on_negative_values(wrapped16(-size), 3)), 1)
    found = np.where(a > 0, positive, wrapped16(MAX16 - positive))
    return np.where(a == 0, 1 << 14, found).astype(np.int16)


@lru_cache(maxsize=8)
def tanh_table(integer_bits: int) -> np.ndarray:
    """int16[65536], by the bytes of an argument with so many integer bits: its tanh, without any."""
    a = np.arange(1 << 16).astype(np.uint16).view(np.int16).astype(np.int64)
    x = _newton(exp_on_negative_values(np.where(a < 0, a, wrapped16(-a)), integer_bits + 1))
    size = times_pot(wrapped16(x - (1 << 13)), 2)
    return np.where(a == 0, 0, np.where(a < 0, wrapped16(-size), size)).astype(np.int16)


def looked_up(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The table's entry for each int16, as int64."""
    return table[x.astype(np.int16).view(np.uint16)].astype(np.int64)
