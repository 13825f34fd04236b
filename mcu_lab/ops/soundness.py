"""What every operator may take for granted of its tensors, so that its own limits need not ask again."""

from __future__ import annotations

from math import isfinite

from mcu_lab.graph.ir import ELEMENT_BYTES, Tensor
from mcu_lab.numerics.lut import dtype_range

#: Scales beyond this, or its inverse, are damage: products of two of them would leave float32.
MOST_SCALE = 1e12
_QUANTIZED = ("int8", "uint8", "int16", "int32")


def tensor_reasons(tensor: Tensor) -> tuple[str, ...]:
    """Why no operator can use a tensor: free dimensions, nothing in an activation, too much or little data, impossible
    quantization.
    """
    if any(n < (0 if tensor.is_const else 1) for n in tensor.shape):
        return (f"{tensor.name!r} has the shape {list(tensor.shape)}.",)
    if tensor.data is not None and (tensor.dtype not in ELEMENT_BYTES or len(tensor.data) != tensor.bytes):
        return (
            f"the constant {tensor.name!r} is {tensor.dtype} {list(tensor.shape)}, but has {len(tensor.data)} bytes.",
        )
    return _quantization_reasons(tensor) if tensor.quant else ()


def _quantization_reasons(tensor: Tensor) -> tuple[str, ...]:
    quant = tensor.quant
    assert quant
    if not quant.scales or len(quant.zero_points) != len(quant.scales):
        counts = f"{len(quant.scales)} scales and {len(quant.zero_points)} zero points"
        return (f"{tensor.name!r} has {counts}.",)
    # A weight's scale is 0 where a whole channel is 0, and below 0 where a factor below 0 was folded into it.
    least = -MOST_SCALE if tensor.is_const else 1 / MOST_SCALE
    # min and max pass a NaN by, a sum does not.
    if not (isfinite(sum(quant.scales)) and least <= min(quant.scales) and max(quant.scales) <= MOST_SCALE):
        bad = next(s for s in quant.scales if not (isfinite(s) and least <= s <= MOST_SCALE))
        return (f"{tensor.name!r} has the scale {bad:g}.",)
    if tensor.dtype in _QUANTIZED:
        lo, hi = dtype_range(tensor.dtype)
        least_zero, most_zero = min(quant.zero_points), max(quant.zero_points)
        if least_zero < lo or most_zero > hi:
            outside = least_zero if least_zero < lo else most_zero
            return (f"{tensor.name!r} has the zero point {outside}, which is not {tensor.dtype}.",)
    return ()
