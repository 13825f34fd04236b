"""Does a step move anything? Asked of the bytes that its Views name, by way of the operator's own aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.spec import Alias, OpSpec
from mcu_lab.plan.verify.budget import Budget
from mcu_lab.plan.verify.image import Placed

#: Stands for an element that a View does not hold.
ELSEWHERE = -1


def moves_nothing(
    graph: Graph, op: Operator, spec: OpSpec, reads: Sequence[Placed], writes: Sequence[Placed], budget: Budget
) -> bool:
    """Whether every element written lies on the very element that it is equal to, in the same buffer.

    ``reads`` has the first View of each input. Views with a ring count as moving, here as in the executor and the
    exporter, which leave such a step out.
    """
    given, made = _without_rings(reads), _without_rings(writes)
    if len(made) < len(writes):
        return False
    unmoved = {t: np.zeros(graph.tensors[t].shape, dtype=bool) for t in made}
    for alias in spec.aliases(graph, op):
        if alias.part in made and alias.whole in given:
            unmoved[alias.part] |= _agree(graph, alias, made[alias.part], given[alias.whole], budget)
        if alias.whole in made and alias.part in given:
            inside = alias.view(unmoved[alias.whole])
            inside |= _agree(graph, alias, given[alias.part], made[alias.whole], budget)
    return all(unmoved[t][placed.view.box.slices].all() for t, placed in made.items())


def _without_rings(views: Sequence[Placed]) -> Mapping[int, Placed]:
    return {placed.view.tensor: placed for placed in views if placed.view.ring is None}


def _agree(graph: Graph, alias: Alias, part: Placed, whole: Placed, budget: Budget) -> np.ndarray:
    """Which elements of the part both Views hold at the same byte of the same buffer: bool, in the part's shape."""
    if part.view.buffer != whole.view.buffer or part.element_bytes != whole.element_bytes:
        return np.zeros(graph.tensors[alias.part].shape, dtype=bool)
    there = alias.view(_first_bytes(graph, whole, budget))
    here = _first_bytes(graph, part, budget)
    return (here == there) & (here != ELSEWHERE)


def _first_bytes(graph: Graph, placed: Placed, budget: Budget) -> np.ndarray:
    """Byte number of every element of the tensor that the View holds: int64, in the tensor's shape."""
    tensor = graph.tensors[placed.view.tensor]
    budget.spend_at_once(tensor.bytes)
    numbers = np.full(tensor.shape, ELSEWHERE, dtype=np.int64)
    numbers[placed.view.box.slices] = placed.cells[..., 0]
    return numbers
