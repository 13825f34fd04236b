"""A search's result as an edit: what `fit` decided, with what it proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcu_lab.graph.ir import Graph
from mcu_lab.session.edits import Decisions, Proof, SetSchedule


def fitted(
    graph: Graph,
    decisions: Decisions,
    *,
    report: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    **options: Any,
) -> SetSchedule:
    """Search for the least SRAM on the decided device. ``report`` is told (best arena, proven lower bound) in bytes.

    A cancelled search gives the best that it found. Further options are those of :func:`mcu_lab.search.fit.fit`.
    """
    # The solvers take half a second to import; opening a model must not wait for them.
    from mcu_lab.search.fit import fit

    result = fit(graph, decisions.device, progress=report, cancelled=cancelled, **options)
    return SetSchedule(result.schedule, "fit", Proof(result.proven_optimal, result.certificate))
