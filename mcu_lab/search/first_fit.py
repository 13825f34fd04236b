"""Quick placements: first fit in several orders, then a short hill climb over the order.

First fit by size is the planner of TFLite and TFLM; the climb, which moves a block that reaches the top ahead of one
in its way, is the idea of Vela's HillClimb allocator. Neither promises anything about how low it ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from mcu_lab.lowering.place import lowest_offsets
from mcu_lab.plan.extents import Neighbour
from mcu_lab.search.blocks import Block, apart, height_bytes

#: The climb looks at about this many pairs of blocks before it gives up.
_CLIMB_WORK = 300_000


def quick_offsets(blocks: Sequence[Block], enough_bytes: int) -> list[int]:
    """An offset for each block; ends at the first placement that is no higher than ``enough_bytes``."""
    beside = apart(blocks)
    length = [b.upper - b.lower for b in blocks]
    load = [b.bytes + sum(blocks[n.other].bytes for n in beside[i]) for i, b in enumerate(blocks)]
    keys: tuple[Callable[[int], int], ...] = (
        lambda i: -blocks[i].bytes,
        lambda i: -blocks[i].bytes * length[i],
        lambda i: -length[i],
        lambda i: -load[i],
        lambda i: blocks[i].lower,
        lambda i: -blocks[i].upper,
    )
    best: tuple[int, list[int], list[int]] | None = None
    for key in keys:
        order = sorted(range(len(blocks)), key=lambda i, key=key: (key(i), -blocks[i].bytes, i))  # type: ignore[misc]
        offsets = _first_fit(blocks, beside, order)
        height = height_bytes(blocks, offsets)
        if height <= enough_bytes:
            return offsets
        if best is None or height < best[0]:
            best = height, order, offsets
    assert best is not None
    return _climb(blocks, beside, best[1], best[2], enough_bytes)


def _first_fit(blocks: Sequence[Block], beside: Sequence[Sequence[Neighbour]], order: Iterable[int]) -> list[int]:
    """Each block of ``order`` in turn goes to the lowest free offset; pinned ones are there already."""
    return lowest_offsets(order, beside, [b.alignment for b in blocks], [b.pinned for b in blocks])


def _climb(
    blocks: Sequence[Block],
    beside: Sequence[Sequence[Neighbour]],
    order: list[int],
    offsets: list[int],
    enough_bytes: int,
) -> list[int]:
    rng = random.Random(0)
    height = height_bytes(blocks, offsets)
    for _ in range(_CLIMB_WORK // (1 + sum(map(len, beside)))):
        if height <= enough_bytes:
            break
        top = rng.choice([i for i, b in enumerate(blocks) if offsets[i] + b.bytes == height])
        other = rng.choice([n.other for n in beside[top]] or [top])
        trial = list(order)
        a, b = trial.index(top), trial.index(other)
        trial[a], trial[b] = trial[b], trial[a]
        tried = _first_fit(blocks, beside, trial)
        if height_bytes(blocks, tried) <= height:
            order, offsets, height = trial, tried, height_bytes(blocks, tried)
    return offsets
