"""A peak that no order stays below, from minimum cuts.

When operator v runs, a set D has run that holds all that must come before v, and neither v nor what must come behind
it. A buffer that v touches is live then; any other is live if D meets its touchers (or it is live from the start) and
others of them are still to come (or it is live to the end). The least sum over all such D is a minimum cut of a graph
in which one side is D: an operator on it pulls its predecessors with it, and each buffer is an arc from a node that
lies on D's side with any toucher to one that lies on it only with all of them. The largest of these minima over v
bounds every order, and nothing has to be enumerated for it.

That a buffer's liveness is such an arc is the construction by which closures and submodular functions are minimised
(Picard 1976); the flows are OR-tools'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from ortools.graph.python import max_flow

from mcu_lab.search.problem import OrderProblem


def cut_bounds(problem: OrderProblem, order: Sequence[int]) -> Iterator[int]:
    """The bound, ever larger, one operator after the other.

    Looks only at operators where ``order``, a legal one, could stay below it, the fullest first.
    """
    live = problem.live_bytes(order)
    cuts, bound = _Cuts(problem), 0
    for step in sorted(range(len(order)), key=lambda step: -live[step]):
        if live[step] <= bound:
            break
        bound = max(bound, cuts.least_bytes(order[step]))
        yield bound


class _Cuts:
    """The graph; node ``i`` is operator ``i``, and each buffer adds two behind source and sink."""

    def __init__(self, problem: OrderProblem) -> None:
        count = len(problem.predecessors)
        self._source, self._sink = count, count + 1
        self._never = 1 + sum(b.bytes for b in problem.buffers)
        self._problem = problem
        arcs = [(op, p, self._never) for op, before in enumerate(problem.predecessors) for p in before]
        self._touched: list[list[int]] = [[] for _ in range(count)]
        self._arc = []
        for number, buffer in enumerate(problem.buffers):
            begun, ended = count + 2 + 2 * number, count + 3 + 2 * number
            self._arc.append(len(arcs))
            arcs.append((begun, ended, buffer.bytes))
            for op in buffer.operators:
                self._touched[op].append(number)
                arcs += [(op, begun, self._never), (ended, op, self._never)]
            if buffer.at_start or not buffer.operators:
                arcs.append((self._source, begun, self._never))
            if buffer.at_end or not buffer.operators:
                arcs.append((ended, self._sink, self._never))
        table = np.array(arcs, dtype=np.int64).reshape(-1, 3)
        self._tails, self._heads, self._bytes = table[:, 0].astype(np.int32), table[:, 1].astype(np.int32), table[:, 2]

    def least_bytes(self, op: int) -> int:
        """The least that is live in any state in which ``op`` may run."""
        problem, capacities = self._problem, self._bytes.copy()
        capacities[[self._arc[number] for number in self._touched[op]]] = 0
        flow = max_flow.SimpleMaxFlow()
        flow.add_arcs_with_capacity(self._tails, self._heads, capacities)
        flow.add_arc_with_capacity(op, self._sink, self._never)
        for p in problem.predecessors[op]:
            flow.add_arc_with_capacity(self._source, p, self._never)
        if flow.solve(self._source, self._sink) != flow.OPTIMAL:
            return 0
        touched = sum(problem.buffers[number].bytes for number in self._touched[op])
        return touched + problem.scratch_bytes[op] + int(flow.optimal_flow())
