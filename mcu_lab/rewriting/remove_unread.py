"""Remove what no output needs: operators whose results nobody reads, and tensors that nobody names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.opaque import is_opaque
from mcu_lab.graph.rewrite import touches_state
from mcu_lab.rewriting.numbers import Numbers, named, seen_outside, with_only


@dataclass(frozen=True)
class RemoveUnread:
    """Leave out operators from which no way leads to a graph output or to state, and tensors that then nobody names.

    Inputs and outputs of the graph stay, read or not: they are what the application sees. So do the outputs of an
    operator that is needed for another of them. Rows that nobody reads stay too: how many rows a window makes follows
    from its input, so that leaving some out would take another input.
    """

    type: Literal["remove_unread"] = field(default="remove_unread", repr=False)

    label: ClassVar[str] = "remove what no output needs"
    removes: ClassVar[str] = "that no output needs"
    #: Whether every output byte stays what it was, for every input.
    exact: ClassVar[bool] = True

    def applied(self, graph: Graph) -> tuple[Graph, Numbers] | None:
        """The smaller graph, and which of its ids are which; None when there is nothing to remove."""
        operators = _needed(graph)
        tensors = named(graph, operators)
        if len(operators) == len(graph.operators) and len(tensors) == len(graph.tensors):
            return None
        return with_only(graph, operators, tensors)


def _needed(graph: Graph) -> set[int]:
    """Operators that something depends on: an output of the graph, of a signature, or state."""
    waiting = [op.id for op in graph.operators if _acts(graph, op)]
    waiting += [graph.producer[t] for t in seen_outside(graph) if t in graph.producer]
    found: set[int] = set()
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += graph.predecessors(graph.operators[op])
    return found


def _acts(graph: Graph, op: Operator) -> bool:
    """Whether an operator may do something that none of its outputs shows."""
    return not op.outputs or op.kind.startswith("CUSTOM") or is_opaque(op) or touches_state(graph, op)
