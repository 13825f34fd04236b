"""Which operator depends on which, through any number of others."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered


class Ancestry:
    """Transitive data dependences of a graph, one bit set for each operator."""

    def __init__(self, graph: Graph) -> None:
        self._above = [0] * len(graph.operators)
        for op in graph.operators:
            bits = 0
            for earlier in graph.predecessors(op):
                bits |= self._above[earlier] | 1 << earlier
            self._above[op.id] = bits

    def precedes(self, earlier: int, later: int) -> bool:
        """Whether every order runs ``earlier`` before ``later`` because of the data."""
        return bool(self._above[later] >> earlier & 1)


@remembered()
def ancestry_of(graph: Graph) -> Ancestry:
    """The graph's, worked out once."""
    return Ancestry(graph)
