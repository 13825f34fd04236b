"""Which bytes of a buffer are live, step by step, and how close two such buffers may come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mcu_lab.graph.box import Interval

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
        return Extent.of((life.lo, life.hi), ((0, size_bytes),))

    @property
    def life(self) -> Interval:
        return Interval(int(self.steps[0]), int(self.steps[-1]))

    @property
    def is_rectangle(self) -> bool:
        """Whether the same bytes are live all the time."""
        return len(self.lo) == 1

    def at(self, step: int) -> Interval:
        """The bytes that are live at a step."""
        if step not in self.life:
            return Interval(0, 0)
        piece = int(np.searchsorted(self.steps, step, side="right")) - 1
        return Interval(int(self.lo[piece]), int(self.hi[piece]))


def live_curve(live: Iterable[Extent], steps: int) -> np.ndarray:
    """Bytes that are live at each of so many steps, all extents added up: int64."""
    changes = np.zeros(steps + 1, dtype=np.int64)
    for extent in live:
        sizes = extent.hi - extent.lo
        changes[extent.steps[:-1]] += sizes
        changes[extent.steps[1:]] -= sizes
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
    found: list[list[Neighbour]] = [[] for _ in extents]
    live: list[int] = []
    for i in sorted(range(len(extents)), key=lambda i: (extents[i].steps[0], i)):
        live = [j for j in live if extents[j].steps[-1] > extents[i].steps[0]]
        for j in live:
            apart = separations(extents[j], extents[i])
            if apart is not None:
                found[i].append(Neighbour(j, *apart))
                found[j].append(Neighbour(i, *reversed(apart)))
        live.append(i)
    return found
