"""Operators of two operands that are broadcast against each other, but for what happens where they meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import broadcast_params, operands, pair_limits
from mcu_lab.ops.elementwise import broadcast_needs, in_place_slots
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes

#: ``meet(graph, op, x, y)`` -> values of the output, in its dtype.
Meet = Callable[[Graph, Operator, np.ndarray, np.ndarray], np.ndarray]
Params = Callable[[Graph, Operator], Mapping[str, int | float | np.ndarray]]


def meeting_spec(
    kind: str,
    dtypes: tuple[str, ...],
    meet: Meet,
    limits: Callable[[Graph, Operator], tuple[str, ...]] = pair_limits,
    params: Params = broadcast_params,
    notes: str = "Broadcasting; operands may be constants.",
) -> OpSpec:
    """The whole specification; the C kernel family has the operator's name in small letters."""

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        with np.errstate(all="ignore"):
            made = meet(graph, op, *operands(graph, op, writes, regions))
        return (np.asarray(made, dtype=graph.tensors[op.outputs[0]].dtype),)

    return OpSpec(
        kind=kind,
        dtypes=dtypes,
        needs=broadcast_needs,
        compute=compute,
        notes=notes,
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel=kind.lower(),
        c_params=params,
    )
