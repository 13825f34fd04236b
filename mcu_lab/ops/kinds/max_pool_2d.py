"""MAX_POOL_2D: the largest value in each window; padding never wins."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.pool import DTYPES, c_params, clamp, limits, needs, pool_taps
from mcu_lab.ops.spec import WINDOW_FORMS, OpSpec, Region, WriteBoxes


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, region = writes[0], regions[0]
    if box is None:
        return (None,)
    assert region
    dtype = region.values.dtype
    lowest = float(np.finfo(dtype).min) if dtype.kind == "f" else int(np.iinfo(dtype).min)
    largest = np.full(box.shape, lowest, dtype)
    for tap in pool_taps(graph, op, box, region, lowest, dtype):
        np.fmax(largest, tap, out=largest)  # which prefers any number to a NaN
    return (clamp(graph, op, largest),)


SPEC = OpSpec(
    kind="MAX_POOL_2D",
    dtypes=DTYPES,
    needs=needs,
    compute=compute,
    limits=limits,
    c_kernel="max_pool_2d",
    forms=WINDOW_FORMS,
    c_params=c_params,
)
