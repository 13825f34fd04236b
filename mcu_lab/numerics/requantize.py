"""From integer sums to quantized outputs, as TFLite's reference kernels do it.

Sources: TFLite ``kernel_util.cc`` (effective scales, activation ranges), ``kernels/internal/common.h`` (the two
roundings; the single rounding of 64-bit sums) and ``reference/integer_ops/fully_connected.h`` (floating point). The
one-step forms below are held to
:mod:`mcu_lab.numerics.fixed_point` by property tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import frexp

import numpy as np

from mcu_lab.numerics.fixed_point import INT32_MAX, converted, quantize_multiplier, significand, wrapped
from mcu_lab.numerics.lut import round_half_away

#: Scales int64 sums (rows, channels) and returns them, each channel by its own factor; may overwrite them.
Scaling = Callable[[np.ndarray], np.ndarray]

_REAL_RANGE = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "TANH": (None, None),  # LiteRT's kernels take these two for NONE
    "SIGN_BIT": (None, None),
}
ACTIVATIONS = tuple(_REAL_RANGE)
_REAL_RANGE |= {"RELU_0_TO_1": (0.0, 1.0)}  # an operator, but never fused
_MOST_FLOAT = float(np.finfo(np.float32).max)
#: Outputs requantized at a time: the int64 intermediates of a block stay in the processor's cache.
_BLOCK_ELEMENTS = 1 << 15


def _steps(real: float, scale: float) -> np.ndarray:
    """A bound of an activation in steps of the scale, float32, rounded half away from zero."""
    return round_half_away(np.asarray(np.float32(real) / np.float32(scale)))


def activation_fits(activation: str, scale: float) -> bool:
    """Whether the bounds of the activation are an int32 in steps of the scale, as LiteRT asks of fused ones."""
    return all(
        abs(_steps(real, scale)) <= np.float32(INT32_MAX) for real in _REAL_RANGE[activation] if real is not None
    )


@lru_cache(maxsize=4096)
def quantized_activation_range(activation: str, dtype: str, scale: float, zero_point: int) -> tuple[int, int]:
    """Inclusive bounds of an integer output behind an activation; beyond its dtype where they overflow an int32."""
    info = np.iinfo(dtype)
    low, high = _REAL_RANGE[activation]

    def quantized(real: float) -> int:
        return int(wrapped(zero_point + converted(_steps(real, scale))))

    lo = int(info.min) if low is None else max(int(info.min), quantized(low))
    hi = int(info.max) if high is None else min(int(info.max), quantized(high))
    return lo, hi


def float_activation_range(activation: str, most: float = _MOST_FLOAT) -> tuple[float, float]:
    """Inclusive bounds of a float output behind a fused activation; through none of them an infinity passes."""
    low, high = _REAL_RANGE[activation]
    return (-most if low is None else low), (most if high is None else high)


def clamp_floats(values: np.ndarray, activation: str) -> np.ndarray:
    """float32 values behind a fused activation."""
    lo, hi = float_activation_range(activation)
    return np.clip(values, np.float32(lo), np.float32(hi))


@lru_cache(maxsize=4096)
def output_multipliers(
    input_scale: float, weight_scales: tuple[float, ...], output_scale: float, dtype: str
) -> tuple[np.ndarray, np.ndarray]:
    """``(multipliers, shifts)`` for ``input_scale * weight_scale / output_scale``, int64, one for each weight scale.

    uint8 keeps one multiplier for the whole tensor and rounds the product of two scales to float32. int16 has sums of
    64 bits, which may be shifted by more than 31.
    """
    pairs = []
    for weight_scale in weight_scales:
        product = input_scale * weight_scale
        if dtype == "uint8":
            product = float(np.float32(product))
        pairs.append((significand if dtype == "int16" else quantize_multiplier)(product / output_scale))
    multipliers, shifts = np.array(pairs, dtype=np.int64).T.copy()
    multipliers.flags.writeable = False
    shifts.flags.writeable = False
    return multipliers, shifts


def scale_int32(x: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """``multiply_by_quantized_multiplier`` in one pass; overwrites ``x`` (int64) and returns it.

    The doubling high multiplication truncates ``x*m + (2**30 or 1 - 2**30)`` towards zero; for either sign that is
    ``floor((x*m + 2**30) / 2**31)``, an arithmetic shift. Rounding the second division half away from zero is adding
    half, less one where x is negative, before an arithmetic shift.
    """
    right = np.maximum(-shift, 0)
    if shift.max(initial=0) > 0:
        x <<= np.maximum(shift, 0)
        np.copyto(x, x.astype(np.int32))  # wraps like the int32 of the kernels
    x *= multiplier
    x += 1 << 30
    x >>= 31
    if right.max(initial=0) > 0:
        negative = x >> 63
        if right.min(initial=1) == 0:
            negative *= right > 0
        x += negative
        x += (np.int64(1) << right) >> 1
        x >>= right
    return x


def real_scale(real: float) -> tuple[int, int, int]:
    """A real factor >= 0 as (multiplier, shift, rest): ``(multiplier + rest * 2**-22) * 2**(shift - 31)``, exactly.

    What is so small that no int32 comes to half of 1 gives 0; what is so large that every int32 but 0 overflows, a
    factor for which they all do.
    """
    mantissa, shift = frexp(real)
    if real == 0.0 or shift < -31:
        return 0, 0, 0
    if shift > 31:
        return INT32_MAX, 31, 1 << 22
    whole = int(mantissa * (1 << 53))
    return whole >> 22, shift, whole & ((1 << 22) - 1)


def scale_real(x: np.ndarray, reals: np.ndarray) -> np.ndarray:
    """int64 sums times float64 factors, rounded half away from zero to int32: what LiteRT's FULLY_CONNECTED does."""
    return converted(round_half_away(x.astype(np.float64) * reals))


def reduced_multiplier(multiplier: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For sums of 64 bits: a multiplier of 16 bits, and by how much its product is shifted to the right, in [0, 63]."""
    return np.where(multiplier < 0x7FFF0000, (multiplier + (1 << 15)) >> 16, 0x7FFF), (15 - shift) & 63


def scale_int64(x: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """TFLite's ``MultiplyByQuantizedMultiplier`` of 48-bit sums (int16 activations): 16-bit multiplier, one rounding.

    Overwrites ``x`` (int64) and returns it. Shifts above 14, which C leaves undefined, are as on x86.
    """
    reduced, right = reduced_multiplier(multiplier, shift)
    x *= reduced
    x += np.int64(1) << ((right - 1) & 63)
    x >>= right
    return x


def requantize(
    sums: np.ndarray,
    bias: np.ndarray | None,
    scale: Scaling,
    zero_point: int,
    bounds: tuple[int, int],
    dtype: str,
) -> np.ndarray:
    """Sums (any numeric dtype that holds them exactly; channels last) -> outputs of ``dtype`` in the same shape.

    ``bias`` has one entry for each channel; ``bounds`` are inclusive.
    """
    channels = sums.shape[-1]
    rows = np.ascontiguousarray(sums).reshape(-1, channels)
    out = np.empty(rows.shape, dtype=dtype)
    sum_dtype = np.dtype("int64" if dtype == "int16" else "int32")  # wraps where the kernels' sums wrap
    block = max(1, _BLOCK_ELEMENTS // max(1, channels))
    for start in range(0, len(rows), block):
        x = rows[start : start + block].astype(np.int64).astype(sum_dtype)
        if bias is not None:
            x += bias
        scaled = scale(x.astype(np.int64)).astype(np.int32)
        np.clip(scaled + np.int32(zero_point), bounds[0], bounds[1], out=out[start : start + block], casting="unsafe")
    return out.reshape(sums.shape)
