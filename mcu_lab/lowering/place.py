"""Offsets for buffers that nobody placed: deterministic first fit, largest first, around those that are fixed.

No claim to optimality: an exact placement is a search's business and arrives as ``Schedule.offsets``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.plan.model import Buffer


def first_fit(buffers: Sequence[Buffer], lives: Mapping[str, Interval], fixed: Mapping[str, int]) -> dict[str, int]:
    """Buffer id -> offset for all ``buffers`` (of one memory). ``fixed`` ones keep theirs, right or wrong.

    Two buffers may share bytes when their ``lives`` are disjoint; a buffer without a life gets offset 0.
    """
    offsets = {b.id: fixed[b.id] for b in buffers if b.id in fixed}
    alive = [b for b in buffers if b.id in lives]
    waiting = [b for b in alive if b.id not in fixed]
    waiting.sort(key=lambda b: (-b.bytes, lives[b.id].lo, b.id))
    order = [b for b in alive if b.id in fixed] + waiting
    births, deaths = (np.array([getattr(lives[b.id], end) for b in order]) for end in ("lo", "hi"))
    for position, buffer in enumerate(order):
        if buffer.id in offsets:
            continue
        life = lives[buffer.id]
        (beside,) = np.nonzero((births[:position] < life.hi) & (deaths[:position] > life.lo))
        taken = sorted((offsets[order[i].id], offsets[order[i].id] + order[i].bytes) for i in beside)
        offsets[buffer.id] = _lowest_gap(taken, buffer.bytes, buffer.alignment)
    return {b.id: offsets.get(b.id, 0) for b in buffers}


def packed(buffers: Sequence[Buffer], fixed: Mapping[str, int]) -> dict[str, int]:
    """Offsets one after another in the order given, stepping over the fixed ones: for memories that hold constants."""
    taken = sorted((fixed[b.id], fixed[b.id] + b.bytes) for b in buffers if b.id in fixed)
    offsets: dict[str, int] = {}
    end = 0
    for buffer in buffers:
        if buffer.id in fixed:
            offsets[buffer.id] = fixed[buffer.id]
            continue
        ahead = [(lo, hi) for lo, hi in taken if hi > end]
        offsets[buffer.id] = end = _lowest_gap([(0, end), *ahead], buffer.bytes, buffer.alignment)
        end += buffer.bytes
    return offsets


def _lowest_gap(taken: Sequence[tuple[int, int]], size: int, alignment: int) -> int:
    """The lowest aligned offset at which ``size`` bytes miss all of ``taken``, which is sorted by start."""
    offset = 0
    for lo, hi in taken:
        if offset + size <= lo:
            break
        offset = max(offset, -(-hi // alignment) * alignment)
    return offset
