"""GATHER_ND: slices of a tensor that indices along several of its first axes name.

Source: TFLite ``kernels/gather_nd.cc`` and ``reference_ops.h``, GatherNd. Computed indices that lie outside of an axis
count as its nearest end, where LiteRT stops.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.picking import picked_needs, picking_limits
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes


def _index_box(graph: Graph, op: Operator, box: Box) -> Box:
    shape = graph.tensors[op.inputs[1]].shape
    return Box((*box.intervals[: len(shape) - 1], Interval(0, shape[-1])))


def _data_box(graph: Graph, op: Operator, box: Box) -> Box:
    """Along the indexed axes no more than constant indices name."""
    data, indices = (graph.tensors[t] for t in op.inputs)
    rest, depth = box.intervals[len(indices.shape) - 1 :], indices.shape[-1]
    if not indices.is_const:
        return Box((*(Interval(0, n) for n in data.shape[:depth]), *rest))
    named = cut(Region(Box.full(indices.shape), indices.array), _index_box(graph, op, box)).reshape(-1, depth)
    along = (Interval(int(lo), int(hi) + 1) for lo, hi in zip(named.min(axis=0), named.max(axis=0), strict=True))
    return Box((*along, *rest))


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    source, shape = _data_box(graph, op, box), graph.tensors[op.inputs[0]].shape
    values, indices = cut(regions[0], source), cut(regions[1], _index_box(graph, op, box))
    depth = indices.shape[-1]
    named = [
        np.clip(indices[..., k], 0, shape[k] - 1).astype(np.int64) - source[k].lo for k in range(depth)
    ]  # fmt: skip
    return (values[tuple(named)],)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if wrong := picking_limits(graph, op):
        return wrong
    x, indices, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    if not indices.shape or not 1 <= indices.shape[-1] <= len(x.shape):
        return (f"indices of shape {list(indices.shape)} do not name places in {list(x.shape)}.",)
    depth = indices.shape[-1]
    expected = (*indices.shape[:-1], *x.shape[depth:])
    if y.shape != expected:
        return (f"{list(x.shape)} by {list(indices.shape)} indices gives {list(expected)}, not {list(y.shape)}.",)
    if indices.is_const and ((indices.array < 0) | (indices.array >= np.array(x.shape[:depth]))).any():
        return (f"its indices reach beyond {list(x.shape[:depth])}.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, indices = (graph.tensors[t] for t in op.inputs)
    return {
        "data_rank": len(x.shape), "index_rank": len(indices.shape), "depth": indices.shape[-1],
        "lengths": np.array(x.shape[: indices.shape[-1]], np.int32), "index_bytes": indices.element_bytes,
    }  # fmt: skip


SPEC = OpSpec(
    kind="GATHER_ND",
    dtypes=LISTED,
    needs=picked_needs(_data_box, _index_box),
    compute=compute,
    notes="Indices int16, int32 or int64; computed ones beyond an axis count as its nearest end.",
    limits=limits,
    c_kernel="pick_nd",
    c_params=c_params,
)
