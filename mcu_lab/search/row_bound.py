"""What a stage by rows surely holds at a few moments: a bound for thousands of stages, none of which has to be run.

The moment is when the last operator makes its ``m``-th tile. Everybody has been pulled just as far as it takes, so how
much of each store has been made and is still wanted follows backwards from the region rules, operator by operator, and
going one operator further back adds one stage. Where several operators leave a stage, how far the others have come is
not known, and what only they want is left out. Rows that are made for one read alone and die with it are left out too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from math import prod

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Tensor
from mcu_lab.lowering.pull import row_tables
from mcu_lab.ops.demand import demanded
from mcu_lab.search.runs import Runs
from mcu_lab.stopping import look_up


def row_bounds(runs: Runs, end: int, rows: int, anew: Collection[int] = ()) -> dict[int, int]:
    """For each ``begin`` the bytes that the stage ``[begin, end)`` holds at least, making ``rows`` rows at a time.

    ``anew``: stores that need not be kept. What is made from others then wants these no shorter.
    """
    first = end - 1
    while first > 0 and runs.has_rows(first - 1):
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
    for at in reversed(range(first, end)):
        look_up()
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
                inside += _rows_bytes(runs, k, oldest, made)
        if done:
            for k, _, hi in tiles[done - 1].reads:
                needed[k] = max(needed.get(k, 0), hi)
        reads = {k for k, _, _ in tiles[0].reads}
        if not known:
            loose |= reads
        elif now < len(tiles):
            for k, lo, _ in tiles[now].reads:
                wanted[k] = min(wanted.get(k, stores[k].rows), lo)
        entering = 0
        for k, oldest in wanted.items():
            store = stores[k]
            if store.arrives and store.first >= at and store.last < end and store.rows:
                entering += _rows_bytes(runs, k, oldest, needed.get(k, 0))
            elif store.first < at and store.last < end and store.rows:
                entering += _rows_bytes(runs, k, oldest, store.rows)
        found[at] = inside + entering + runs.surely_across(at, end)
    return found


def _rows_bytes(runs: Runs, number: int, oldest: int, made: int) -> int:
    """Bytes of a store that are live, at least, when its rows from ``oldest`` are wanted and those up to ``made`` are
    made. 0 for what several tensors share: which of them has been made is not known."""
    store, graph = runs.stores[number], runs.graph
    tables, box = row_tables(graph), demanded(graph).get(store.tensor)
    if box is None or runs.shared_by_many(number):
        return 0
    rows = tables.rows[store.tensor]
    last = min(made, -(-box[rows.axis].hi // rows.unit))
    # Of a row that is wanted, its readers may leave out what lies at either end.
    narrow = [found for op in graph.readers.get(store.tensor, ()) if (found := tables.narrow(op, store.tensor))]
    left_out = max((_left_out(found, graph.tensors[store.tensor], rows.axis) for found in [box, *narrow]), default=0)
    return max(0, (last - oldest) * store.row_bytes - 2 * left_out)


def _left_out(box: Box, tensor: Tensor, rows_axis: int) -> int:
    """Bytes of a row that lie outside a box."""
    across = [(len(i), n) for axis, (i, n) in enumerate(zip(box, tensor.shape, strict=True)) if axis != rows_axis]
    inner = prod(tensor.shape[rows_axis + 1 :]) * tensor.element_bytes
    return inner - inner * prod(n for n, _ in across) // max(1, prod(n for _, n in across))
