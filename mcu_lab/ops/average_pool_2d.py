"""AVERAGE_POOL_2D: the mean of each window over the positions inside the input, rounded half away from zero."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.pool import DTYPES, c_params, clamp, limits, needs, pool_taps, pool_windows
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes
from mcu_lab.ops.window import Window


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
    rows, columns = pool_windows(graph, op)
    count = (_counts(rows, box[1])[:, None] * _counts(columns, box[2]))[None, :, :, None]
    is_float = region.values.dtype.kind == "f"
    taps = pool_taps(graph, op, box, region, 0, np.dtype(np.float32 if is_float else np.int32))
    total = taps[0].copy()
    for tap in taps[1:]:
        total += tap
    if is_float:
        return (clamp(graph, op, total / count.astype(np.float32)),)
    # C's division truncates, so half the count is added on the far side of zero.
    mean = np.sign(total) * ((np.abs(total) + count // 2) // count)
    return (clamp(graph, op, mean),)


SPEC = OpSpec(
    kind="AVERAGE_POOL_2D",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    c_kernel="average_pool_2d",
    c_params=c_params,
)
