"""GATHER: slices of a tensor along an axis, those that indices name.

Source: TFLite ``kernels/gather.cc`` and ``reference/gather.h``. Indices that are computed may lie outside of the axis;
LiteRT then stops, and here they count as the nearest end.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.picking import picked_needs, picking_limits
from mcu_lab.ops.regions import axis_attr, cut, normal_axis, number
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes


def axis_of(graph: Graph, op: Operator) -> int:
    return axis_attr(op, len(graph.tensors[op.inputs[0]].shape))


def batches_of(graph: Graph, op: Operator) -> int:
    """How many first axes the input and the indices have in common."""
    return normal_axis(int(number(op, "batch_dims", 0)), len(graph.tensors[op.inputs[1]].shape))


def _index_box(graph: Graph, op: Operator, box: Box) -> Box:
    axis, batches = axis_of(graph, op), batches_of(graph, op)
    own = len(graph.tensors[op.inputs[1]].shape) - batches
    return Box((*box.intervals[:batches], *box.intervals[axis : axis + own]))


def _data_box(graph: Graph, op: Operator, box: Box) -> Box:
    """Along the axis no more than constant indices name."""
    axis, indices = axis_of(graph, op), graph.tensors[op.inputs[1]]
    own = len(indices.shape) - batches_of(graph, op)
    along = Interval(0, graph.tensors[op.inputs[0]].shape[axis])
    if indices.is_const:
        named = cut(Region(Box.full(indices.shape), indices.array), _index_box(graph, op, box))
        along = Interval(int(named.min()), int(named.max()) + 1)
    return Box((*box.intervals[:axis], along, *box.intervals[axis + own :]))


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    axis, batches = axis_of(graph, op), batches_of(graph, op)
    source = _data_box(graph, op, box)
    values, indices = cut(regions[0], source), cut(regions[1], _index_box(graph, op, box))
    own = indices.ndim - batches
    between = tuple(1 for _ in range(axis - batches))
    behind = tuple(1 for _ in range(len(box) - axis - own))
    named = np.clip(indices, 0, graph.tensors[op.inputs[0]].shape[axis] - 1).astype(np.int64) - source[axis].lo
    named = named.reshape((*indices.shape[:batches], *between, *indices.shape[batches:], *behind))

    def along(a: int) -> np.ndarray:
        """Coordinates of the input's axis ``a``, as they lie in the output."""
        place = a if a < axis else a + own - 1
        return np.arange(values.shape[a]).reshape(tuple(-1 if i == place else 1 for i in range(len(box))))

    return (values[tuple(named if a == axis else along(a) for a in range(values.ndim))],)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if wrong := picking_limits(graph, op):
        return wrong
    x, indices, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    batches = number(op, "batch_dims", 0)
    axis = axis_of(graph, op)
    if not 0 <= axis < len(x.shape):
        return (f"axis is {op.attrs.get('axis')!r}, which is not one of the input's {len(x.shape)} axes.",)
    if batches != batches or not 0 <= batches_of(graph, op) <= min(axis, len(indices.shape)):
        return (f"batch_dims is {op.attrs.get('batch_dims')!r} for axis {axis} and {list(indices.shape)} indices.",)
    common = batches_of(graph, op)
    expected = (*x.shape[:axis], *indices.shape[common:], *x.shape[axis + 1 :])
    if x.shape[:common] != indices.shape[:common] or y.shape != expected:
        return (f"{list(x.shape)} by {list(indices.shape)} indices gives {list(expected)}, not {list(y.shape)}.",)
    if indices.is_const and not (int(indices.array.min()) >= 0 and int(indices.array.max()) < x.shape[axis]):
        return (f"its indices reach beyond the {x.shape[axis]} elements of axis {axis}.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    x, indices, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    return {
        "data_rank": len(x.shape), "index_rank": len(indices.shape), "out_rank": len(y.shape),
        "axis": axis_of(graph, op), "batches": batches_of(graph, op), "length": x.shape[axis_of(graph, op)],
        "index_bytes": indices.element_bytes,
    }  # fmt: skip


SPEC = OpSpec(
    kind="GATHER",
    dtypes=LISTED,
    needs=picked_needs(_data_box, _index_box),
    compute=compute,
    notes="Indices int16, int32 or int64; computed ones beyond the axis count as its nearest end.",
    limits=limits,
    c_kernel="pick",
    c_params=c_params,
)
