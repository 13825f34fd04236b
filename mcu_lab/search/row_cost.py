"""What a stage by rows costs: the pieces that lowering would make of it, and the live bytes counted at every one.

Counted are what lies outside while it runs, the input rows still wanted, the output rows made, line buffers, fresh
rows, and sums. What placement adds to that (gaps) is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from mcu_lab.lowering.pull import Piece, kept_tensors, row_pieces
from mcu_lab.search.runs import Runs, Store


@dataclass(frozen=True, slots=True)
class RowCost:
    """Peaks in bytes with fresh rows in the line buffers (``inside``) or apart, and how many steps that takes."""

    inside_bytes: int
    apart_bytes: int
    inside_steps: int
    apart_steps: int


@dataclass(slots=True)
class _Burst:
    """Rows of one store made without a read between them, and the reads until the next ones are made.

    before  rows made earlier.
    makes   (piece, rows made afterwards).
    reads   (piece, first row read).
    oldest  the first row that these reads or later ones want.
    behind  the same for what follows these reads.
    """

    before: int
    makes: list[tuple[int, int]] = field(default_factory=list)
    reads: list[tuple[int, int]] = field(default_factory=list)
    oldest: int = 0
    behind: int = 0

    @property
    def made(self) -> int:
        return self.makes[-1][1]

    @property
    def kept(self) -> int:
        """Rows that are wanted behind these reads."""
        return max(0, self.made - self.behind)

    @property
    def end(self) -> int:
        return self.reads[-1][0] if self.reads else self.makes[-1][0]


#: (piece, rows made afterwards or 0, first row read, row behind the last or 0)
Use = tuple[int, int, int, int]


def row_cost(runs: Runs, begin: int, end: int, rows: int) -> RowCost:
    """The cost of executing the run ``[begin, end)``, all of which has rows, as one stage."""
    graph, operators = runs.graph, runs.inside(begin, end)
    aliased = runs.alias.intersection(operators)
    pieces = row_pieces(graph, operators, runs.inputs, rows, aliased)
    kept = {runs.store_of(t) for t in kept_tensors(graph, operators, runs.inputs, aliased)}
    common = [0] * (len(pieces) + 1)
    inside = list(common)
    apart = list(common)
    copies = 0
    uses = _uses(runs, pieces, begin, end, rows)
    for number, use in uses.items():
        store = runs.stores[number]
        if number in kept:
            copies += line_buffer(store, use, runs.makers[number] <= 1, inside, apart)
        elif store.first >= begin or store.last < end:
            change_bytes(store, use, begin, end, common)
    _add_sums(runs, pieces, common)
    base = list(accumulate(common))
    across = runs.across(begin, end)
    peaks = [across + max(map(int.__add__, base, accumulate(line))) for line in (inside, apart)]
    steps = len(pieces)
    return RowCost(peaks[0], peaks[1], steps, steps + copies)


def _uses(runs: Runs, pieces: Sequence[Piece], begin: int, end: int, rows: int) -> dict[int, list[Use]]:
    """Who makes and reads rows of each store, in the order of the pieces."""
    uses: dict[int, list[Use]] = {}
    left = {runs.operators[at]: (runs.makes[at], iter(runs.tiles(at, rows))) for at in range(begin, end)}
    for at, piece in enumerate(pieces):
        if piece.op is None:
            ((number, _),) = (runs.seats[t] for t in piece.tensors)
            uses.setdefault(number, []).append((at, piece.made, 0, 0))
        elif piece.op not in runs.alias:
            makes, tiles = left[piece.op]
            tile = next(tiles)
            for number, lo, hi in tile.reads:
                uses.setdefault(number, []).append((at, 0, lo, hi))
            if tile.made:
                for number in makes:
                    uses.setdefault(number, []).append((at, tile.made, 0, 0))
    return uses


def change_bytes(store: Store, use: list[Use], begin: int, end: int, change: list[int]) -> None:
    """A store that lies whole before the stage or behind it: its rows die, or its rows are made."""
    if not store.rows:
        first = 0 if store.first < begin else use[0][0]
        last = len(change) - 1 if store.last >= end else use[-1][0] + 1
        change[first] += store.bytes
        change[last] -= store.bytes
        return
    row = store.row_bytes
    if store.first < begin:
        oldest = store.rows
        for at, _, lo, hi in reversed(use):
            if hi and lo < oldest:
                change[at + 1] -= (oldest - lo) * row
                oldest = lo
        change[0] += (store.rows - oldest) * row
        return
    rows = 0
    for at, made, _, _ in use:
        if made > rows:
            change[at] += (made - rows) * row
            rows = made
    if store.last < end:
        change[use[-1][0] + 1] -= rows * row


def line_buffer(store: Store, use: list[Use], ordered: bool, inside: list[int], apart: list[int]) -> int:
    """A store that only the stage has. Returns how many copies it takes when fresh rows lie apart."""
    row, bursts = store.row_bytes, _bursts(store, use)
    if not bursts:
        return 0
    room = max(burst.made - burst.oldest for burst in bursts)
    filled = 0
    for burst in bursts:
        for at, made in burst.makes:
            if min(made, room) > filled:
                inside[at] += (min(made, room) - filled) * row
                filled = min(made, room)
    end = max(burst.end for burst in bursts) + 1
    inside[end] -= filled * row
    if not ordered:
        for at in range(bursts[0].makes[0][0], end + 1):
            apart[at] += inside[at]
        return 0
    return _apart(bursts, max(burst.kept for burst in bursts), row, end, apart)


def _apart(bursts: list[_Burst], line: int, row: int, end: int, apart: list[int]) -> int:
    """Rows wanted across a burst have the line buffer, ``line`` rows; the last ones of a burst lie fresh until then."""
    filled = copies = 0
    for burst in bursts:
        room = burst.oldest + line if line else 0
        first = burst.before
        fresh = 0
        for at, made in burst.makes:
            if made <= room:
                first = made
                held = max(filled, min(made, line))
                apart[at] += (held - filled) * row
                filled = held
            else:
                apart[at] += (made - first - fresh) * row
                fresh = made - first
        if not fresh:
            continue
        moved = next((at for at, behind in burst.reads if line and burst.made - line <= behind < burst.made), None)
        if moved is None:
            apart[burst.end + 1] -= fresh * row
            continue
        copies += 1
        apart[moved + 1] -= fresh * row
        held = max(filled, min(burst.made, line))
        apart[moved] += (held - filled) * row
        filled = held
    apart[end] -= filled * row
    return copies


def _bursts(store: Store, use: list[Use]) -> list[_Burst]:
    """The bursts of a store; afterwards ``reads`` say what is wanted behind each read."""
    bursts: list[_Burst] = []
    made = 0
    for at, now, lo, hi in use:
        if now > made:
            if not bursts or bursts[-1].reads:
                bursts.append(_Burst(made))
            bursts[-1].makes.append((at, now))
            made = now
        if hi and bursts:
            bursts[-1].reads.append((at, lo))
    oldest = store.rows
    for burst in reversed(bursts):
        burst.behind = oldest
        for i in reversed(range(len(burst.reads))):
            at, lo = burst.reads[i]
            burst.reads[i] = at, oldest
            oldest = min(oldest, lo)
        burst.oldest = min(oldest, burst.made)
    return bursts


def _add_sums(runs: Runs, pieces: Iterable[Piece], change: list[int]) -> None:
    began: set[int] = set()
    for at, piece in enumerate(pieces):
        if not piece.adds or piece.op is None:
            continue
        size = 4 * runs.graph.tensors[piece.tensors[0]].elements
        if piece.op not in began:
            began.add(piece.op)
            change[at] += size
        if piece.made:
            change[at + 1] -= size
