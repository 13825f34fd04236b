"""Quick placements: first fit in several orders, then a short hill climb over the order.

First fit by size is the planner of TFLite and TFLM; a climb over the order is the idea of Vela's HillClimb allocator.
Here it moves one of the blocks that hold up the highest: each lies on the next, and while they keep their order the
height stays. Neither promises anything about how low it ends.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mcu_lab.graph.box import Interval
from mcu_lab.lowering.pile import Pile, orders
from mcu_lab.search.blocks import Block, apart, in_parts
from mcu_lab.search.limits import NO_LIMITS, Limits

#: The climb looks at about this many pairs of blocks before it gives up; more when some are live in parts.
_CLIMB_WORK, _CLIMB_WORK_IN_PARTS = 300_000, 1_500_000
#: Most placements that the climb tries.
_CLIMB_TRIES = 2_000


def quick_offsets(blocks: Sequence[Block], enough_bytes: int, limits: Limits = NO_LIMITS) -> list[int]:
    """An offset for each block; ends at the first placement that is no higher than ``enough_bytes``.

    ``limits`` end the climb only.
    """
    near, sizes = apart(blocks), [b.bytes for b in blocks]
    pile = Pile(sizes, [b.alignment for b in blocks], [b.pinned for b in blocks], near)
    piles = [pile]
    if in_parts(blocks) and all(b.pinned is None for b in blocks):
        piles.append(pile.turned_over())
    best: _Found | None = None
    for order in orders(sizes, [Interval(b.lower, b.upper) for b in blocks], near):
        for tried in piles:
            found = _Found(tried, order, tried.lowest(order))
            if found.height <= enough_bytes:
                return found.pile.offsets(found.places)
            if best is None or found.height < best.height:
                best = found
    assert best is not None
    work = _CLIMB_WORK_IN_PARTS if in_parts(blocks) else _CLIMB_WORK
    best = _climb(best, min(_CLIMB_TRIES, work // (1 + sum(map(len, near)))), enough_bytes, limits)
    return best.pile.offsets(best.places)


@dataclass(frozen=True)
class _Found:
    """What first fit makes of an order."""

    pile: Pile
    order: list[int]
    places: list[int]

    @cached_property
    def height(self) -> int:
        return self.pile.height(self.places)

    def reordered(self, order: list[int], same: int) -> _Found | None:
        """What it makes of another order, which starts with the same ``same`` blocks; None if that is higher."""
        known = list(self.pile.pinned)
        for block in order[:same]:
            known[block] = self.places[block]
        places = self.pile.lowest_within(self.height, order[same:], known)
        found = None if places is None else _Found(self.pile, order, places)
        return found if found and found.height <= self.height else None


def _climb(best: _Found, tries: int, enough_bytes: int, limits: Limits) -> _Found:
    """Swap, or move elsewhere in the order, blocks that hold up the highest; keep what ends no higher."""
    rng = random.Random(0)
    for _ in range(tries):
        if best.height <= enough_bytes or limits.reached:
            break
        chain = _chain(best, rng)
        block = rng.choice(chain)
        order = list(best.order)
        at = order.index(block)
        if rng.random() < 0.5:
            other = rng.choice([*chain, *(n.other for n in best.pile.near[block])])
            to = order.index(other)
            order[at], order[to] = other, block
        else:
            to = rng.randrange(len(order))
            order.insert(to, order.pop(at))
        best = best.reordered(order, same=min(at, to)) or best
    return best


def _chain(found: _Found, rng: random.Random) -> list[int]:
    """A block that reaches the top, one that it rests on, and so on to the ground."""
    pile, places = found.pile, found.places
    ends = pile.ends(places)
    top = max(ends)
    chain = [rng.choice([i for i, end in enumerate(ends) if end == top])]
    while True:
        block = chain[-1]
        step = pile.alignments[block]
        under = [
            n.other
            for n in pile.near[block]
            if places[block] - step < places[n.other] + n.above <= places[block] and n.other not in chain
        ]
        if not under:
            return chain
        chain.append(rng.choice(under))
