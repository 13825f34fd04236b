"""TOPK_V2: the k greatest elements of each row along the last axis, greatest first, and where they are.

Of equal ones the first comes first; what is not a number comes last.
Source: TFLite ``kernels/topk_v2.cc``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import bounding_box, constant, cut
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes

_DTYPES = ("int8", "uint8", "int16", "int32", "int64", "float32")


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = bounding_box(writes)
    if box is None:
        return None, None
    return box.replaced(len(box) - 1, Interval(0, graph.tensors[op.inputs[0]].shape[-1])), None


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    whole = needs(graph, op, writes, None)[0]
    assert whole is not None
    values = cut(regions[0], whole)
    # From the last to the first: a stable sort of descending values, without a negative that overflows.
    backwards = np.flip(values, -1)
    order = np.flip(np.argsort(backwards, axis=-1, kind="stable"), -1)
    if values.dtype.kind == "f":  # numpy puts what is not a number last, and so here first
        absent = np.take_along_axis(np.isnan(backwards), order, -1)
        order = np.take_along_axis(order, np.argsort(absent, axis=-1, kind="stable"), -1)
    places = values.shape[-1] - 1 - order
    made = (np.take_along_axis(values, places, -1), places.astype(np.int32))

    def part(box: Box | None, of: np.ndarray) -> np.ndarray | None:
        return None if box is None else np.ascontiguousarray(of[box.within(whole)])

    return tuple(part(box, of) for box, of in zip(writes, made, strict=True))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 2:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and two are expected.",)
    x, values, places = (graph.tensors[t] for t in (op.inputs[0], *op.outputs))
    if x.dtype not in _DTYPES or values.dtype != x.dtype or places.dtype != "int32":
        return (f"it goes from {x.dtype} to {values.dtype} and {places.dtype}; the same and int32 are supported.",)
    given = constant(graph, op, 1)
    if given is None or given.size != 1:
        return ("how many it takes is not one constant integer.",)
    k = int(given.reshape(-1)[0])
    if not x.shape or not 0 < k <= x.shape[-1]:
        return (f"it takes {k} of {list(x.shape)}.",)
    expected = (*x.shape[:-1], k)
    if values.shape != expected or places.shape != expected:
        return (f"its outputs are {list(values.shape)} and {list(places.shape)}; {list(expected)} are expected.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    return {"length": graph.tensors[op.inputs[0]].shape[-1]}


SPEC = OpSpec(
    kind="TOPK_V2",
    dtypes=_DTYPES,
    needs=needs,
    compute=compute,
    notes="A constant number of them, places in int32. The last axis is needed whole.",
    limits=limits,
    c_kernel="topk_v2",
    c_params=c_params,
)
