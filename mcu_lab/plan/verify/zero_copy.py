"""Does a step move anything? Asked of the bytes that its Views name, by way of the operator's own aliases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mcu_lab.graph.box import coordinates
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.spec import Alias, OpSpec
from mcu_lab.plan.verify.budget import Budget
from mcu_lab.plan.verify.cells import outer_sum
from mcu_lab.plan.verify.image import Placed


def moves_nothing(
    graph: Graph, op: Operator, spec: OpSpec, reads: Sequence[Placed], writes: Sequence[Placed], budget: Budget
) -> bool:
    """Whether every element written lies on the very element that it is equal to, in the same buffer.

    ``reads`` has the first View of each input; of a slot with several, the executor and the exporter look at no other.
    """
    given = {placed.view.tensor: placed for placed in reads}
    made = {placed.view.tensor: placed for placed in writes}
    unmoved = {t: np.zeros(placed.view.box.shape, dtype=bool) for t, placed in made.items()}
    for alias in spec.aliases(graph, op):
        if alias.part in made and alias.whole in given:
            part = made[alias.part]
            same, _ = _compared(graph, alias, part, given[alias.whole], budget)
            unmoved[alias.part] |= same
        if alias.whole in made and alias.part in given:
            same, there = _compared(graph, alias, given[alias.part], made[alias.whole], budget)
            unmoved[alias.whole][tuple(place[same] for place in there)] = True
    return all(found.all() for found in unmoved.values())


def _compared(
    graph: Graph, alias: Alias, part: Placed, whole: Placed, budget: Budget
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Which elements of the part's box both Views hold at the same byte of the same buffer (bool), and where they are.

    Both in the shape of the part's box; places count from the corner of the whole's box and may lie outside of it.
    """
    box, shape = part.view.box, graph.tensors[alias.whole].shape
    budget.spend_at_once(box.size * (1 + len(shape)))
    untouched = np.empty(shape, dtype=np.uint8)
    seen = alias.view(untouched)
    start = int(seen.__array_interface__["data"][0]) - int(untouched.__array_interface__["data"][0])
    along = [np.arange(i.lo, i.hi) * stride for i, stride in zip(box, seen.strides, strict=True)]
    found = coordinates(outer_sum(start, along), shape)
    there = tuple(places - interval.lo for places, interval in zip(found, whole.view.box, strict=True))
    same = np.full(box.shape, part.view.buffer == whole.view.buffer and part.element_bytes == whole.element_bytes)
    for place, length in zip(there, whole.view.box.shape, strict=True):
        same &= (place >= 0) & (place < length)
    same[same] = part.cells[same][..., 0] == whole.cells[tuple(place[same] for place in there)][..., 0]
    return same, there
