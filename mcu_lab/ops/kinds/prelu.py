"""PRELU: x where it is not below 0, else x times a slope of its own.

Source: TFLite ``reference/prelu.h`` and ``kernels/activations.cc``, PreluPrepare (quotients of scales are float32).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.ops.binary import QUANTIZED, broadcast_params, quant_of, tensors_of
from mcu_lab.ops.elementwise import quantization_limits, symmetric_limits
from mcu_lab.ops.meeting import meeting_spec


def multipliers(graph: Graph, op: Operator) -> tuple[tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) above 0 and below."""
    x, slope, out = (np.float32(quant_of(t).scale) for t in tensors_of(graph, op))
    with np.errstate(all="ignore"):
        return quantize_multiplier(float(x / out)), quantize_multiplier(float(x * slope / out))


def meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return np.where(x >= 0, x, x * y)
    above, below = multipliers(graph, op)
    value = x.astype(np.int64) - quant_of(a).zero_point
    product = value * (y.astype(np.int64) - quant_of(b).zero_point)
    scaled = np.where(
        value >= 0, multiply_by_quantized_multiplier(value, *above), multiply_by_quantized_multiplier(product, *below)
    )
    return np.clip(wrapped(scaled + quant_of(out).zero_point), *dtype_range(out.dtype))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are supported.",)
    x, slope, out = tensors_of(graph, op)
    wanted = "int8" if x.dtype == "int16" else x.dtype
    if out.dtype != x.dtype or slope.dtype != wanted:
        return (f"it has {x.dtype}, {slope.dtype} and {out.dtype}; the slopes of {x.dtype} must be {wanted}.",)
    padded = (1,) * (len(x.shape) - len(slope.shape)) + slope.shape
    if (
        out.shape != x.shape
        or len(padded) != len(x.shape)
        or any(n not in (1, m) for n, m in zip(padded, x.shape, strict=True))
    ):
        return (f"slopes of shape {list(slope.shape)} cannot be repeated to {list(x.shape)}, its input's shape.",)
    return (*quantization_limits(graph, op), *symmetric_limits(graph, op))


def params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    found = broadcast_params(graph, op)
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return found
    above, below = multipliers(graph, op)
    least, most = dtype_range(out.dtype)
    return {
        **found,
        "a_multiplier": above[0], "a_shift": above[1], "out_multiplier": below[0], "out_shift": below[1],
        "a_offset": -quant_of(a).zero_point, "b_offset": -quant_of(b).zero_point,
        "out_offset": quant_of(out).zero_point, "act_min": least, "act_max": most,
    }  # fmt: skip


SPEC = meeting_spec(
    "PRELU", ("int8", "uint8", "int16", "float32"), meet, limits, params, "Slopes are int8 where activations are int16."
)
