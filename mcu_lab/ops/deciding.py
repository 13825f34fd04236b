"""REDUCE_ANY and REDUCE_ALL of booleans."""

from __future__ import annotations

from functools import partial

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.reduce import addends, needs, reduce_limits, reduce_params
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes

DTYPES = ("bool",)


def deciding_spec(kind: str, joined: np.ufunc) -> OpSpec:
    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box, region = writes[0], regions[0]
        if box is None:
            return (None,)
        assert region
        return (joined.reduce(addends(graph, op, box, region, None, np.dtype(bool)), axis=0),)

    return OpSpec(
        kind=kind,
        dtypes=DTYPES,
        needs=needs,
        compute=compute,
        limits=partial(reduce_limits, dtypes=DTYPES),
        c_kernel=kind.lower(),
        c_params=reduce_params,
    )
