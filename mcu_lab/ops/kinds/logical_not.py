"""LOGICAL_NOT: whether a bool does not hold. Source: TFLite ``kernels/logical.cc`` and ``elementwise.cc``."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.elementwise import in_place_slots
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes
from mcu_lab.ops.unary import unary_limits


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    return (cut(regions[0], writes[0]) == 0,)


SPEC = OpSpec(
    kind="LOGICAL_NOT",
    dtypes=("bool",),
    needs=same_box,
    compute=compute,
    limits=unary_limits,
    access=Access.ELEMENTS,
    in_place=in_place_slots,
    c_kernel="logical_not",
)
