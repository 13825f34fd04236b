"""Which bytes of a buffer are live, step by step, and how close two such buffers may come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.stopping import look_up

#: First byte and the one behind the last.
Run = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Extent:
    """From step ``steps[i]`` until before ``steps[i + 1]`` the bytes ``lo[i]:hi[i]`` of a buffer are live.

    ``steps`` has n + 1 ascending numbers, ``lo`` and ``hi`` have n, all int64 and read-only; neighbours differ, and
    ``lo == hi == 0`` where nothing is live.
    """

    steps: np.ndarray
    lo: np.ndarray
    hi: np.ndarray

    @staticmethod
    def of(steps: Sequence[int], hulls: Sequence[Run]) -> Extent:
        """Pieces as they come; equal neighbours are joined."""
        kept = [i for i, hull in enumerate(hulls) if i == 0 or hull != hulls[i - 1]]
        columns = ([*(steps[i] for i in kept), steps[-1]], [hulls[i][0] for i in kept], [hulls[i][1] for i in kept])
        arrays = [np.array(column, dtype=np.int64) for column in columns]
        for array in arrays:
            array.setflags(write=False)
        return Extent(*arrays)

    @staticmethod
    def whole(life: Interval, size_bytes: int) -> Extent:
        """All bytes, as long as the buffer lives."""
        steps = np.array((life.lo, life.hi), dtype=np.int64)
        steps.setflags(write=False)
        return Extent(steps, _alone(0), _alone(size_bytes))

    @property
    def life(self) -> Interval:
        return Interval(int(self.steps[0]), int(self.steps[-1]))

    @property
    def is_rectangle(self) -> bool:
        """Whether the same bytes are live all the time."""
        return len(self.lo) == 1

    def is_whole(self, size_bytes: int) -> bool:
        """Whether all of that many bytes, and there are some, are live all the time."""
        return len(self.lo) == 1 and 0 == int(self.lo[0]) < int(self.hi[0]) == size_bytes

    def at(self, step: int) -> Interval:
        """The bytes that are live at a step."""
        if step not in self.life:
            return Interval(0, 0)
        piece = int(np.searchsorted(self.steps, step, side="right")) - 1
        return Interval(int(self.lo[piece]), int(self.hi[piece]))


@lru_cache(maxsize=1024)
def _alone(number: int) -> np.ndarray:
    """A read-only array of just this number."""
    array = np.array((number,), dtype=np.int64)
    array.setflags(write=False)
    return array


def live_curve(live: Iterable[Extent], steps: int) -> np.ndarray:
    """Bytes that are live at each of so many steps, all extents added up: int64."""
    changes = np.zeros(steps + 1, dtype=np.int64)
    if extents := tuple(live):
        sizes = np.concatenate([e.hi for e in extents]) - np.concatenate([e.lo for e in extents])
        np.add.at(changes, np.concatenate([e.steps[:-1] for e in extents]), sizes)
        np.subtract.at(changes, np.concatenate([e.steps[1:] for e in extents]), sizes)
    return np.cumsum(changes[:-1])


def separations(one: Extent, other: Extent) -> tuple[int, int] | None:
    """(how far above the start of ``one`` ``other`` must start to lie over it, and the same the other way round).

    Bytes; negative when even lower is high enough. None when the two are never live together. With ``other`` at least
    so far up, all of its live bytes lie above those of ``one`` at every step.
    """
    first, last = max(one.steps[0], other.steps[0]), min(one.steps[-1], other.steps[-1])
    if first >= last:
        return None
    if one.is_rectangle and other.is_rectangle:
        lo, hi, other_lo, other_hi = one.lo, one.hi, other.lo, other.hi
    else:
        begins = np.concatenate((one.steps[:-1], other.steps[:-1]))
        begins = begins[(begins >= first) & (begins < last)]
        mine = np.searchsorted(one.steps, begins, side="right") - 1
        theirs = np.searchsorted(other.steps, begins, side="right") - 1
        lo, hi, other_lo, other_hi = one.lo[mine], one.hi[mine], other.lo[theirs], other.hi[theirs]
    both = (hi > lo) & (other_hi > other_lo)
    if not both.any():
        return None
    return int((hi - other_lo)[both].max()), int((other_hi - lo)[both].max())


class Neighbour(NamedTuple):
    """Another buffer, or block, and how far above its start one must start to lie over it, how far below under it."""

    other: int
    above: int
    below: int


def neighbours(extents: Sequence[Extent]) -> list[list[Neighbour]]:
    """For each extent the others (by position) that are live together with it, and how far apart they must start."""
    return _neighbours(tuple(extents))


@lru_cache(maxsize=8)
def _neighbours(extents: tuple[Extent, ...]) -> list[list[Neighbour]]:
    """The same for extents that are asked about again when only offsets change: they are told apart by identity."""
    found: list[list[Neighbour]] = [[] for _ in extents]
    lives = [(int(e.steps[0]), int(e.steps[-1])) for e in extents]
    # Most buffers are live whole, and their separations are just their bytes.
    whole = [(int(e.lo[0]), int(e.hi[0])) if e.is_rectangle and e.hi[0] > e.lo[0] else None for e in extents]
    live: list[int] = []
    new = tuple.__new__  # Neighbour(...) takes three times as long, and there are tens of thousands.
    for i in sorted(range(len(extents)), key=lambda i: (lives[i][0], i)):
        look_up()
        first, other, mine = lives[i][0], whole[i], found[i]
        live = [j for j in live if lives[j][1] > first]
        for j in live:
            one = whole[j]
            if one and other:
                above, below = one[1] - other[0], other[1] - one[0]
            elif (apart := separations(extents[j], extents[i])) is not None:
                above, below = apart
            else:
                continue
            mine.append(new(Neighbour, (j, above, below)))
            found[j].append(new(Neighbour, (i, below, above)))
        live.append(i)
    return found
