"""The placement problem as pure data: blocks with lifetimes, which of them meet, and a height none stays below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Interval
from mcu_lab.plan.extent import Extent, Neighbour, live_curve, neighbours, separations


@dataclass(frozen=True, slots=True)
class Block:
    """A buffer to place: live in the half-open steps ``lower .. upper``; ``pinned`` is an offset to keep.

    ``extent`` says which bytes are live at each of these steps; without it all are.
    """

    name: str
    bytes: int
    lower: int
    upper: int
    alignment: int = 1
    pinned: int | None = None
    extent: Extent | None = None

    def meets(self, other: Block) -> bool:
        """Whether both are live at some step."""
        return self.lower < other.upper and other.lower < self.upper

    def live(self) -> Extent:
        return self.extent or Extent.whole(Interval(self.lower, self.upper), self.bytes)


def height_bytes(blocks: Sequence[Block], offsets: Sequence[int]) -> int:
    """The end of the highest block."""
    return max((o + b.bytes for b, o in zip(blocks, offsets, strict=True)), default=0)


def live_bound(blocks: Sequence[Block]) -> int:
    """A height that no placement stays below: what is live at some step, with the gaps that alignment forces.

    Where blocks are live in parts, no placement that keeps their live bytes apart; gaps do not count then.
    """
    pins = max((b.pinned + b.bytes for b in blocks if b.pinned is not None), default=0)
    alone = max((b.bytes for b in blocks), default=0)
    if in_parts(blocks):
        return max(pins, alone, fullest(blocks)[1])
    return max([pins, alone, *(_stack_bytes([blocks[i] for i in live]) for live in sections(blocks))])


def in_parts(blocks: Sequence[Block]) -> bool:
    """Whether some block is not wholly live all the time."""
    return any(b.extent is not None for b in blocks)


def fullest(blocks: Sequence[Block]) -> tuple[int, int]:
    """(the first step at which most bytes are live, how many)."""
    curve = live_curve((b.live() for b in blocks), max((b.upper for b in blocks), default=0))
    step = int(curve.argmax()) if curve.size else 0
    return step, int(curve[step]) if curve.size else 0


def _stack_bytes(live: Sequence[Block]) -> int:
    """Least height of blocks that are all live at once: each but the highest is followed by a gap to the alignment."""
    step = gcd(*(b.alignment for b in live))
    padded = [-(-b.bytes // step) * step for b in live]
    return sum(padded) - max(p - b.bytes for p, b in zip(padded, live, strict=True))


def sections(blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    """The largest sets of blocks (indices, ascending) that are live together, in order of time."""
    kept: list[frozenset[int]] = []
    for step in sorted({b.lower for b in blocks if b.lower < b.upper}):
        live = frozenset(i for i, b in enumerate(blocks) if b.lower <= step < b.upper)
        # Only a neighbour in time can cover a set: between any two others some block has come and gone.
        while kept and kept[-1] <= live:
            kept.pop()
        if not kept or not live <= kept[-1]:
            kept.append(live)
    return [tuple(sorted(live)) for live in kept]


def apart(blocks: Sequence[Block]) -> list[list[Neighbour]]:
    """For each block those that are live together with it, and how far apart they have to start."""
    return _apart(tuple(blocks))


@lru_cache(maxsize=2)
def _apart(blocks: tuple[Block, ...]) -> list[list[Neighbour]]:
    if in_parts(blocks):
        return neighbours([b.live() for b in blocks])
    return [[Neighbour(j, blocks[j].bytes, blocks[i].bytes) for j in near] for i, near in enumerate(overlaps(blocks))]


def overlaps(blocks: Sequence[Block]) -> list[list[int]]:
    """For each block the indices of the others whose lifetimes overlap its own."""
    found: list[list[int]] = [[] for _ in blocks]
    live: list[int] = []
    for i in sorted((i for i, b in enumerate(blocks) if b.lower < b.upper), key=lambda i: (blocks[i].lower, i)):
        live = [j for j in live if blocks[j].upper > blocks[i].lower]
        for j in live:
            found[i].append(j)
            found[j].append(i)
        live.append(i)
    return found


def check_pins(blocks: Sequence[Block]) -> None:
    """ScheduleError when pinned blocks are misaligned or have live bytes in the same place at the same time."""
    pinned = [(b, b.pinned) for b in blocks if b.pinned is not None]
    for i, (a, at) in enumerate(pinned):
        if at < 0 or at % a.alignment:
            raise ScheduleError(f"pinned at offset {at}, which is not a multiple of {a.alignment}.", where=a.name)
        for b, other in pinned[:i]:
            apart = separations(b.live(), a.live())
            if apart and other - apart[1] < at < other + apart[0]:
                raise ScheduleError(
                    f"pinned onto bytes of {b.name} while both are live.",
                    where=a.name,
                    hint="Unpin one of them or move it.",
                )
