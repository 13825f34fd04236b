"""First fit: blocks laid on each other, one after the other, each as low as those before it leave room.

The same from the ceiling down is first fit with the pile turned over: there a block's place is how far its start lies
below the ceiling. That matters where blocks are live in parts: an output that grows while its input dies from
the front can lie under the input but not over it, and whoever comes first lies lowest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import lcm

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.plan.extent import Neighbour
from mcu_lab.stopping import look_up

#: Blocks that are placed between two looks up, each of which takes as long as placing one.
_LOOK_UP = 64


@dataclass(frozen=True)
class Pile:
    """What first fit has to know of blocks; all lists are by block.

    near        those that are live together with it, and how far apart their places have to be.
    alignments  every place is a multiple of it.
    pinned      the place of blocks that are there already.
    turned      places count down from the ceiling.
    """

    sizes: Sequence[int]
    alignments: Sequence[int]
    pinned: Sequence[int | None]
    near: Sequence[Sequence[Neighbour]]
    turned: bool = False

    def turned_over(self) -> Pile:
        """An upright pile without pins, seen from the ceiling."""
        near = [[Neighbour(n.other, n.below, n.above) for n in row] for row in self.near]
        return replace(self, near=near, turned=True)

    def lowest(self, order: Iterable[int], known: Sequence[int | None] = ()) -> list[int]:
        """First fit: each block of ``order`` in turn gets the lowest free place. Those left out get 0.

        ``known``: places of blocks that are there already; without it, the pins.
        """
        found = self.lowest_within(None, order, known)
        assert found is not None
        return found

    def lowest_within(
        self, most_bytes: int | None, order: Iterable[int], known: Sequence[int | None] = ()
    ) -> list[int] | None:
        """The same; None as soon as it is clear that the pile would be higher than ``most_bytes``."""
        places = list(known or self.pinned)
        # A ceiling that places count down from may lie higher by a unit.
        most = None if most_bytes is None else most_bytes + (lcm(*self.alignments) if self.turned else 0)
        for number, block in enumerate(order):
            if number % _LOOK_UP == 0:
                look_up()
            if places[block] is not None:
                continue
            taken = [(at - below, at + above) for j, above, below in self.near[block] if (at := places[j]) is not None]
            floor = self.sizes[block] if self.turned else 0
            place = lowest_between(sorted(taken), self.alignments[block], floor)
            if most is not None and place + self.sizes[block] - floor > most:
                return None
            places[block] = place
        return [place or 0 for place in places]

    def ends(self, places: Sequence[int]) -> list[int]:
        """How far each block reaches up; from the ceiling, down."""
        return list(places) if self.turned else [at + size for at, size in zip(places, self.sizes, strict=True)]

    def offsets(self, places: Sequence[int]) -> list[int]:
        """The same places counted from offset 0 up."""
        if not self.turned:
            return list(places)
        unit = lcm(*self.alignments)
        ceiling = -(-max(places, default=0) // unit) * unit
        return [ceiling - place for place in places]

    def height(self, places: Sequence[int]) -> int:
        """The end of the highest block when all have these places."""
        return max((o + size for o, size in zip(self.offsets(places), self.sizes, strict=True)), default=0)


def lowest_between(forbidden: Iterable[tuple[int, int]], alignment: int, floor: int = 0) -> int:
    """The lowest aligned place from ``floor`` on strictly inside none of ``forbidden``, which is sorted by start."""
    place = -(-floor // alignment) * alignment
    for lo, hi in forbidden:
        if place <= lo:
            break
        if hi > place:
            place = -(-hi // alignment) * alignment
    return place


def lowest_whole(
    order: Iterable[int],
    sizes: Sequence[int],
    alignments: Sequence[int],
    pinned: Sequence[int | None],
    lives: Sequence[Interval],
) -> list[int]:
    """The same as :meth:`Pile.lowest` for blocks that are live whole, so that nobody has to know their neighbours."""
    first = np.array([life.lo for life in lives], dtype=np.int64)
    end = np.array([life.hi for life in lives], dtype=np.int64)
    bytes_ = np.array(sizes, dtype=np.int64)
    places = np.array([0 if place is None else place for place in pinned], dtype=np.int64)
    placed = np.array([place is not None for place in pinned], dtype=bool)
    for block in order:
        look_up()
        if placed[block]:
            continue
        size, life, unit = sizes[block], lives[block], alignments[block]
        beside = placed & (first < life.hi) & (end > life.lo)
        lo, hi = places[beside] - size, places[beside] + bytes_[beside]
        by_start = np.argsort(lo)
        # Where the block could go when all before it in this order are in its way: :func:`lowest_between` at once.
        tried = np.concatenate(((0,), -(-np.maximum.accumulate(hi[by_start]) // unit) * unit))
        free = np.append(tried[:-1] <= lo[by_start], True)
        places[block], placed[block] = tried[int(free.argmax())], True
    found: list[int] = places.tolist()
    return found


def orders(sizes: Sequence[int], lives: Sequence[Interval], near: Sequence[Sequence[Neighbour]]) -> Iterator[list[int]]:
    """Orders worth trying: largest first by bytes, bytes times lifetime, lifetime, or bytes that live beside; by birth
    and death, either way."""
    keys: tuple[Callable[[int], int], ...] = (
        lambda i: -sizes[i],
        lambda i: -sizes[i] * len(lives[i]),
        lambda i: -len(lives[i]),
        lambda i: -sizes[i] - sum(sizes[n.other] for n in near[i]),
        lambda i: lives[i].lo,
        lambda i: -lives[i].hi,
        lambda i: -lives[i].lo,
        lambda i: lives[i].hi,
    )
    for key in keys:
        yield sorted(range(len(sizes)), key=lambda i: (key(i), -sizes[i], i))
