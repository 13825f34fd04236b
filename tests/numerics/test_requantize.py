"""The vectorised arithmetic against a scalar one in Python integers, written from the definitions."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import floor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcu_lab.numerics import fixed_point, requantize

INT32 = st.integers(-(2**31), 2**31 - 1)
MULTIPLIERS = st.integers(2**30, 2**31 - 1)
#: Sums whose shifted value stays in int32, as in every network that is not broken.
SUMS = st.integers(-(2**23), 2**23)


def half_away(x: Fraction) -> int:
    return floor(x + Fraction(1, 2)) if x >= 0 else -floor(-x + Fraction(1, 2))


def truncate(x: Fraction) -> int:
    return floor(x) if x >= 0 else -floor(-x)


def doubling_high(a: int, b: int) -> int:
    """gemmlowp's SaturatingRoundingDoublingHighMul."""
    if a == b == -(2**31):
        return 2**31 - 1
    nudge = 2**30 if a * b >= 0 else 1 - 2**30
    return truncate(Fraction(a * b + nudge, 2**31))


def twice_rounded(x: int, multiplier: int, shift: int) -> int:
    high = doubling_high(x * 2 ** max(shift, 0), multiplier)
    return half_away(Fraction(high, 2 ** max(-shift, 0)))


def arrays(*values: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array([v], dtype=np.int64) for v in values)


@given(INT32, INT32)
@example(-(2**31), -(2**31))
def test_doubling_high_mul(a: int, b: int) -> None:
    assert fixed_point.saturating_rounding_doubling_high_mul(*arrays(a, b)) == doubling_high(a, b)


@given(INT32, st.integers(0, 31))
def test_divide_by_power_of_two(x: int, exponent: int) -> None:
    assert fixed_point.rounding_divide_by_pot(*arrays(x, exponent)) == half_away(Fraction(x, 2**exponent))


@given(SUMS, MULTIPLIERS, st.integers(-31, 7))
@example(-1, 2**30, 0)
@example(-1, 2**30, -1)
@example(0, 0, 0)
def test_two_roundings_in_one_pass(x: int, multiplier: int, shift: int) -> None:
    expected = twice_rounded(x, multiplier, shift)
    assert fixed_point.multiply_by_quantized_multiplier(*arrays(x, multiplier, shift)) == expected
    assert requantize.scale_int32(*arrays(x, multiplier, shift)) == expected


@given(st.lists(st.tuples(SUMS, MULTIPLIERS, st.integers(-31, 7)), min_size=1, max_size=8))
def test_shifts_of_both_signs_side_by_side(channels: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column, dtype=np.int64) for column in zip(*channels, strict=True)]
    np.testing.assert_array_equal(requantize.scale_int32(*columns), [twice_rounded(*c) for c in channels])


#: As effective scales are made: of float32 scales in double precision, thirds and other ties that just miss included.
FACTORS = st.builds(
    lambda a, b, c, e: a * b / c * 2.0**e,
    *(st.one_of(st.integers(1, 40).map(float), st.floats(0.5, 1, width=32)) for _ in range(3)),
    st.integers(-30, 20),
)


@given(INT32, FACTORS)
@example(3, 0.5 / 3)
@example(1, 0.5)
@example(-(2**31), 1.0)
@example(2**31 - 1, 2.0**31)
def test_a_real_factor_in_integers_is_the_double_that_rounds_twice(x: int, real: float) -> None:
    multiplier, shift, rest = requantize.real_scale(real)
    size = abs(x)
    units, fine = divmod(size * ((multiplier << 22) + rest), 1 << 22)
    if units >> 31:  # as in mcu_scale_real.h
        units += (fine + (1 << (units.bit_length() - 32))) >> 22
    right = 31 - shift
    scaled = (units + ((1 << right) >> 1)) >> right
    expected = int(requantize.scale_real(np.array([x]), np.array([real]))[0])
    found = -(2**31) if scaled >= 2**31 else scaled if x >= 0 else -scaled
    assert found == expected or (shift == 31 and min(found, expected, key=abs) * np.sign(x) >= 2**30)


@given(st.integers(-(2**39), 2**39), MULTIPLIERS, st.integers(-31, 7))
def test_wide_sums_take_a_sixteen_bit_multiplier(x: int, multiplier: int, shift: int) -> None:
    sixteen = min((multiplier + 2**15) // 2**16, 0x7FFF)
    exact = Fraction(x * sixteen) * Fraction(2) ** (shift - 15)
    assert requantize.scale_int64(*arrays(x, multiplier, shift)) == floor(exact + Fraction(1, 2))


@given(st.floats(2.0**-30, 2.0**20))
def test_a_multiplier_is_the_nearest_that_31_bits_can_hold(real: float) -> None:
    multiplier, shift = fixed_point.quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    unit = Fraction(2) ** (shift - 31)
    assert abs(Fraction(real) - multiplier * unit) <= unit / 2


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=40), st.integers(1, 5))
def test_requantize_clamps_in_the_shape_of_the_sums(values: list[int], channels: int) -> None:
    sums = np.array(values[: len(values) // channels * channels] or [0] * channels, float).reshape(-1, channels)
    multipliers = np.full(channels, 2**30, np.int64)
    shifts = np.arange(channels) - 7
    bias = np.arange(channels) * 1000
    out = requantize.requantize(
        sums, bias, partial(requantize.scale_int32, multiplier=multipliers, shift=shifts), 5, (-100, 90), "int8"
    )
    expected = [
        [max(-100, min(90, 5 + twice_rounded(int(x) + 1000 * c, 2**30, c - 7))) for c, x in enumerate(row)]
        for row in sums
    ]
    assert out.dtype == np.int8
    np.testing.assert_array_equal(out, expected)


@pytest.mark.quick(6)
@pytest.mark.parametrize("activation", requantize.ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@given(scale=st.floats(2.0**-13, 8, width=32), offset=st.integers(-128, 127))
def test_activation_bounds_are_the_reals_they_stand_for(activation: str, dtype: str, scale: float, offset: int) -> None:
    info = np.iinfo(dtype)
    zero_point = offset + 128 if dtype == "uint8" else offset
    lo, hi = requantize.quantized_activation_range(activation, dtype, scale, zero_point)
    assert info.min <= lo and hi <= info.max
    low, high = requantize.float_activation_range(activation)
    for bound, real, limit in ((lo, low, info.min), (hi, high, info.max)):
        if bound != limit:
            assert abs((bound - zero_point) * scale - real) <= scale * 0.51
