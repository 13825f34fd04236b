"""A plan as a text table: one line an operator, transfer or stage, with a bar for the bytes that are live."""

from __future__ import annotations

from mcu_lab.view.picture import Projection, Row
from mcu_lab.view.words import action_words, bytes_words, steps_words, use_words

BAR_CELLS = 28


def summary(projection: Projection) -> str:
    """The verdict, the peak and why it is that, in a few lines."""
    head = projection.head
    arena = f"Arena {use_words(head.arena_bytes, head.limit_bytes)}"
    bound = f"live-set bound {bytes_words(head.live_bound_bytes)}"
    flash = f"constants {use_words(head.flash_bytes, head.flash_limit_bytes)}"
    lines = [head.verdict, f"{arena}, {bound}; {flash}; {head.macs:,} MACs."]
    return "\n".join([*lines, head.peak.text] if head.peak else lines)


def table(projection: Projection) -> str:
    """Steps, operator, what it makes, live bytes (the most during its steps), and a bar scaled to the largest.

    What runs within a stage is indented below it, so that a plan of thousands of steps is as short as its model.
    """
    rows = projection.rows
    most = max((r.live_bytes for r in rows), default=0) or 1
    width = max([4, *(len(steps_words(r)) for r in rows)])
    head = f"{'step':>{width}}  {'op':>4}  {'operator':<24} {'makes':<22} {'live B':>12}"
    peak = projection.head.peak.row if projection.head.peak else None
    return "\n".join([head, *(_line(row, width, most, i == peak) for i, row in enumerate(rows))])


def _line(row: Row, width: int, most_bytes: int, is_peak: bool) -> str:
    op = "" if row.op is None else str(row.op)
    bar = "█" * max(1, round(row.live_bytes / most_bytes * BAR_CELLS)) if row.live_bytes else ""
    indent = "  " if row.stage is not None and row.kind != "stage" else ""
    what = (indent + action_words(row.label, row.action))[:24]
    live = f"{row.live_bytes:>12,}  {bar}{' ← peak' if is_peak else ''}"
    return f"{steps_words(row):>{width}}  {op:>4}  {what:<24} {row.made[:22]:<22} {live}".rstrip()
