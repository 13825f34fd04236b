"""ADD, SUB and MUL differ only in how two operands meet; everything else about them is here.

Sources: TFLite ``kernels/add.cc``, ``sub.cc``, ``mul.cc`` (Prepare) and their headers in
``kernels/internal/reference``. int8 and uint8 share one arithmetic.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Quant, Tensor
from mcu_lab.numerics.fixed_point import (
    wrapped,
)
from mcu_lab.numerics.lut import dtype_range
from mcu_lab.numerics.requantize import (
    ACTIVATIONS,
    activation_fits,
    float_activation_range,
    quantized_activation_range,
    scale_int32,
)
from mcu_lab.ops.elementwise import broadcast_limits, operand_box, quantization_limits, symmetric_limits
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Region, WriteBoxes

DTYPES = ("int8", "uint8", "int16", "float32", "int32")
#: What the table of supported operators says of those with a fused activation.
ACTIVATED = "Broadcasting, fused activations; operands may be constants."
QUANTIZED = ("int8", "uint8", "int16")


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


def pair_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons that hold for every operator of two operands of one dtype."""
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are supported.",)
    return broadcast_limits(graph, op)


def binary_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons that hold where quantized operands meet, and a fused activation follows."""
    found = [*pair_limits(graph, op)]
    if found:
        return tuple(found)
    found = [*quantization_limits(graph, op), *symmetric_limits(graph, op)]
    if activation_of(op) not in ACTIVATIONS:
        found.append(f"fused_activation_function is {activation_of(op)}; only {', '.join(ACTIVATIONS)} are supported.")
    if found or graph.tensors[op.outputs[0]].dtype not in QUANTIZED:
        return tuple(found)
    scale = quant_of(graph.tensors[op.outputs[0]]).scale
    if activation_fits(activation_of(op), scale):
        return ()
    return (f"the output scale is {scale:g}; the bounds of {activation_of(op)} would not fit in an int32.",)


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
    """int32 values held as int64 -> the output's dtype, rescaled, offset and clamped. Overwrites ``values``."""
    quant = quant_of(out)
    lo, hi = quantized_activation_range(activation, out.dtype, quant.scale, quant.zero_point)
    scaled = scale_int32(np.atleast_1d(values), np.array([multiplier[0]]), np.array([multiplier[1]]))
    return np.clip(wrapped(scaled + quant.zero_point), lo, hi).astype(out.dtype).reshape(values.shape)


def bounds(op: Operator, out: Tensor) -> tuple[int, int]:
    """Inclusive bounds of the stored values of an integer output."""
    if out.dtype == "int32":
        lo, hi = float_activation_range(activation_of(op))
        least, most = dtype_range("int32")
        return int(max(lo, least)), int(min(hi, most))
    quant = quant_of(out)
    return quantized_activation_range(activation_of(op), out.dtype, quant.scale, quant.zero_point)


def clamped(values: np.ndarray, op: Operator, dtype: str) -> np.ndarray:
    """Unquantized results behind the fused activation."""
    lo, hi = float_activation_range(activation_of(op))
    return np.clip(values, lo, hi).astype(dtype)


def shared_params(graph: Graph, op: Operator) -> dict[str, int | float]:
    """Fields of the C parameter struct that operators with a fused activation fill in alike."""
    a, b, out = tensors_of(graph, op)
    found = broadcast_params(graph, op)
    if out.dtype == "float32":
        least, most = float_activation_range(activation_of(op))
        return found | {"real_min": float(least), "real_max": float(most)}
    lo, hi = bounds(op, out)
    found |= {"act_min": lo, "act_max": hi}
    if out.dtype == "int32":
        return found
    return found | {
        "a_offset": -quant_of(a).zero_point,
        "b_offset": -quant_of(b).zero_point,
        "out_offset": quant_of(out).zero_point,
    }


def broadcast_params(graph: Graph, op: Operator) -> dict[str, int | float]:
    """Fields of the C parameter struct that say how operands are repeated."""
    a, b, out = tensors_of(graph, op)
    return {"a_broadcast": broadcast_bits(a.shape, out.shape), "b_broadcast": broadcast_bits(b.shape, out.shape)}


def broadcast_bits(shape: tuple[int, ...], out: tuple[int, ...]) -> int:
    """Bit k is set when an operand of ``shape`` is repeated along the k-th axis from the last."""
    padded = (*(1 for _ in range(len(out) - len(shape))), *shape)
    return sum(1 << k for k, (n, m) in enumerate(zip(reversed(padded), reversed(out), strict=True)) if n != m)
