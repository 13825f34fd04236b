"""exp32 is exp, within a few units in the last place."""

from __future__ import annotations

import numpy as np

from mcu_lab.numerics.exp32 import LEAST, exp32


def test_it_is_exp() -> None:
    x = np.concatenate([np.linspace(float(LEAST), 0, 200_001), -np.geomspace(1e-30, 1, 10_001)]).astype(np.float32)
    exact = np.exp(x.astype(np.float64))
    assert np.max(np.abs(exp32(x) / exact - 1)) < 3e-7
    assert exp32(np.float32([0.0, -0.0])).tolist() == [1.0, 1.0]


def test_far_below_it_is_nothing() -> None:
    assert exp32(np.float32([-87.1, -1e30, -np.inf])).tolist() == [0.0, 0.0, 0.0]
