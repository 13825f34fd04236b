"""What a stage makes, and what of it others read."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.schedule.model import Stage


def operators_of(graph: Graph, stage: Stage) -> tuple[Operator, ...]:
    """The stage's operators in the order of the file, in which each comes after what it reads."""
    return tuple(graph.operators[op] for op in sorted(stage.operators))


def stays_inside(graph: Graph, stage: Stage, tensor: int) -> bool:
    """Whether the stage alone reads this tensor: it need never be whole. Nobody wants one that is read by nobody."""
    readers = graph.readers.get(tensor, ())
    return bool(readers) and set(stage.operators).issuperset(readers) and tensor not in graph.outputs
