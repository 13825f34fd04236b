"""Searches for a session: what they decide, as an edit, with what they proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes, macs
from mcu_lab.session.decisions import Decisions, Proof
from mcu_lab.session.edits import Found
from mcu_lab.session.figures import figures
from mcu_lab.session.front import Point, pareto
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
        return Found(chosen, "fit", Proof(False, text))
    arena, bound = bytes_words(result.peak_sram_bytes), bytes_words(result.lower_bound_bytes)
    text = f"No order, sharing or placement of these tensors takes less than {arena}."
    if not result.proven_optimal:
        why = f" when it was stopped ({result.stopped})" if result.stopped else ""
        text = f"The search found {arena}{why}; it proved that at least {bound} are needed."
    return Found(result.schedule, "fit", Proof(result.proven_optimal, text))


def front(
    graph: Graph,
    decisions: Decisions,
    *,
    points: Callable[[Sequence[Point]], None] = lambda found: None,
    report: Report | None = None,
    cancelled: Cancelled | None = None,
    use: frozenset[str],
    max_mac_factor: float = 1.0,
    seconds: float | None = None,
) -> tuple[Point, ...]:
    """Trade-offs between arena and work, by ascending arena. ``points`` is told those found so far.

    Searches once for each share of the extra work that ``max_mac_factor`` allows, the least first.
    """
    from mcu_lab.search.fit import fit

    whole = macs(lower(graph, default_schedule(graph), decisions.device)) or 1
    found: list[Point] = []
    factors = [1.0] if max_mac_factor <= 1.0 else [1.0 + (max_mac_factor - 1.0) * i / 4 for i in range(5)]
    for factor in factors:
        if cancelled and cancelled() and found:
            break
        result = fit(
            graph,
            decisions.device,
            progress=report,
            cancelled=cancelled,
            use=use,
            max_mac_factor=factor,
            seconds=None if seconds is None else seconds / len(factors),
            **_kept(decisions),
        )
        found.append(Point(result.schedule, figures(result.plan), macs(result.plan) / whole))
        points(pareto(found))
    return pareto(found)


def _kept(decisions: Decisions) -> dict[str, Any]:
    schedule = decisions.schedule
    return {"inputs": schedule.inputs, "pins": schedule.pins, "storage": schedule.storage}
