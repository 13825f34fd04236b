"""QUANTIZE: float32 -> int8, uint8 or int16, and from one quantization to another.

Source: TFLite ``kernels/quantize.cc``, ``reference/quantize.h`` (AffineQuantize) and ``reference/requantize.h``.
Where ``x / scale`` is no int32, C leaves the conversion undefined; it becomes INT32_MIN, as on LiteRT's x86.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.fixed_point import converted, multiply_by_quantized_multiplier, quantize_multiplier, wrapped
from mcu_lab.numerics.lut import byte_values, dtype_range, look_up, round_half_away
from mcu_lab.ops.elementwise import in_place_slots
from mcu_lab.ops.product import zero_point
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes

#: Pairs of (input dtype, output dtype) that are executed.
CONVERSIONS = (
    ("float32", "int8"), ("float32", "uint8"), ("float32", "int16"),
    ("int8", "int8"), ("int8", "uint8"), ("uint8", "int8"), ("uint8", "uint8"), ("int8", "int16"), ("uint8", "int16"),
    ("int16", "int8"), ("int16", "int16"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16"),
)  # fmt: skip


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if (x.dtype, y.dtype) not in CONVERSIONS:
        return (f"{x.dtype} to {y.dtype} is not supported.",)
    found = [
        f"{t.name!r} needs one scale above 0 and one zero point for the whole tensor."
        for t in (x, y)
        if t.dtype != "float32" and not (t.quant and len(t.quant.scales) == 1 and t.quant.scale > 0)
    ]
    if x.shape != y.shape:
        found.append(f"the input has shape {list(x.shape)} but the output {list(y.shape)}.")
    if not found and x.dtype == y.dtype == "int16" and (zero_point(x) or zero_point(y)):
        found.append(f"its zero points are {zero_point(x)} and {zero_point(y)}; LiteRT accepts only 0 between int16.")
    return tuple(found)


def _by_table(x: Tensor, y: Tensor) -> bool:
    return x.element_bytes == y.element_bytes == 1


def requantized(values: np.ndarray, x: Tensor, y: Tensor) -> np.ndarray:
    """int64 stored values of ``x`` -> stored values of ``y``."""
    assert x.quant and y.quant
    multiplier = quantize_multiplier(x.quant.scale / y.quant.scale)
    scaled = multiply_by_quantized_multiplier(wrapped(values - x.quant.zero_point), *multiplier)
    return np.clip(wrapped(scaled + y.quant.zero_point), *dtype_range(y.dtype)).astype(y.dtype)


def table(graph: Graph, op: Operator) -> np.ndarray:
    """The output value of each input byte, for 8-bit inputs."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    return requantized(byte_values(x.dtype), x, y)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    values = cut(regions[0], writes[0])
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if _by_table(x, y):
        return (look_up(table(graph, op), values),)
    if x.dtype != "float32":
        return (requantized(values.astype(np.int64), x, y),)
    assert y.quant
    whole = converted(round_half_away(values / np.float32(y.quant.scale)))
    return (np.clip(wrapped(whole + y.quant.zero_point), *dtype_range(y.dtype)).astype(y.dtype),)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if _by_table(x, y):
        return {"table": table(graph, op).view(np.uint8)}
    assert y.quant
    lo, hi = dtype_range(y.dtype)
    fields = {"zero_point": y.quant.zero_point, "act_min": lo, "act_max": hi}
    if x.dtype == "float32":
        return {**fields, "scale": y.quant.scale}
    assert x.quant
    multiplier, shift = quantize_multiplier(x.quant.scale / y.quant.scale)
    return {
        **fields,
        "input_offset": int(wrapped(np.array(-x.quant.zero_point))),
        "multiplier": multiplier,
        "shift": shift,
    }


SPEC = OpSpec(
    kind="QUANTIZE",
    dtypes=("int8", "uint8", "int16", "int32", "float32"),
    needs=same_box,
    compute=compute,
    notes=(
        "float32 to int8, uint8, int16; int8, uint8 to each other and to int16; int16 to int8, int16, int32; "
        "int32 to int8, int16."
    ),
    limits=limits,
    access=Access.ELEMENTS,
    in_place=in_place_slots,
    c_kernel="quantize",
    c_params=c_params,
)
