"""Orders in which operators can run."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from mcu_lab.errors import ModelError
from mcu_lab.graph.ir import Operator, Tensor
from mcu_lab.graph.state import calls_or_handles


def in_topological_order(operators: Sequence[Operator], tensors: Sequence[Tensor]) -> tuple[Operator, ...]:
    """Operators behind those whose outputs they read, ties as given, numbered anew.

    Variables give no order: they hold the state that the last inference left. Operators with handles, and those that
    call subgraphs, stay in the order given. ``operators[i].id`` must be ``i``. Raises ModelError if operators wait for
    each other.
    """
    producer = {t: op.id for op in operators for t in op.outputs if not tensors[t].variable}
    waits_for = [{producer[t] for t in op.inputs if t in producer} for op in operators]
    for earlier, later in pairwise(op.id for op in operators if calls_or_handles(tensors, op)):
        waits_for[later].add(earlier)
    feeds: list[list[int]] = [[] for _ in operators]
    for op, others in enumerate(waits_for):
        for other in others:
            feeds[other].append(op)
    missing = [len(others) for others in waits_for]
    ready = [op for op, count in enumerate(missing) if not count]
    order: list[int] = []
    while ready:
        order.append(heapq.heappop(ready))
        for reader in feeds[order[-1]]:
            missing[reader] -= 1
            if not missing[reader]:
                heapq.heappush(ready, reader)
    stuck = [str(op) for op in operators if missing[op.id]]
    if stuck:
        some = ", ".join(stuck[:4])
        raise ModelError(f"the graph is cyclic: {len(stuck)} operators wait for each other, {some} among them.")
    return tuple(replace(operators[op], id=place) for place, op in enumerate(order))
