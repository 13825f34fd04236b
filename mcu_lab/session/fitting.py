"""Searches for a session: what they decide, as an edit, with what they proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.session.decisions import Decisions, Proof
from mcu_lab.session.edits import Found
from mcu_lab.session.figures import figures
from mcu_lab.session.front import Point
from mcu_lab.view.words import bytes_words

Report = Callable[[int, int], None]
Cancelled = Callable[[], bool]


def fitted(
    graph: Graph,
    decisions: Decisions,
    *,
    report: Report | None = None,
    cancelled: Cancelled | None = None,
    **options: Any,
) -> Found:
    """Search for the least SRAM on the decided device. ``report`` is told (best arena, proven lower bound) in bytes.

    Pins, storage and the way of input are a person's own decisions and stay. A cancelled search gives the best
    that it found, and never worse than what there was. Further options are those of :func:`mcu_lab.search.fit.fit`.
    """
    # The solvers take half a second to import; opening a model must not wait for them.
    from mcu_lab.search.fit import fit

    chosen = decisions.schedule
    result = fit(graph, decisions.device, progress=report, cancelled=cancelled, **(_kept(decisions) | options))
    now_bytes = arena_bytes(lower(graph, chosen, decisions.device))
    if now_bytes < result.peak_sram_bytes:
        text = f"The search found nothing below the {bytes_words(now_bytes)} that there were."
        return Found(chosen, "fit", Proof(False, text), decisions.rewrites)
    arena, bound = bytes_words(result.peak_sram_bytes), bytes_words(result.lower_bound_bytes)
    text = f"No order, sharing or placement of these tensors takes less than {arena}."
    if not result.proven_optimal:
        why = f" when it was stopped ({result.stopped})" if result.stopped else ""
        text = f"The search found {arena}{why}; it proved that at least {bound} are needed."
    return Found(result.schedule, "fit", Proof(result.proven_optimal, text), decisions.rewrites)


def front(
    graph: Graph,
    decisions: Decisions,
    *,
    report: Report | None = None,
    cancelled: Cancelled | None = None,
    **options: Any,
) -> tuple[Point, ...]:
    """Trade-offs between arena and work on the decided device, by ascending arena, as far as the search got.

    Further options are those of :func:`mcu_lab.search.front.front`.
    """
    from mcu_lab.search.front import front as searched

    found = searched(graph, decisions.device, progress=report, cancelled=cancelled, **(_kept(decisions) | options))
    return tuple(
        Point(p.schedule, figures(lower(graph, p.schedule, decisions.device)), p.mac_factor, decisions.rewrites)
        for p in found
    )


def _kept(decisions: Decisions) -> dict[str, Any]:
    schedule = decisions.schedule
    return {"inputs": schedule.inputs, "pins": schedule.pins, "storage": schedule.storage}
