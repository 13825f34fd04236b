"""What a stage costs in which some operators keep nothing, and make what is read anew, a few columns at a time.

The others are pulled row by row as ever; one that reads what is made anew reads, in effect, what that is made from. The
small place for it is there only while it is wanted, and what is made twice is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from mcu_lab.graph.box import Box, Interval
from mcu_lab.lowering.pieces import ROW_AXIS, has_rows
from mcu_lab.lowering.pull import pulled
from mcu_lab.lowering.tile_pieces import COLUMN_AXIS
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import WriteBoxes
from mcu_lab.search.row_cost import Use, change_bytes, line_buffer
from mcu_lab.search.runs import Runs, Tile
from mcu_lab.stopping import look_up


@dataclass(frozen=True, slots=True)
class TileWork:
    """Steps and multiply-accumulates."""

    steps: int
    macs: int


#: For one row of an operator: bytes of what is made anew for a tile of it, steps, multiply-accumulates.
_Extra = tuple[int, int, int]


def expansions(runs: Runs, begin: int, end: int) -> tuple[int, ...]:
    """Positions in ``[begin, end)`` that may be made anew and that pay: they make more than they read."""
    graph = runs.graph
    found = []
    for at in range(begin, end):
        op = graph.operators[runs.operators[at]]
        reads, makes = {runs.store_of(t) for t in runs.reads_of(op.id)}, runs.makes[at]
        if len(reads) != 1 or len(makes) != 1 or len(op.outputs) != 1 or runs.makers[makes[0]] != 1:
            continue
        source, target = runs.stores[next(iter(reads))], runs.stores[makes[0]]
        if target.rows > 1 and target.last < end and source.row_bytes * source.rows < target.bytes:
            found.append(at)
    return tuple(found)


class Tiles:
    """Costs of stages in which all expansions are made anew, one row and so many columns at a time. Remembers them."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._extras: dict[tuple[int, int, frozenset[int]], list[_Extra]] = {}

    def work(self, begin: int, end: int, columns: int) -> TileWork:
        """What it takes to execute the run ``[begin, end)``, all of it images."""
        runs, anew = self._runs, expansions(self._runs, begin, end)
        fresh = {number: at for at in anew for number in runs.makes[at]}
        kept = [at for at in range(begin, end) if at not in anew]
        extra = [row for at in kept for row in self._extra(at, fresh, columns)]
        macs = sum(runs.macs(at) for at in kept) + sum(macs for _, _, macs in extra)
        return TileWork(sum(steps for _, steps, _ in extra), macs)

    def peak_bytes(self, begin: int, end: int, columns: int) -> int:
        """Bytes live at once in it."""
        runs, anew = self._runs, expansions(self._runs, begin, end)
        fresh = {number: at for at in anew for number in runs.makes[at]}
        kept = [at for at in range(begin, end) if at not in anew]
        tables = {at: tuple(_composed(runs, tile, fresh) for tile in runs.tiles(at, 1)) for at in kept}
        extra = {at: self._extra(at, fresh, columns) for at in kept}
        order = _pulled(runs, end, kept, tables)
        change = [0] * (len(order) + 1)
        uses: dict[int, list[Use]] = {}
        for step, (at, row) in enumerate(order):
            tile = tables[at][row]
            for number, lo, hi in tile.reads:
                if _arrives(runs, number, begin, end):
                    uses.setdefault(number, []).append((step, hi, 0, 0))
                uses.setdefault(number, []).append((step, 0, lo, hi))
            for number in runs.makes[at]:
                uses.setdefault(number, []).append((step, tile.made, 0, 0))
            change[step] += extra[at][row][0]
            change[step + 1] -= extra[at][row][0]
        for number, use in uses.items():
            store = runs.stores[number]
            if store.first >= begin and store.last < end and store.rows and any(hi for *_, hi in use):
                line_buffer(store, use, False, change, list(change))
            elif store.first >= begin or store.last < end:
                change_bytes(store, use, begin, end, change)
        return runs.across(begin, end) + max(accumulate(change))

    def _extra(self, at: int, fresh: Mapping[int, int], columns: int) -> list[_Extra]:
        relevant = _behind(self._runs, at, fresh)
        key = at, columns, frozenset(relevant)
        if key not in self._extras:
            self._extras[key] = _extra(self._runs, at, relevant, columns)
        return self._extras[key]


def _behind(runs: Runs, at: int, fresh: Mapping[int, int]) -> dict[int, int]:
    """Of ``fresh`` what an operator reads, or what that is made from."""
    found: dict[int, int] = {}
    agenda = [at]
    while agenda:
        for tensor in runs.reads_of(runs.operators[agenda.pop()]):
            number = runs.store_of(tensor)
            if number in fresh and number not in found:
                found[number] = fresh[number]
                agenda.append(fresh[number])
    return found


def _arrives(runs: Runs, number: int, begin: int, end: int) -> bool:
    store = runs.stores[number]
    return store.arrives and bool(store.rows) and store.first >= begin and store.last < end


def _composed(runs: Runs, tile: Tile, fresh: Mapping[int, int]) -> Tile:
    """A tile that reads what the makers of ``fresh`` stores read instead of these."""
    reads: dict[int, tuple[int, int]] = {}
    agenda = list(tile.reads)
    while agenda:
        look_up()
        number, lo, hi = agenda.pop()
        if number in fresh:
            agenda += [read for row in runs.tiles(fresh[number], 1)[lo:hi] for read in row.reads]
            continue
        other = reads.get(number, (lo, hi))
        reads[number] = min(lo, other[0]), max(hi, other[1])
    return Tile(tile.made, tuple((number, *rows) for number, rows in sorted(reads.items())))


def _extra(runs: Runs, at: int, fresh: Mapping[int, int], columns: int) -> list[_Extra]:
    tiles = runs.tiles(at, 1)
    if not fresh:
        return [(0, 1, 0)] * len(tiles)
    widths = _widths(runs, at, fresh, columns)
    made = runs.graph.tensors[runs.graph.operators[runs.operators[at]].outputs[0]].shape[COLUMN_AXIS]
    side_by_side = -(-made // columns) if columns else 1
    found = []
    for tile in tiles:
        look_up()
        room = steps = macs = 0
        agenda = [read for read in tile.reads if read[0] in fresh]
        while agenda:
            number, lo, hi = agenda.pop()
            store, maker = runs.stores[number], fresh[number]
            width = runs.graph.tensors[store.tensor].shape[COLUMN_AXIS]
            room += (hi - lo) * store.row_bytes * max(widths[number]) // width
            steps += sum(1 for w in widths[number] if w)
            macs += (hi - lo) * sum(widths[number]) * (runs.macs(maker) // (store.rows * width))
            below: dict[int, tuple[int, int]] = {}
            for k, first, last in (read for row in runs.tiles(maker, 1)[lo:hi] for read in row.reads):
                if k in fresh:
                    other = below.get(k, (first, last))
                    below[k] = min(first, other[0]), max(last, other[1])
            agenda += [(k, *rows) for k, rows in below.items()]
        found.append((room, steps + side_by_side, macs))
    return found


def _widths(runs: Runs, at: int, fresh: Mapping[int, int], columns: int) -> dict[int, list[int]]:
    """For each store made anew for an operator: how many of its columns each tile of that operator needs."""
    graph = runs.graph
    whole = [Box.full(graph.tensors[t].shape) for t in graph.operators[runs.operators[at]].outputs]
    full = whole[0][COLUMN_AXIS]
    parts = [full & Interval(lo, lo + columns) for lo in range(0, full.hi, columns)] if columns else [full]
    found: dict[int, list[int]] = {}
    for number, part in enumerate(parts):
        # In full height: at the edges, and where some rows come from elsewhere, a row may need nothing.
        agenda: list[tuple[int, WriteBoxes]] = [
            (runs.operators[at], tuple(box.replaced(COLUMN_AXIS, part) for box in whole))
        ]
        while agenda:
            op_id, writes = agenda.pop()
            op = graph.operators[op_id]
            for tensor, box in zip(op.inputs, spec_of(op).needs(graph, op, writes, None), strict=True):
                if tensor < 0 or graph.tensors[tensor].is_const or box is None or not box.size:
                    continue
                store = runs.store_of(tensor)
                if store not in fresh:
                    continue
                maker = graph.producer[tensor]
                made = graph.operators[maker].outputs
                agenda.append((maker, tuple(box if t == tensor else None for t in made)))
                if maker not in runs.alias:
                    widths = found.setdefault(store, [0] * len(parts))
                    widths[number] = max(widths[number], len(box[COLUMN_AXIS]))
    return found


def _pulled(runs: Runs, end: int, kept: list[int], tables: Mapping[int, tuple[Tile, ...]]) -> list[tuple[int, int]]:
    """(position, number of its tile) in the order in which pulling what leaves the stage makes them."""
    read = {number for table in tables.values() for tile in table for number, _, _ in tile.reads}
    leaving = [
        i for i, at in enumerate(kept) if any(runs.stores[k].last >= end or k not in read for k in runs.makes[at])
    ]
    late = [any(k in read for k in runs.makes[at]) for at in kept]
    makers = {number: i for i, at in enumerate(kept) for number in runs.makes[at]}
    order = pulled([tables[at] for at in kept], makers, leaving, late)
    return [(kept[i], number) for i, number in order]


def all_images(runs: Runs, begin: int, end: int) -> bool:
    """Whether every operator of a run makes images of one height, in stores of their own, and none adds up rows.

    Of a store with several makers it is not known whose rows a read waits for. Operators that move nothing make
    images too.
    """
    graph = runs.graph
    if any(runs.makers[number] > 1 for at in range(begin, end) for number in runs.makes[at]):
        return False
    if any(runs.adds_rows(at) for at in range(begin, end)):
        return False
    made = ([graph.tensors[t] for t in graph.operators[op].outputs] for op in runs.inside(begin, end))
    return all(all(map(has_rows, tensors)) and len({t.shape[ROW_AXIS] for t in tensors}) == 1 for tensors in made)
