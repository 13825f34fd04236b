"""What every operator may take for granted of its tensors, so that its own limits need not ask again."""

from __future__ import annotations

from math import isfinite

import numpy as np

from mcu_lab.graph.ir import ELEMENT_BYTES, Tensor

#: Scales beyond this, or its inverse, are damage: products of two of them would leave float32.
MOST_SCALE = 1e12
_QUANTIZED = ("int8", "uint8", "int16")


def tensor_reasons(tensor: Tensor) -> tuple[str, ...]:
    """Why no operator can use a tensor: empty or free dimensions, wrong amount of data, impossible quantization."""
    if any(n < 1 for n in tensor.shape):
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
    # A weight's scale is 0 where a whole channel is 0.
    least = 0.0 if tensor.is_const else 1 / MOST_SCALE
    bad = next((s for s in quant.scales if not (isfinite(s) and least <= s <= MOST_SCALE)), None)
    if bad is not None:
        return (f"{tensor.name!r} has the scale {bad:g}.",)
    if tensor.dtype in _QUANTIZED:
        info = np.iinfo(tensor.dtype)
        outside = next((z for z in quant.zero_points if not info.min <= z <= info.max), None)
        if outside is not None:
            return (f"{tensor.name!r} has the zero point {outside}, which is not {tensor.dtype}.",)
    return ()
