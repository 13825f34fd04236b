"""Why the peak is as high as it is, in words."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Plan, views_of
from mcu_lab.view.picture import Peak, Rect, Row
from mcu_lab.view.words import bytes_words, counted, kind_words, listed

#: How many buffers the sentence names one by one.
MOST_TOLD = 4


def peak_of(plan: Plan, rows: Sequence[Row], rects: Sequence[Rect], curve: Sequence[int]) -> Peak | None:
    """The first step at which most bytes of the arena are live, and why; None for a plan without steps."""
    if not rows:
        return None
    step = curve.index(max(curve))
    live = [r for r in rects if r.memory == plan.device.arena and r.first_step <= step < r.end_step]
    live.sort(key=lambda r: (-r.bytes, r.buffer))
    op = getattr(plan.steps[step], "op", None)
    place = max(
        i for i, r in enumerate(rows) if r.first_step <= step < r.end_step and (r.kind == "stage" or r.op == op)
    )
    text = _because(plan, rows[place], step, live)
    gap = arena_bytes(plan) - curve[step]
    if gap > 0:
        text += f" Placement adds {bytes_words(gap)} of gaps between buffers."
    return Peak(step, place, curve[step], tuple(r.buffer for r in live), text)


def _because(plan: Plan, row: Row, step: int, live: Sequence[Rect]) -> str:
    told = [_why_alive(plan, rect, row, step) for rect in live[:MOST_TOLD]]
    rest = live[MOST_TOLD:]
    if rest:
        told.append(f"{counted(len(rest), 'other')} ({bytes_words(sum(r.bytes for r in rest))})")
    what = row.label if row.op is None else f"{row.label} (operator {row.op})"
    where = f"At step {step} of {len(plan.steps)}" if row.steps > 1 else f"At step {step}"
    verb = "is" if len(live) == 1 else "are"
    return f"{where}, {what}, {counted(len(live), 'buffer')} {verb} alive: {listed(told, '; ')}."


def _why_alive(plan: Plan, rect: Rect, row: Row, step: int) -> str:
    size = f"{rect.shape} ({bytes_words(rect.bytes)})"
    if rect.buffer in row.reads and rect.buffer in row.writes:
        return f"{size}, worked on in place"
    if rect.buffer in row.writes:
        return f"its {rect.role} {size}" if rect.role in ("scratch", "sums") else f"its output {size}"
    if rect.buffer in row.reads:
        return f"its input {size}"
    return f"{size}, {_kept_for(plan, rect, step)}"


def _kept_for(plan: Plan, rect: Rect, step: int) -> str:
    for later in plan.steps[step + 1 : rect.end_step]:
        op = getattr(later, "op", None)
        if op is not None and any(v.buffer == rect.buffer for v in views_of(later)):
            return f"kept for {kind_words(plan.graph.operators[op].kind)} (operator {op})"
    return "an output of the model" if rect.role == "output" else "kept to the end"
