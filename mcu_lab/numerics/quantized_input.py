"""Floats that are quantized to int8 as they come, each batch entry by the range of its own values.

Source: TFLite ``kernels/internal/optimized/neon_tensor_utils.cc`` (NeonSymmetricQuantizeFloats,
NeonAsymmetricQuantizeFloats), which LiteRT's reference kernels run on x86 too, eight values at a time and the last ones
of a batch entry alone. The two ways round differently what lies next to a half, and take differently what is no int32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_lab.numerics.fixed_point import converted, wrapped
from mcu_lab.numerics.lut import round_half_away

#: Values that are quantized together.
TOGETHER = 8


@dataclass(frozen=True)
class InputQuantization:
    """``real = scale * (q - offset)`` with ``lowest <= q <= 127``; ``inverse`` is what values are multiplied by."""

    scale: np.float32
    inverse: np.float32
    offset: int
    lowest: int

    def centred(self, values: np.ndarray, together: np.ndarray) -> np.ndarray:
        """int64: ``q - offset`` of float32 values; ``together`` says which of them are quantized eight at a time."""
        with np.errstate(all="ignore"):
            steps = values * self.inverse
            nearest = converted(np.trunc(steps + np.where(steps < 0, np.float32(-0.5), np.float32(0.5))))
            alone = converted(round_half_away(steps) + np.float32(self.offset))
        stored = np.where(together, wrapped(nearest + self.offset), alone)
        return np.clip(stored, self.lowest, 127) - self.offset


def symmetric(values: np.ndarray) -> InputQuantization:
    """From the range of all values of a batch entry (float32), around 0."""
    largest = np.float32(np.fmax.reduce(np.abs(values), axis=None, initial=np.float32(0)))
    if largest == 0:
        return InputQuantization(np.float32(1), np.float32(0), 0, -127)
    with np.errstate(all="ignore"):
        return InputQuantization(largest / np.float32(127), np.float32(127) / largest, 0, -127)


def asymmetric(values: np.ndarray) -> InputQuantization:
    """From the range of all values of a batch entry (float32), which is taken to hold 0."""
    low = np.fmin.reduce(values, axis=None, initial=np.float32(0))
    high = np.fmax.reduce(values, axis=None, initial=np.float32(0))
    if low == high:
        return InputQuantization(np.float32(1), np.float32(0), 0, -128)
    with np.errstate(all="ignore"):
        scale = np.float64(high - low) / 255.0
        below, above = np.float64(low) / scale, np.float64(high) / scale
        nearest = -128 - below if 128 + abs(below) < 127 + abs(above) else 127 - above
        held = np.float32(scale)
        inverse = np.float32(0) if held == 0 else np.float32(1) / held
    rounded = int(converted(round_half_away(np.asarray(nearest))).astype(np.int8))  # 0 for what is not a number
    offset = -128 if nearest <= -128 else 127 if nearest >= 127 else rounded
    return InputQuantization(held, inverse, offset, -128)
