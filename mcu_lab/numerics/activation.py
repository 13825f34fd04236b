"""Fused activations as clamping ranges.

Source: TFLite ``kernels/kernel_util.cc``: CalculateActivationRange, CalculateActivationRangeQuantized.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

#: Real range of each fused activation that is a clamp; None means no bound on that side.
REAL_RANGE: Mapping[str, tuple[float | None, float | None]] = MappingProxyType(
    {"NONE": (None, None), "RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
)


def dtype_range(dtype: str) -> tuple[int, int]:
    """Least and greatest value of an integer dtype."""
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def round_half_away(x: np.ndarray | float) -> np.ndarray:
    """C's ``round``: to nearest, ties away from zero; keeps the float dtype of an array."""
    x = np.asarray(x)
    whole = np.trunc(x)
    return whole + (np.abs(x - whole) >= 0.5) * np.sign(x)


def quantized_range(activation: str, scale: float, zero_point: int, dtype: str) -> tuple[int, int]:
    """Clamp of quantized values, both ends inclusive, for a fused activation on a tensor's quantization."""
    lo, hi = dtype_range(dtype)
    real_lo, real_hi = REAL_RANGE[activation]

    def quantized(real: float) -> int:
        return zero_point + int(round_half_away(np.float32(real) / np.float32(scale)))

    return (
        lo if real_lo is None else max(lo, quantized(real_lo)),
        hi if real_hi is None else min(hi, quantized(real_hi)),
    )


def real_range(activation: str) -> tuple[np.float32, np.float32]:
    """Clamp of float32 values, both ends inclusive; infinite where there is no bound."""
    lo, hi = REAL_RANGE[activation]
    return np.float32(-np.inf if lo is None else lo), np.float32(np.inf if hi is None else hi)
