"""The order in which one step touches memory, as far as its operator promises one."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.spec import Access, OpSpec
from mcu_lab.plan.verify.budget import RULE_BYTES, Budget

#: Order number of an input element that no granule needs.
NEVER = -1


def granule_axes(access: Access, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Output axes whose coordinates, in row-major order, count the granules; None when no order is promised."""
    if access is Access.ELEMENTS:
        return tuple(range(len(shape)))
    if access is Access.ROWS and len(shape) == 4 and shape[0] == 1:
        return (1,)
    if access is Access.ROWS and 1 <= len(shape) < 3:
        return (0,)
    return None


def write_order(box: Box, axes: tuple[int, ...]) -> np.ndarray:
    """The number of the granule that writes each element: int64, shaped like the box."""
    order = np.zeros(box.shape, dtype=np.int64)
    for axis in axes:
        along = np.arange(box.shape[axis], dtype=np.int64)
        order = order * box.shape[axis] + along.reshape([-1 if a == axis else 1 for a in range(len(box))])
    return order


def last_reads(
    spec: OpSpec,
    graph: Graph,
    op: Operator,
    slots: tuple[int, int],
    boxes: tuple[Box, Box],
    axes: tuple[int, ...],
    budget: Budget,
) -> np.ndarray:
    """The last granule of an output box that may need each element of an input box: int64, shaped like the latter.

    ``slots`` and ``boxes`` are (input, output). Asks the region rule for one slab of the output at a time, along each
    of ``axes``. A smaller box never needs more than a larger one, so an output element needs at most what all of its
    slabs need; the last granule that may need an input element is then the last coordinate along every axis.
    """
    (slot, output), (read, written) = slots, boxes
    order = np.zeros(read.shape, dtype=np.int64)
    never = np.zeros(read.shape, dtype=bool)
    for axis in axes:
        last = np.full(read.shape, NEVER, dtype=np.int64)
        budget.spend(last.nbytes)
        for number, coordinate in enumerate(range(written[axis].lo, written[axis].hi)):
            slab = written.replaced(axis, Interval(coordinate, coordinate + 1))
            writes = tuple(slab if i == output else None for i in range(len(op.outputs)))
            needed = spec.needs(graph, op, writes, None)[slot]
            budget.spend(RULE_BYTES)
            if needed is None or not (needed & read).size:
                continue
            budget.spend((needed & read).size)
            last[(needed & read).within(read)] = number
        order = order * written.shape[axis] + last
        never |= last == NEVER
    return np.where(never, NEVER, order)
