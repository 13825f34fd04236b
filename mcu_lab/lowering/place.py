"""Offsets for buffers that nobody placed: deterministic first fit around those that are fixed.

No claim to optimality: a good placement is a search's business and arrives as ``Schedule.offsets``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from mcu_lab.errors import ScheduleError
from mcu_lab.lowering.pile import Pile, lowest_between, lowest_whole, orders
from mcu_lab.plan.extent import Extent, neighbours
from mcu_lab.plan.extents import extents, moved
from mcu_lab.plan.model import Buffer, Plan


def placed(plan: Plan, fixed: Mapping[str, int]) -> Plan:
    """The plan with an offset for every buffer; those of ``fixed`` have theirs.

    Raises ScheduleError for one of these that the plan does not have, or that would lie below 0.
    """
    _check_fixed(plan, fixed)
    live = extents(plan)
    lowest_tensor = {v.buffer: v.tensor for v in reversed(plan.at_start)}
    offsets: dict[str, int] = {}
    for memory in dict.fromkeys(b.memory for b in plan.buffers):
        inside = sorted((b for b in plan.buffers if b.memory == memory), key=lambda b: lowest_tensor.get(b.id, -1))
        offsets |= first_fit(inside, live, fixed) if memory == plan.device.arena else packed(inside, fixed)
    return moved(plan, replace(plan, buffers=tuple(replace(b, offset=offsets[b.id]) for b in plan.buffers)))


def first_fit(buffers: Sequence[Buffer], live: Mapping[str, Extent], fixed: Mapping[str, int]) -> dict[str, int]:
    """Buffer id -> offset for all ``buffers`` (of one memory). ``fixed`` ones keep theirs, right or wrong.

    Two buffers share bytes only where never both are ``live``; a buffer that nothing touches gets offset 0.
    Largest first; where buffers are live in parts, the best of several orders, and from the ceiling down too.
    """
    if all(b.id in fixed for b in buffers):
        return {b.id: fixed[b.id] for b in buffers}
    alive = [b for b in buffers if b.id in live]
    sizes, lives = [b.bytes for b in alive], [live[b.id].life for b in alive]
    alignments, pinned = [b.alignment for b in alive], [fixed.get(b.id) for b in alive]
    largest_first = sorted(range(len(alive)), key=lambda i: (-sizes[i], lives[i].lo, alive[i].id))
    if all(live[b.id].is_whole(b.bytes) for b in alive):
        best = lowest_whole(largest_first, sizes, alignments, pinned, lives)
    else:
        near = neighbours([live[b.id] for b in alive])
        pile = Pile(sizes, alignments, pinned, near)
        tried = [pile.lowest(largest_first)]
        if any(not live[b.id].is_rectangle for b in alive):
            tried += [pile.lowest(order) for order in orders(sizes, lives, near)]
            if not any(b.id in fixed for b in alive):
                over = pile.turned_over()
                tried += [over.offsets(over.lowest(order)) for order in orders(sizes, lives, near)]
        best = min(tried, key=lambda offsets: pile.height(offsets))
    found = {b.id: offset for b, offset in zip(alive, best, strict=True)}
    return {b.id: fixed.get(b.id, found.get(b.id, 0)) for b in buffers}


def packed(buffers: Sequence[Buffer], fixed: Mapping[str, int]) -> dict[str, int]:
    """Offsets one after another in the order given, stepping over the fixed ones: for memories that hold constants."""
    taken = sorted((fixed[b.id], fixed[b.id] + b.bytes) for b in buffers if b.id in fixed)
    offsets: dict[str, int] = {}
    end = 0
    for buffer in buffers:
        if buffer.id in fixed:
            offsets[buffer.id] = fixed[buffer.id]
            continue
        ahead = [(lo - buffer.bytes, hi) for lo, hi in taken if hi > end]
        offsets[buffer.id] = lowest_between(ahead, buffer.alignment, floor=end)
        end = offsets[buffer.id] + buffer.bytes
    return offsets


def _check_fixed(plan: Plan, fixed: Mapping[str, int]) -> None:
    for buffer, offset in fixed.items():
        if buffer not in plan.buffer:
            raise ScheduleError(
                "has an offset, but these decisions make no such buffer.",
                where=f"buffer {buffer}",
                hint=f"There are {_some(plan.buffer)}.",
            )
        if offset < 0:
            raise ScheduleError(f"cannot lie at offset {offset}.", where=f"buffer {buffer}")


def _some(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:8]) + (f" and {len(shown) - 8} more" if len(shown) > 8 else "")
