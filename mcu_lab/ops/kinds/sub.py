"""SUB: the difference of two tensors, broadcast against each other."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import DTYPES
from mcu_lab.ops.elementwise import broadcast_needs, in_place_slots
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes
from mcu_lab.ops.sums import compute_sum, sum_limits, sum_params


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    return (compute_sum(graph, op, writes, regions, np.subtract),)


SPEC = OpSpec(
    kind="SUB",
    dtypes=DTYPES,
    needs=broadcast_needs,
    compute=compute,
    notes="Broadcasting, fused activations; operands may be constants.",
    limits=sum_limits,
    access=Access.ELEMENTS,
    in_place=in_place_slots,
    c_kernel="sub",
    c_params=sum_params,
)
