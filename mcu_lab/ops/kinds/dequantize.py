"""DEQUANTIZE: int8, uint8, int16 or float16 -> float32.

Source: TFLite ``kernels/dequantize.h``. The product of a 24-bit scale and a 17-bit difference is exact in double, so
that forming it in float32 gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype not in ("int8", "uint8", "int16", "float16") or y.dtype != "float32":
        return (f"{x.dtype} to {y.dtype} is not supported.",)
    found = []
    if x.dtype != "float16" and (x.quant is None or len(x.quant.scales) != 1):
        found.append(f"{x.name!r} needs one scale and one zero point for the whole tensor.")
    elif x.dtype == "int16" and x.quant and x.quant.zero_point:
        found.append(f"{x.name!r} is int16 with the zero point {x.quant.zero_point}; LiteRT accepts only 0.")
    if x.shape != y.shape:
        found.append(f"the input has shape {list(x.shape)} but the output {list(y.shape)}.")
    return tuple(found)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    values = cut(regions[0], writes[0])
    x = graph.tensors[op.inputs[0]]
    if x.dtype == "float16":
        return (values.astype(np.float32),)
    assert x.quant
    centred = values.astype(np.int32) - x.quant.zero_point
    return (centred.astype(np.float32) * np.float32(x.quant.scale),)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x = graph.tensors[op.inputs[0]]
    if x.dtype == "float16":
        return {"scale": 1.0, "zero_point": 0}  # unused
    assert x.quant
    return {"scale": x.quant.scale, "zero_point": x.quant.zero_point}


SPEC = OpSpec(
    kind="DEQUANTIZE",
    dtypes=("int8", "uint8", "int16", "float16", "float32"),
    needs=same_box,
    compute=compute,
    notes="int8, uint8, int16, float16 to float32.",
    limits=limits,
    access=Access.ELEMENTS,
    c_kernel="dequantize",
    c_params=c_params,
)
