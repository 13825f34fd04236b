"""What a stage by rows surely holds at a few moments: a bound for thousands of stages, none of which has to be run.

The moment is when the last operator makes its ``m``-th tile. Everybody has been pulled just as far as it takes, so how
much of each store has been made and is still wanted follows backwards from the region rules, operator by operator, and
going one operator further back adds one stage. Where several operators leave a stage, how far the others have come is
not known, and what only they want is left out. Rows that are made for one read alone and die with it are left out too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection

from mcu_lab.search.runs import Runs
from mcu_lab.stopping import look_up


def row_bounds(runs: Runs, end: int, rows: int, most: int, anew: Collection[int] = ()) -> dict[int, int]:
    """For each ``begin`` the bytes that the stage ``[begin, end)`` holds at least, making ``rows`` rows at a time.

    Of stages with ``most`` operators or fewer. ``anew``: stores that need not be kept. What is made from others then
    wants these no shorter.
    """
    first = end - 1
    while first > max(0, end - most) and runs.has_rows(first - 1):
        first -= 1
    count = len(runs.tiles(end - 1, rows))
    best: dict[int, int] = {}
    for moment in sorted({0, count // 4, count // 2, 3 * count // 4, count - 1}):
        for begin, held in _held(runs, first, end, rows, moment, anew).items():
            best[begin] = max(best.get(begin, 0), held)
    return best


def _held(runs: Runs, first: int, end: int, rows: int, moment: int, anew: Collection[int]) -> dict[int, int]:
    """For each ``begin`` from ``first`` on the bytes held when the last operator makes tile ``moment``."""
    stores = runs.stores
    needed: dict[int, int] = {}
    wanted: dict[int, int] = {}
    loose: set[int] = set()
    inside = 0
    found: dict[int, int] = {}
    look_up()
    for at in reversed(range(first, end)):
        tiles = runs.tiles(at, rows)
        makes = runs.makes[at]
        if at == end - 1:
            done, now, known = moment + 1, moment, True
        else:
            most = max((needed.get(k, 0) for k in makes), default=0)
            done = min(bisect_left(tiles, most, key=lambda tile: tile.made) + 1, len(tiles)) if most else 0
            now, known = done, most > 0 and loose.isdisjoint(makes)
        made = tiles[done - 1].made if done else 0
        for k in makes:
            store = stores[k]
            if store.rows and runs.makers[k] == 1 and not (k in anew and store.last < end):
                oldest = 0 if store.last >= end else wanted.get(k, store.rows)
                inside += max(0, made - oldest) * store.row_bytes
        if done:
            for k, _, hi in tiles[done - 1].reads:
                needed[k] = max(needed.get(k, 0), hi)
        reads = {k for k, _, _ in tiles[0].reads}
        if not known:
            loose |= reads
        elif now < len(tiles):
            for k, lo, _ in tiles[now].reads:
                wanted[k] = min(wanted.get(k, stores[k].rows), lo)
        for k in makes:
            # From here back it is not there yet.
            if stores[k].first == at and not stores[k].arrives:
                wanted.pop(k, None)
        entering = 0
        for k, oldest in wanted.items():
            store = stores[k]
            if store.arrives and store.first >= at and store.last < end and store.rows:
                entering += max(0, needed.get(k, 0) - oldest) * store.row_bytes
            elif store.first < at and store.last < end and store.rows:
                entering += (store.rows - oldest) * store.row_bytes
        found[at] = inside + entering + runs.across(at, end)
    return found
