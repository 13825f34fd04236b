"""CAST: elements of one dtype as another.

Source: TFLite ``kernels/cast.cc``. Integers wrap; floats are cut off behind the point and end at the dtype's ends, NaNs
at its greatest.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.elementwise import in_place_slots
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes


def whole(values: np.ndarray, dtype: str) -> np.ndarray:
    """float32 values as integers."""
    info = np.iinfo(dtype)
    most = np.float32(float(info.max) + 1)  # a power of two
    inside = (values > info.min) & (values < most)
    cut_off = np.where(inside, values, 0).astype(dtype)
    return np.where(inside, cut_off, np.where(values < 0, info.min, info.max).astype(dtype))


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    values, dtype = cut(regions[0], writes[0]), graph.tensors[op.outputs[0]].dtype
    if dtype == "bool":
        return (values != 0,)
    if values.dtype == np.float32 and dtype != "float32":
        return (whole(values, dtype),)
    return (values.astype(dtype),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.shape != y.shape:
        return (f"the input has shape {list(x.shape)} but the output {list(y.shape)}.",)
    return () if x.dtype in MOVED else (f"{x.dtype} to {y.dtype} is not supported.",)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    return {"from_dtype": MOVED.index(x.dtype), "to_dtype": MOVED.index(y.dtype)}


SPEC = OpSpec(
    kind="CAST",
    dtypes=MOVED,
    needs=same_box,
    compute=compute,
    notes="Any of these to any other.",
    limits=limits,
    access=Access.ELEMENTS,
    in_place=in_place_slots,
    c_kernel="cast",
    c_params=c_params,
)
