"""A plan as a text table: one line a step, with a bar for the bytes that are live."""

from __future__ import annotations

from mcu_lab.view.projection import Projection, Row
from mcu_lab.view.words import action_words, bytes_words, use_words

BAR_CELLS = 28


def summary(projection: Projection) -> str:
    """The verdict, the peak and why it is that, in a few lines."""
    arena = f"Arena {use_words(projection.arena_bytes, projection.limit_bytes)}"
    bound = f"live-set bound {bytes_words(projection.live_bound_bytes)}"
    flash = f"flash {use_words(projection.flash_bytes, projection.flash_limit_bytes)}"
    lines = [projection.verdict, f"{arena}, {bound}; {flash}; {projection.macs:,} MACs."]
    return "\n".join([*lines, projection.peak.text] if projection.peak else lines)


def table(projection: Projection) -> str:
    """One line a step: number, operator, what it makes, live bytes, and a bar scaled to the largest."""
    most = max((r.live_bytes for r in projection.rows), default=0) or 1
    head = f"{'step':>4}  {'op':>4}  {'operator':<24} {'makes':<18} {'live B':>12}"
    return "\n".join([head, *(_line(row, most, projection) for row in projection.rows)])


def _line(row: Row, most_bytes: int, projection: Projection) -> str:
    op = "" if row.op is None else str(row.op)
    bar = "█" * max(1, round(row.live_bytes / most_bytes * BAR_CELLS)) if row.live_bytes else ""
    peak = " ← peak" if projection.peak and row.step == projection.peak.step else ""
    what = action_words(row.label, row.action)[:24]
    return f"{row.step:>4}  {op:>4}  {what:<24} {row.made[:18]:<18} {row.live_bytes:>12,}  {bar}{peak}"
