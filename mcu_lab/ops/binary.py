"""ADD, SUB and MUL differ only in how two operands meet; everything else about them is here.

Sources: TFLite ``kernels/add.cc``, ``sub.cc``, ``mul.cc`` (Prepare) and their headers in
``kernels/internal/reference``. int8 and uint8 share one arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import byte_values
from mcu_lab.numerics.requantize import (
    ACTIVATIONS,
    activation_fits,
    float_activation_range,
    quantized_activation_range,
    scale_int32,
)
from mcu_lab.ops.elementwise import broadcast_limits, operand_box, quantization_limits
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Region, WriteBoxes

DTYPES = ("int8", "uint8", "float32", "int32")
#: Bits by which sums are scaled up before they are rescaled, so that little is lost to rounding.
LEFT_SHIFT = 20

Meet = Callable[[np.ndarray, np.ndarray], np.ndarray]


def tensors_of(graph: Graph, op: Operator) -> tuple[Tensor, Tensor, Tensor]:
    """Both operands and the output."""
    a, b = (graph.tensors[t] for t in op.inputs)
    return a, b, graph.tensors[op.outputs[0]]


def quant_of(tensor: Tensor) -> Quant:
    """The quantization of a tensor that passed the operator's limits."""
    assert tensor.quant is not None
    return tensor.quant


def activation_of(op: Operator) -> str:
    return str(op.attrs.get("fused_activation_function", "NONE"))


def binary_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons that hold for all three operators."""
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are supported.",)
    found = [*broadcast_limits(graph, op), *quantization_limits(graph, op)]
    if activation_of(op) not in ACTIVATIONS:
        found.append(f"fused_activation_function is {activation_of(op)}; only {', '.join(ACTIVATIONS)} are supported.")
    if found or graph.tensors[op.outputs[0]].dtype not in ("int8", "uint8"):
        return tuple(found)
    scale = quant_of(graph.tensors[op.outputs[0]]).scale
    if activation_fits(activation_of(op), scale):
        return ()
    return (f"the output scale is {scale:g}; the bounds of {activation_of(op)} would not fit in an int32.",)


def sum_multipliers(a: float, b: float, out: float) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) of both operands and of their sum, for ADD and SUB on 8-bit tensors of these scales."""
    twice_largest = 2.0 * max(a, b)
    return (
        quantize_multiplier(a / twice_largest),
        quantize_multiplier(b / twice_largest),
        quantize_multiplier(twice_largest / ((1 << LEFT_SHIFT) * out)),
    )


def sum_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """:func:`binary_limits`, and the range of scales that ADD's and SUB's fixed-point arithmetic can express."""
    found = binary_limits(graph, op)
    if found or graph.tensors[op.outputs[0]].dtype not in ("int8", "uint8"):
        return found
    a, b, out = (quant_of(t).scale for t in tensors_of(graph, op))
    _, (_, shift) = sum_multipliers(a, b, out)[1:]
    return () if shift <= 0 else (f"the input scales {a:g} and {b:g} are too large for the output scale {out:g}.",)


@lru_cache(maxsize=1024)
def scaled_operand(dtype: str, zero_point: int, multiplier: tuple[int, int]) -> np.ndarray:
    """int64[256], indexed by byte: an operand of ADD or SUB on the common scale of the sum."""
    return multiply_by_quantized_multiplier((byte_values(dtype) - zero_point) << LEFT_SHIFT, *multiplier)


def compute_sum(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...], meet: Meet
) -> np.ndarray:
    """``meet(a, b)`` for ADD and SUB, in any of :data:`DTYPES`."""
    a, b, out = tensors_of(graph, op)
    x, y = operands(graph, op, writes, regions)
    if out.dtype not in ("int8", "uint8"):
        return clamped(meet(x, y), op, out.dtype)
    multipliers = sum_multipliers(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale)
    left = scaled_operand(a.dtype, quant_of(a).zero_point, multipliers[0])[x.view(np.uint8)]
    right = scaled_operand(b.dtype, quant_of(b).zero_point, multipliers[1])[y.view(np.uint8)]
    return requantized(meet(left, right), multipliers[2], out, activation_of(op))


def operands(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The values of both operands that meet in the output box, still to be broadcast."""
    box = writes[0]
    assert box is not None
    a, b, _ = tensors_of(graph, op)
    return (
        cut(regions[0], operand_box(a.shape, box)),
        cut(regions[1], operand_box(b.shape, box)),
    )


def requantized(values: np.ndarray, multiplier: tuple[int, int], out: Tensor, activation: str) -> np.ndarray:
    """int32 values held as int64 -> the output's 8-bit dtype, rescaled, offset and clamped. Overwrites ``values``."""
    quant = quant_of(out)
    lo, hi = quantized_activation_range(activation, out.dtype, quant.scale, quant.zero_point)
    scaled = scale_int32(np.atleast_1d(values), np.array([multiplier[0]]), np.array([multiplier[1]]))
    return np.clip(wrapped(scaled + quant.zero_point), lo, hi).astype(out.dtype).reshape(values.shape)


def clamped(values: np.ndarray, op: Operator, dtype: str) -> np.ndarray:
    """Unquantized results behind the fused activation."""
    lo, hi = float_activation_range(activation_of(op))
    return np.clip(values, lo, hi).astype(dtype)


def shared_params(graph: Graph, op: Operator) -> dict[str, int | float]:
    """Fields of the C parameter struct that ADD, SUB and MUL fill in alike."""
    a, b, out = tensors_of(graph, op)
    found: dict[str, int | float] = {
        "a_broadcast": broadcast_bits(a.shape, out.shape),
        "b_broadcast": broadcast_bits(b.shape, out.shape),
    }
    if out.dtype == "float32":
        lo, hi = float_activation_range(activation_of(op))
        return found | {"real_min": float(lo), "real_max": float(hi)}
    quant = quant_of(out)
    lo, hi = quantized_activation_range(activation_of(op), out.dtype, quant.scale, quant.zero_point)
    return found | {
        "a_offset": -quant_of(a).zero_point,
        "b_offset": -quant_of(b).zero_point,
        "out_offset": quant.zero_point,
        "act_min": lo,
        "act_max": hi,
    }


def sum_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    """C parameters of ADD and SUB."""
    found: dict[str, int | float | np.ndarray] = {**shared_params(graph, op)}
    a, b, out = tensors_of(graph, op)
    if out.dtype in ("int8", "uint8"):
        pairs = sum_multipliers(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale)
        for name, (multiplier, shift) in zip(("a", "b", "out"), pairs, strict=True):
            found |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    return found


def broadcast_bits(shape: tuple[int, ...], out: tuple[int, ...]) -> int:
    """Bit k is set when an operand of ``shape`` is repeated along the k-th axis from the last."""
    padded = (*(1 for _ in range(len(out) - len(shape))), *shape)
    return sum(1 << k for k, (n, m) in enumerate(zip(reversed(padded), reversed(out), strict=True)) if n != m)
