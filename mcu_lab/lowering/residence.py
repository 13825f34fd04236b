"""How long rows stay, and where: the size of a line buffer, and of the place where fresh rows lie apart from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Use:
    """Piece number ``at`` makes, or else reads, rows ``lo:hi``. Uses are in the order of the pieces; rows are made in
    ascending order unless several operators make them."""

    at: int
    lo: int
    hi: int
    made: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Where rows are when piece ``at`` uses them: those from ``first`` on lie fresh, older ones in the line buffer.

    oldest  the first row that later pieces read.
    moved   rows that move into the line buffer once the piece is done; none when the two are equal.
    """

    at: int
    first: int
    oldest: int
    moved: tuple[int, int] = (0, 0)

    def done(self) -> Stay:
        """Where rows are once the piece is done."""
        lo, hi = self.moved
        return replace(self, first=hi, moved=(0, 0)) if lo < hi else self


@dataclass(frozen=True, slots=True)
class Residence:
    """Rows that the line buffer and the fresh place have room for, and one Stay for each Use."""

    line: int
    fresh: int
    stays: tuple[Stay, ...]


def inside(uses: Sequence[Use], height: int) -> Residence:
    """Everything in the line buffer: at most the rows from the oldest that is wanted to the newest that is made."""
    oldest = _oldest(uses, height)
    line = top = 0
    for use, wanted in zip(uses, oldest, strict=False):
        top = max(top, use.hi) if use.made else top
        line = max(line, top - min(wanted, use.lo))
    return Residence(line, 0, tuple(Stay(use.at, height, wanted) for use, wanted in zip(uses, oldest[1:], strict=True)))


def apart(uses: Sequence[Use], height: int) -> Residence:
    """In the line buffer only what is wanted across a burst of rows made one after the other without a read between.

    Of a burst, the last rows lie fresh, as many as the line buffer has no room for. They move once it has.
    """
    oldest = _oldest(uses, height)
    starts = [k for k, use in enumerate(uses) if use.made and not (k and uses[k - 1].made)]
    bursts = list(pairwise([*starts, len(uses)]))
    tops = [max(use.hi for use in uses[start:end] if use.made) for start, end in bursts]
    line = max((max(0, top - oldest[end]) for top, (_, end) in zip(tops, bursts, strict=True)), default=0)
    most_fresh = 0
    stays = []
    for top, (start, end) in zip(tops, bursts, strict=True):
        room = oldest[start] + line if line else 0
        first = next((use.lo for use in uses[start:end] if use.made and use.hi > room), top)
        most_fresh = max(most_fresh, top - first)
        for k in range(start, end):
            fits = not uses[k].made and top - line <= oldest[k + 1] < top
            moved = (max(first, oldest[k + 1]), top) if fits and first < top else (0, 0)
            stays.append(Stay(uses[k].at, first, oldest[k + 1], moved))
            first = stays[-1].done().first
    return Residence(line, most_fresh, tuple(stays))


def _oldest(uses: Sequence[Use], height: int) -> list[int]:
    """For each use the first row that it or a later one reads, and for the end ``height``: nothing is wanted."""
    oldest = [height]
    for use in reversed(uses):
        oldest.append(oldest[-1] if use.made else min(oldest[-1], use.lo))
    return oldest[::-1]
