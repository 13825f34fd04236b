"""Which buffers make a budget impossible: names for a person, and proof that these alone already do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_lab.search.blocks import Block, fullest, in_parts, live_bound, sections
from mcu_lab.search.limits import NO_LIMITS, Limits
from mcu_lab.search.placement_exact import decide


@dataclass(frozen=True)
class Conflict:
    """``names`` (largest first) cannot all lie within ``budget_bytes``.

    ``live_bytes`` is how much of them is live at ``step``; both None when they exceed the budget only because of how
    their lifetimes interlock. ``minimal``: without any one of them the others fit.
    """

    names: tuple[str, ...]
    budget_bytes: int
    live_bytes: int | None
    step: int | None
    minimal: bool

    def __str__(self) -> str:
        names = ", ".join(self.names)
        if self.live_bytes is None:
            return f"{names} do not fit into {self.budget_bytes:,} B together, wherever they are put."
        return f"At step {self.step}, {names} are live and take {self.live_bytes:,} B of {self.budget_bytes:,} B."


def conflict(
    blocks: Sequence[Block],
    budget_bytes: int,
    *,
    effort: float = 1.0,
    limits: Limits = NO_LIMITS,
) -> Conflict | None:
    """Why no placement keeps within the budget; None when there is one, or when nothing was proven in time."""
    too_high = [b for b in blocks if b.pinned is not None and b.pinned + b.bytes > budget_bytes]
    if too_high:
        return Conflict((too_high[0].name,), budget_bytes, None, None, minimal=True)
    crowd = _crowd(blocks, budget_bytes)
    if crowd:
        return crowd
    answer = decide(blocks, budget_bytes, effort, limits)
    if not answer.impossible:
        return None
    return _core(list(blocks), budget_bytes, effort - answer.spent, limits)


def _crowd(blocks: Sequence[Block], budget_bytes: int) -> Conflict | None:
    """What is live at the fullest step, if that is too much already."""
    if in_parts(blocks):
        step, needed = fullest(blocks)
    else:
        live = max(([blocks[i] for i in live] for live in sections(blocks)), key=live_bound, default=[])
        step, needed = max((b.lower for b in live), default=0), live_bound(live)
    if needed <= budget_bytes:
        return None
    sizes = {b: len(b.live().at(step)) for b in blocks}
    there = [b for b in blocks if sizes[b]]
    total = sum(sizes.values())
    minimal = total - min(sizes[b] for b in there) <= budget_bytes
    return Conflict(_names(there), budget_bytes, total, step, minimal)


def _core(blocks: list[Block], budget_bytes: int, effort: float, limits: Limits) -> Conflict:
    """Leave out blocks, large parts of the timetable first, as long as the rest is still proven not to fit."""
    minimal, size = True, len(blocks) // 2
    blocks = sorted(blocks, key=lambda b: (b.lower, b.upper, b.name))
    while size:
        at = 0
        while at < len(blocks):
            rest = blocks[:at] + blocks[at + size :]
            answer = decide(rest, budget_bytes, effort, limits)
            effort -= answer.spent
            if answer.impossible:
                blocks = rest
                continue
            minimal = minimal and (size > 1 or answer.offsets is not None)
            at += size
        size //= 2
    return Conflict(_names(blocks), budget_bytes, None, None, minimal)


def _names(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(b.name for b in sorted(blocks, key=lambda b: (-b.bytes, b.name)))
