"""How a decision on one operator is refused."""

from __future__ import annotations

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph


def refused(graph: Graph, op: int, why: str, hint: str = "") -> ScheduleError:
    """The error for a decision on operator ``op``; ``why`` goes on after the operator's kind."""
    return ScheduleError(f"{graph.operators[op].kind} {why}", where=f"operator {op}", hint=hint)
