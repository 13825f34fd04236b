"""Offsets for buffers that nobody placed: deterministic first fit around those that are fixed.

No claim to optimality: a good placement is a search's business and arrives as ``Schedule.offsets``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mcu_lab.plan.extents import Extent, Neighbour, neighbours
from mcu_lab.plan.model import Buffer


def first_fit(buffers: Sequence[Buffer], live: Mapping[str, Extent], fixed: Mapping[str, int]) -> dict[str, int]:
    """Buffer id -> offset for all ``buffers`` (of one memory). ``fixed`` ones keep theirs, right or wrong.

    Two buffers may share bytes when not both are ``live`` there at the same step; a buffer that nothing
    touches gets offset 0. Largest first; where buffers are live in parts, also latest first, which puts what a
    stage makes under what it reads, and the lower one counts.
    """
    offsets = {b.id: fixed[b.id] for b in buffers if b.id in fixed}
    alive = [b for b in buffers if b.id in live]
    parts = [live[b.id] for b in alive]
    beside = neighbours(parts)
    pinned = [fixed.get(b.id) for b in alive]
    alignments = [b.alignment for b in alive]
    keys = [[(-b.bytes, part.life.lo, b.id) for b, part in zip(alive, parts, strict=True)]]
    if not all(part.is_rectangle for part in parts):
        keys.append([(-part.life.lo, -b.bytes, b.id) for b, part in zip(alive, parts, strict=True)])
        keys.append([(-part.life.hi, -b.bytes, b.id) for b, part in zip(alive, parts, strict=True)])
    found = [lowest_offsets(sorted(range(len(alive)), key=key.__getitem__), beside, alignments, pinned) for key in keys]
    best = min(found, key=lambda offsets: max((o + b.bytes for o, b in zip(offsets, alive, strict=True)), default=0))
    offsets |= {b.id: o for b, o in zip(alive, best, strict=True)}
    return {b.id: offsets.get(b.id, 0) for b in buffers}


def lowest_offsets(
    order: Iterable[int], beside: Sequence[Sequence[Neighbour]], alignments: Sequence[int], pinned: Sequence[int | None]
) -> list[int]:
    """First fit: each block of ``order`` in turn goes to the lowest free offset; pinned ones are there already.

    The lists are by block. Blocks that are neither pinned nor in ``order`` get offset 0.
    """
    offsets = list(pinned)
    for block in order:
        if offsets[block] is not None:
            continue
        taken = [(o - below, o + above) for other, above, below in beside[block] if (o := offsets[other]) is not None]
        offsets[block] = _lowest_between(sorted(taken), alignments[block])
    return [offset or 0 for offset in offsets]


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
        end = _lowest_between([(-buffer.bytes, end), *ahead], buffer.alignment)
        offsets[buffer.id] = end
        end += buffer.bytes
    return offsets


def _lowest_between(forbidden: Sequence[tuple[int, int]], alignment: int) -> int:
    """The lowest aligned offset strictly inside none of ``forbidden``, which is sorted by start."""
    offset = 0
    for lo, hi in forbidden:
        if offset <= lo:
            break
        offset = max(offset, -(-hi // alignment) * alignment)
    return offset
