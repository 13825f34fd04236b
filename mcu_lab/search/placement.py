"""Offsets for buffers whose lifetimes are known: the lowest arena, and the proof that none is lower.

First fit in several orders and a short hill climb come first (:mod:`mcu_lab.search.first_fit`). They stop at the
live-set bound, which no placement passes below, and that settles most arenas in milliseconds. What is left goes
to CP-SAT (:mod:`mcu_lab.search.placement_exact`), which finds a lower placement or proves that there is none.

Offsets are multiples of each buffer's alignment; sizes are not rounded; pinned buffers stay where they are.

Buffers that are live in parts (:mod:`mcu_lab.plan.extents`) may lie on each other as long as the hulls of their live
bytes stay apart. Of each two, one lies over the other whenever both are live; what is proven holds for placements
of that kind. ``effort=0`` leaves them within a few hundredths of the lowest, in less than a second.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_lab.search.blocks import Block, check_pins, height_bytes, live_bound
from mcu_lab.search.first_fit import quick_offsets
from mcu_lab.search.limits import NO_LIMITS, Limits, Progress
from mcu_lab.search.placement_exact import lowest


@dataclass(frozen=True)
class Placement:
    """Offsets in the order of the blocks. ``lower_bound_bytes`` holds for every placement of them.

    ``stopped`` says why the search ended before it knew: ``effort``, ``time`` or ``cancelled``; empty when it ran to
    its end.
    """

    offsets: tuple[int, ...]
    height_bytes: int
    lower_bound_bytes: int
    seconds: float
    stopped: str = ""

    @property
    def proven_optimal(self) -> bool:
        return self.height_bytes == self.lower_bound_bytes


def place(
    blocks: Sequence[Block],
    *,
    enough_bytes: int = 0,
    effort: float = 1.0,
    limits: Limits = NO_LIMITS,
    progress: Progress | None = None,
) -> Placement:
    """The lowest placement of ``blocks``, proven unless a limit was hit. ScheduleError for pins that collide.

    The first placement no higher than ``enough_bytes`` ends the search. ``effort`` is CP-SAT's deterministic time (1.0
    is about half a minute; 0 leaves CP-SAT out), so that the same problem gives the same offsets on any
    machine; ``limits`` are for people who wait.
    """
    began = time.monotonic()
    check_pins(blocks)
    bound = live_bound(blocks)
    enough = max(bound, enough_bytes)
    offsets, stopped = quick_offsets(blocks, enough, limits), ""
    height = height_bytes(blocks, offsets)
    if progress:
        progress(height, bound)
    if height > enough:
        offsets, bound, stopped = lowest(blocks, offsets, bound, enough, effort, limits, progress)
        height = height_bytes(blocks, offsets)
    return Placement(tuple(offsets), height, bound, time.monotonic() - began, stopped)
