"""AVERAGE_POOL_2D: the mean of each window over the positions inside the input, rounded half away from zero."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.pool import DTYPES, c_params, clamp, limits, needs, pool_taps, pool_windows
from mcu_lab.ops.product import require_int32_sums, sums_fit
from mcu_lab.ops.spec import WINDOW_FORMS, OpSpec, Region, WriteBoxes
from mcu_lab.ops.window import Window, padded, patches

_ONE_ROW = Window(size=1, stride=1, dilation=1, before=0, inside=Interval(0, 1))


def _counts(window: Window, out: Interval) -> np.ndarray:
    """How many positions of each output's window lie inside the input."""
    return np.array([len(window.valid(o)) for o in range(out.lo, out.hi)])


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, region = writes[0], regions[0]
    if box is None:
        return (None,)
    assert region
    is_float = region.values.dtype.kind == "f"
    taps = pool_taps(graph, op, box, region, 0, np.dtype(np.float32 if is_float else np.int32))
    total = taps[0].copy()
    for tap in taps[1:]:
        total += tap
    if is_float:
        return (clamp(graph, op, total / _positions(graph, op, box).astype(np.float32)),)
    return (finish(graph, op, box, total, regions),)


def _positions(graph: Graph, op: Operator, box: Box) -> np.ndarray:
    """The number of positions under each window, to be broadcast over the output box."""
    rows, columns = pool_windows(graph, op)
    return (_counts(rows, box[1])[:, None] * _counts(columns, box[2]))[None, :, :, None]


def finish(graph: Graph, op: Operator, box: Box, sums: np.ndarray, regions: tuple[Region | None, ...]) -> np.ndarray:
    count = _positions(graph, op, box)
    # C's division truncates, so half the count is added on the far side of zero.
    return clamp(graph, op, np.sign(sums) * ((np.abs(sums) + count // 2) // count))


def reduce_axis(graph: Graph, op: Operator) -> int | None:
    """Rows, where there is one row of windows and it covers all of them."""
    rows, _ = pool_windows(graph, op)
    one = graph.tensors[op.outputs[0]].shape[1] == 1
    return 1 if one and len(rows.valid(0)) == len(rows.inside) and _sums_fit(graph, op) else None


def _sums_fit(graph: Graph, op: Operator) -> bool:
    rows, columns = pool_windows(graph, op)
    return sums_fit(graph.tensors[op.inputs[0]].dtype, rows.size * columns.size)


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, _sums_fit(graph, op))
    assert regions[0]
    _, columns = pool_windows(graph, op)
    part = Box((box[0], reduce, columns.reach(box[2]), box[3]))
    row = padded(regions[0], part, 0, np.dtype(np.int32)).sum(axis=1, dtype=np.int32, keepdims=True)
    return patches(row, _ONE_ROW, columns, (1, len(box[2]))).sum(axis=(3, 4), dtype=np.int32)


SPEC = OpSpec(
    kind="AVERAGE_POOL_2D",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    accumulate=accumulate,
    reduce_axis=reduce_axis,
    finish=finish,
    c_kernel="average_pool_2d",
    forms=WINDOW_FORMS,
    c_params=c_params,
)
