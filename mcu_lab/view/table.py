"""A plan as a text table: one line a step, with a bar for the bytes that are live."""

from __future__ import annotations

from mcu_lab.view.projection import Projection, Row
from mcu_lab.view.words import bytes_words, size_words

BAR_CELLS = 28


def summary(projection: Projection) -> str:
    """The verdict, the peak and why it is that, in a few lines."""
    lines = [projection.verdict, f"Arena {bytes_words(projection.arena_bytes)}{_of(projection.limit_bytes)}"]
    lines[-1] += f", live-set bound {bytes_words(projection.live_bound_bytes)}"
    lines[-1] += f"; flash {bytes_words(projection.flash_bytes)}{_of(projection.flash_limit_bytes)}"
    lines[-1] += f"; {projection.macs:,} MACs."
    if projection.peak:
        lines.append(projection.peak.text)
    return "\n".join(lines)


def table(projection: Projection) -> str:
    """One line a step: number, operator, what it makes, live bytes, and a bar scaled to the largest."""
    most = max((r.live_bytes for r in projection.rows), default=0) or 1
    head = f"{'step':>4}  {'op':>4}  {'operator':<24} {'makes':<18} {'live B':>12}"
    return "\n".join([head, *(_line(row, most, projection) for row in projection.rows)])


def _line(row: Row, most_bytes: int, projection: Projection) -> str:
    note = {"alias": " (no copy)", "in_place": " (in place)"}.get(row.action, "")
    op = "" if row.op is None else str(row.op)
    bar = "█" * max(1, round(row.live_bytes / most_bytes * BAR_CELLS)) if row.live_bytes else ""
    peak = " ← peak" if projection.peak and row.step == projection.peak.step else ""
    what = (row.label + note)[:24]
    return f"{row.step:>4}  {op:>4}  {what:<24} {row.made[:18]:<18} {row.live_bytes:>12,}  {bar}{peak}"


def _of(limit_bytes: int | None) -> str:
    return "" if limit_bytes is None else f" of {size_words(limit_bytes)}"
