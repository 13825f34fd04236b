"""Where a step writes over what it reads, and in which pieces it then has to run.

A kernel promises an order (:class:`mcu_lab.ops.spec.Access`) and nothing more. When output and input share bytes, the
step is run in just that order, so that an overlap the promise does not cover gives wrong bytes here as on the board.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from mcu_lab.execution.memory import Memories
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Access
from mcu_lab.plan.address import byte_span, element_bytes, is_zero_copy
from mcu_lab.plan.model import Compute, Plan, View


def share_bytes(plan: Plan, memories: Memories, one: View, other: View) -> bool:
    """Whether two Views have a byte of the same memory in common."""
    first, second = plan.buffer[one.buffer], plan.buffer[other.buffer]
    if first.memory != second.memory:
        return False
    assert first.offset is not None and second.offset is not None
    common = byte_span(one, element_bytes(plan, one)).shifted(first.offset) & byte_span(
        other, element_bytes(plan, other)
    ).shifted(second.offset)
    if not common:
        return False
    return bool(np.intersect1d(memories.addresses(one), memories.addresses(other)).size)


def overlapping_reads(plan: Plan, memories: Memories, step: Compute) -> list[View]:
    """The Views a step reads that share bytes with one it writes, but for state that it changes where it lies."""
    writes = [v for v in step.writes if v]
    updates = spec_of(plan.graph.operators[step.op]).updates
    changed = {slot for slot, k in updates if step.reads[slot] == (step.writes[k],)}
    reads = [v for slot, views in enumerate(step.reads) if slot not in changed for v in views]
    return [r for r in reads if any(share_bytes(plan, memories, r, w) for w in writes)]


def harmless(graph: Graph, memories: Memories, step: Compute, overlapping: list[View]) -> bool:
    """Whether the whole step may run at once in spite of the overlap: no byte moves, or exactly in place."""
    if is_zero_copy(graph, step):
        return True
    write = step.writes[0]
    if spec_of(graph.operators[step.op]).access is not Access.ELEMENTS or len(step.writes) != 1 or write is None:
        return False
    return all(
        r.box == write.box and np.array_equal(memories.addresses(r), memories.addresses(write)) for r in overlapping
    )


def order_promised(access: Access, box: Box) -> Access:
    """The access that holds for an output box: rows are defined below rank 3, and at rank 4 for one image."""
    rows_defined = 0 < len(box) < 3 or (len(box) == 4 and len(box[0]) == 1)
    return Access.UNORDERED if access is Access.ROWS and not rows_defined else access


def granules(access: Access, box: Box) -> Iterator[Box]:
    """The pieces of an output box in the order a kernel with this access makes them: rows, or single elements."""
    row_axis = 1 if len(box) == 4 else 0
    cut_axes = len(box) if access is Access.ELEMENTS else row_axis + 1
    for corner in product(*(range(i.lo, i.hi) for i in box.intervals[:cut_axes])):
        yield Box((*(Interval(c, c + 1) for c in corner), *box.intervals[cut_axes:]))
