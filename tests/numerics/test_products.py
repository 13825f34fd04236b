"""Sums of products that do not depend on how they were blocked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.numerics.products import exact_float, exact_product, magnitude, ordered_product


@given(st.integers(1, 2**16), st.integers(1, 2**16), st.integers(1, 2**16))
def test_the_chosen_float_holds_the_worst_sum_and_its_neighbours(left: int, right: int, inner: int) -> None:
    dtype = exact_float(left, right, inner)
    worst = left * right * inner
    assert int(dtype.type(worst)) == worst and int(dtype.type(worst - 1)) == worst - 1


def test_sums_that_no_float_holds_are_refused() -> None:
    with pytest.raises(OverflowError):
        exact_float(2**31, 2**31, 2)


def test_magnitude_counts_the_most_negative_value() -> None:
    assert magnitude(np.array([-128, 127], np.int8)) == 128
    assert magnitude(np.array([], np.int8)) == 0


@pytest.mark.parametrize(("m", "k", "n"), [(1, 1, 1), (7, 5, 3), (300, 64, 33), (1, 4000, 200), (40, 9000, 37)])
def test_integer_products_in_blocks_are_exact(m: int, k: int, n: int) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.integers(-255, 256, (m, k)), rng.integers(-128, 128, (k, n))
    dtype = exact_float(magnitude(left), magnitude(right), k)
    np.testing.assert_array_equal(exact_product(left.astype(dtype), right.astype(dtype)), left @ right)


@given(st.integers(1, 40), st.integers(0, 30), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_float_products_are_added_one_after_the_other(m: int, k: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.standard_normal((m, k), np.float32), rng.standard_normal((k, n), np.float32)
    expected = np.zeros((m, n), np.float32)
    for row in range(m):
        for column in range(n):
            total = np.float32(0)
            for i in range(k):
                total = np.float32(total + np.float32(left[row, i] * right[i, column]))
            expected[row, column] = total
    np.testing.assert_array_equal(ordered_product(left, right), expected)
    np.testing.assert_array_equal(ordered_product(left[m // 2 :], right), expected[m // 2 :])
