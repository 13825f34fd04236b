"""Why the peak is as high as it is, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcu_lab.graph.remembered import remembered
from mcu_lab.plan.lifetimes import arena_bytes, explain_peak
from mcu_lab.plan.model import Compute, Plan, views_of
from mcu_lab.plan.touches import lifetimes
from mcu_lab.view.picture import Peak, Rect, Row
from mcu_lab.view.rects import rects_of
from mcu_lab.view.rows import Unit, units_of
from mcu_lab.view.words import bytes_words, counted, kind_words, listed

#: How many kinds of buffers the sentence names one by one.
MOST_TOLD = 4


def peak_of(plan: Plan, rows: Sequence[Row]) -> Peak | None:
    """The first step at which most bytes of the arena are live, and why; None for a plan without steps."""
    if not rows:
        return None
    found = _unplaced(plan)
    gap = arena_bytes(plan) - found.bytes
    gaps = f" Placement adds {bytes_words(gap)} of gaps between buffers." if gap > 0 else ""
    op = getattr(plan.steps[found.step], "op", None)
    covers = [i for i, row in enumerate(rows) if row.first_step <= found.step < row.end_step]
    place = max(i for i in covers if rows[i].kind == "stage" or rows[i].op == op)
    return Peak(found.step, place, found.bytes, found.buffers, found.text + gaps)


@remembered(shared=True)
def _unplaced(plan: Plan) -> Peak:
    """The peak without what placement adds to it; its row is left open."""
    peak = explain_peak(plan)
    rects = {r.buffer: r for r in rects_of(plan)}
    op = getattr(plan.steps[peak.step], "op", None)
    unit = next(u for u in units_of(plan) if u.first <= peak.step < u.end and u.op == op)
    live = [
        _reason(plan, rects[name], len(hull), unit, peak.step)
        for name, hull in zip(peak.buffers, peak.live, strict=True)
    ]
    return Peak(peak.step, 0, peak.bytes, peak.buffers, _sentence(plan, unit, peak.step, live))


@dataclass(frozen=True)
class _Reason:
    """Why so many bytes of a buffer are live. ``alike`` says it without naming another operator's number."""

    bytes: int
    what: str
    why: str
    alike: str


def _sentence(plan: Plan, unit: Unit, step: int, live: Sequence[_Reason]) -> str:
    groups: dict[tuple[int, str, str], list[_Reason]] = {}
    for reason in live:
        groups.setdefault((reason.bytes, reason.what, reason.alike), []).append(reason)
    told = [_told(group) for group in list(groups.values())[:MOST_TOLD]]
    rest = [reason for group in list(groups.values())[MOST_TOLD:] for reason in group]
    if rest:
        told.append(f"{counted(len(rest), 'other')} ({bytes_words(sum(r.bytes for r in rest))})")
    what = unit.label if unit.op is None else f"{unit.label} (operator {unit.op})"
    where = f"At step {step} of {len(plan.steps)}" if unit.steps > 1 else f"At step {step}"
    verb = "is" if len(live) == 1 else "are"
    return f"{where}, {what}, {counted(len(live), 'buffer')} {verb} alive: {listed(told, '; ')}."


def _told(group: Sequence[_Reason]) -> str:
    first = group[0]
    if len(group) == 1:
        return f"{first.what}, {first.why}" if first.why else first.what
    together = bytes_words(sum(r.bytes for r in group))
    return f"{len(group)} times {first.what}, together {together}, each {first.alike}"


def _reason(plan: Plan, rect: Rect, live_bytes: int, unit: Unit, step: int) -> _Reason:
    size = f"{rect.shape} ({bytes_words(rect.bytes)})"
    if live_bytes < rect.bytes:
        size = f"{bytes_words(live_bytes)} of {rect.shape} ({bytes_words(rect.bytes)})"
    reads, writes = rect.buffer in unit.reads, rect.buffer in unit.writes
    if reads and writes:
        return _Reason(live_bytes, size, "worked on in place", "worked on in place")
    if writes:
        kind = rect.role if rect.role in ("scratch", "sums") else "output"
        return _Reason(live_bytes, f"its {kind} {size}", "", f"its {kind}")
    if reads:
        return _Reason(live_bytes, f"its input {size}", "", "its input")
    if rect.role == "variable":
        return _Reason(live_bytes, f"the state {size}", "kept for the next inference", "kept for the next inference")
    return _Reason(live_bytes, size, *_kept_for(plan, rect, step))


def _kept_for(plan: Plan, rect: Rect, step: int) -> tuple[str, str]:
    """Who wants it, and the same without a number."""
    op = _next_user(plan, step).get(rect.buffer)
    if op is not None:
        kind = kind_words(plan.graph.operators[op].kind)
        return f"kept for {kind} (operator {op})", f"kept for a later {kind}"
    why = "an output of the model" if rect.role == "output" else "kept to the end"
    return why, why


@remembered(shared=True)
def _next_user(plan: Plan, step: int) -> Mapping[str, int]:
    """For each buffer, the next operator behind ``step`` that touches it."""
    missing = {name for name, life in lifetimes(plan).items() if life.lo <= step < life.hi - 1}
    found: dict[str, int] = {}
    for later in plan.steps[step + 1 :]:
        if not isinstance(later, Compute):
            continue
        for view in views_of(later):
            if view.buffer in missing:
                missing.remove(view.buffer)
                found[view.buffer] = later.op
        if not missing:
            break
    return found
