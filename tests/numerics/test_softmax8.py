"""Softmax in fixed point against the function itself."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_lab.numerics.softmax8 import exp_of_negative, exponentials, reciprocal_of_one_plus, softmax8


def test_exp_and_reciprocal_are_what_they_are_called() -> None:
    x = -np.unique(np.concatenate([np.arange(4000) << 19, np.geomspace(1, 2**31 - 1, 4000).astype(np.int64)]))
    np.testing.assert_allclose(exp_of_negative(x) / 2**31, np.exp(x / 2**26), atol=3e-7)
    a = np.linspace(0, 2**31 - 1, 5001).astype(np.int64)
    np.testing.assert_allclose(reciprocal_of_one_plus(a) / 2**31, 1 / (1 + a / 2**31), rtol=1e-8)


def test_what_lies_too_far_below_the_largest_adds_nothing() -> None:
    assert exponentials(1e6, 1.0)[:3].tolist() == [2**31 - 1, 0, 0]
    assert (exponentials(2.0**-25, 1.0) > 2**31 * 0.9999).all()


@pytest.mark.parametrize(("dtype", "bits"), [("int8", 8), ("uint8", 8), ("int16", 16)])
def test_shares_are_those_of_the_exact_function(dtype: str, bits: int) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(-128, 128, (300, 37)).astype(np.int8)
    raised = np.exp(0.02 * values)
    exact = raised / raised.sum(axis=-1, keepdims=True)
    shares = softmax8(values, 0.02, 1.0, dtype).astype(float) - np.iinfo(dtype).min
    assert np.abs(shares / 2**bits - exact).max() <= 0.51 / 2**bits


def test_shares_below_half_a_unit_are_nothing() -> None:
    for depth in (513, 2048, 8191):
        assert (softmax8(np.zeros((1, depth), np.int8), 1.0, 1.0, "int8") == -128).all()
