"""Half-open intervals and boxes: regions of a tensor, in tensor coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The integers ``lo <= i < hi``. Empty when ``lo >= hi``."""

    lo: int
    hi: int

    def __len__(self) -> int:
        return max(0, self.hi - self.lo)

    def __and__(self, other: Interval) -> Interval:
        return Interval(max(self.lo, other.lo), min(self.hi, other.hi))

    def __contains__(self, other: object) -> bool:
        if isinstance(other, Interval):
            return not other or (self.lo <= other.lo and other.hi <= self.hi)
        return isinstance(other, int) and self.lo <= other < self.hi

    def shifted(self, by: int) -> Interval:
        return Interval(self.lo + by, self.hi + by)

    def __str__(self) -> str:
        return f"{self.lo}:{self.hi}"


@dataclass(frozen=True, slots=True)
class Box:
    """A product of intervals, one for each axis of a tensor. A scalar's box has no axes."""

    intervals: tuple[Interval, ...]

    @staticmethod
    def full(shape: Sequence[int]) -> Box:
        return _full(tuple(shape))

    @staticmethod
    def of(*bounds: tuple[int, int]) -> Box:
        return Box(tuple(Interval(lo, hi) for lo, hi in bounds))

    @property
    def shape(self) -> tuple[int, ...]:
        # Asked for everywhere: a list and no call of __len__ take a third of the time.
        return tuple([i.hi - i.lo if i.lo < i.hi else 0 for i in self.intervals])

    @property
    def size(self) -> int:
        """How many elements the box holds."""
        return prod(self.shape)

    @property
    def slices(self) -> tuple[slice, ...]:
        """The numpy index that cuts this box out of an array of the whole tensor."""
        return tuple(slice(i.lo, i.hi) for i in self.intervals)

    def replaced(self, axis: int, interval: Interval) -> Box:
        parts = list(self.intervals)
        parts[axis] = interval
        return Box(tuple(parts))

    def within(self, outer: Box) -> tuple[slice, ...]:
        """The numpy index that cuts this box out of an array that holds just ``outer``."""
        return tuple(slice(i.lo - o.lo, i.hi - o.lo) for i, o in zip(self.intervals, outer.intervals, strict=True))

    def __and__(self, other: Box) -> Box:
        return Box(tuple(a & b for a, b in zip(self.intervals, other.intervals, strict=True)))

    def __contains__(self, other: object) -> bool:
        return (
            isinstance(other, Box)
            and len(self.intervals) == len(other.intervals)
            and (
                all([a.lo <= b.lo and b.hi <= a.hi for a, b in zip(self.intervals, other.intervals, strict=True)])
                or other.size == 0
            )
        )

    def __iter__(self) -> Iterator[Interval]:
        return iter(self.intervals)

    def __len__(self) -> int:
        return len(self.intervals)

    def __getitem__(self, axis: int) -> Interval:
        return self.intervals[axis]

    def __str__(self) -> str:
        return "[" + ",".join(str(i) for i in self.intervals) + "]"


def coordinates(numbers: np.ndarray, shape: Sequence[int]) -> tuple[np.ndarray, ...]:
    """Where the elements with these row-major numbers lie: one array for each axis, each shaped like ``numbers``.

    None for a scalar. ``np.unravel_index`` refuses scalars, and numpy 2.4's errs for more than 8192 numbers.
    """
    found: list[np.ndarray] = []
    for length in reversed(shape):
        numbers, along = np.divmod(numbers, length)
        found.append(along)
    return tuple(reversed(found))


@lru_cache(maxsize=4096)
def _full(shape: tuple[int, ...]) -> Box:
    """Asked for so often that one Box for each shape pays."""
    return Box(tuple(Interval(0, n) for n in shape))
