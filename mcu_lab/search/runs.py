"""An order as a line of positions that can be cut anywhere: what lies at each cut, and what runs in between.

Only operators that move bytes have positions; those that move none (:class:`~mcu_lab.schedule.model.Schedule`'s
``alias``) ride along with the first operator that reads what they rename. A *run* ``[i, j)`` of positions is executed
operator by operator, or as one stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import groups
from mcu_lab.lowering.check import why_whole
from mcu_lab.lowering.pull import Piece, row_tables
from mcu_lab.lowering.seats import Seat, seat_of
from mcu_lab.ops import spec_of
from mcu_lab.schedule.model import InputMode

#: About so many runs are looked at for stages; of very long networks only those with fewer operators.
MOST_RUNS = 30_000
#: Stages with so many operators are looked at however long a network is.
_LEAST_REACH = 16


@dataclass(frozen=True, slots=True)
class Store:
    """Storage of one tensor, or of several that share theirs.

    first, last  positions of its first and last use; -1: it holds a value at the start, ``count``: at the end.
    rows         how many rows it can be taken apart into; 0: it lives and dies whole.
    arrives      a streamed input, which the application hands over when it is first wanted.
    """

    tensor: int
    bytes: int
    first: int
    last: int
    rows: int
    arrives: bool = False

    @property
    def row_bytes(self) -> int:
        return self.bytes // max(1, self.rows)


@dataclass(frozen=True, slots=True)
class Tile:
    """One piece of an operator in rows of the stores that it touches.

    made   how many rows of its outputs there are afterwards; 0 while it only adds to sums.
    reads  (number of the store, first row, row behind the last).
    """

    made: int
    reads: tuple[tuple[int, int, int], ...]


class Runs:
    """The positions of one order under fixed decisions about sharing. Immutable; remembers what it worked out.

    shared     where every activation lies when it lies whole.
    operators  ids by position.
    riders     for each position the operators ahead of it that move no byte.
    trailing   operators that move no byte and that nobody waits for.
    makes      for each position the numbers of the stores that its outputs lie in.
    makers     for each of these numbers how many operators make it.
    """

    def __init__(
        self,
        graph: Graph,
        order: Sequence[int],
        inputs: InputMode,
        alias: Collection[int] = (),
        in_place: Collection[tuple[int, int]] = (),
    ) -> None:
        self.graph = graph
        self.inputs = inputs
        self.alias = frozenset(alias)
        self.in_place: Mapping[int, int] = dict(in_place)
        self.operators = tuple(op for op in order if op not in self.alias)
        self.count = len(self.operators)
        self.reach = max(_LEAST_REACH, MOST_RUNS // max(1, self.count))
        position = {op: i for i, op in enumerate(self.operators)}
        self.shared = groups(graph, self.alias)
        self._root = self.shared.root
        self.stores = self._stores(position)
        self._number = {store.tensor: k for k, store in enumerate(self.stores)}
        self.riders, self.trailing = self._riding(order, position)
        outputs = [dict.fromkeys(self.store_of(t) for t in graph.operators[op].outputs) for op in self.operators]
        self.makes = tuple(map(tuple, outputs))
        self.makers = Counter(number for made in self.makes for number in made)
        self._tiles: dict[tuple[int, int], tuple[Tile, ...]] = {}
        self._macs: dict[int, int] = {}
        self._across: dict[tuple[int, int], int] = {}

    def store_of(self, tensor: int) -> int:
        """The number of the store that an activation lies in."""
        return self._number[self._root[tensor]]

    def reads_of(self, op: int) -> tuple[int, ...]:
        """Activations that an operator reads."""
        graph = self.graph
        return tuple(t for t in graph.operators[op].inputs if t >= 0 and not graph.tensors[t].is_const)

    def touched_by(self, op: int) -> tuple[int, ...]:
        """Activations that an operator makes or reads."""
        return (*self.graph.operators[op].outputs, *self.reads_of(op))

    def _stores(self, position: Mapping[int, int]) -> tuple[Store, ...]:
        graph = self.graph
        members: dict[int, list[int]] = {}
        for tensor, root in self._root.items():
            members.setdefault(root, []).append(tensor)
        stores = []
        for root, tensors in members.items():
            touchers = [op for t in tensors for op in (*graph.readers.get(t, ()), *_made_by(graph, t))]
            places = [position[op] for op in touchers if op in position]
            held = any(graph.tensors[t].variable for t in tensors)
            given = any(t in graph.inputs for t in tensors)
            kept = held or any(t in graph.outputs for t in tensors)
            arrives = given and self.inputs == "streamed"
            if not places and not given and not held:
                continue
            first = -1 if held or (given and not arrives) else min(places, default=self.count)
            last = self.count if kept else max(places, default=-1)
            rows = 0 if held else self._height(tensors)
            stores.append(Store(root, graph.tensors[root].bytes, first, last, rows, arrives))
        return tuple(stores)

    def _height(self, tensors: Sequence[int]) -> int:
        """How many rows the storage of these tensors has; 0 when the rows of some are not parts of its rows."""
        rows, root = row_tables(self.graph).rows, self._root[tensors[0]]
        if any(t not in rows for t in tensors):
            return 0
        try:
            for tensor in tensors:
                seat_of(self.graph, self.shared, rows, tensor)
        except ScheduleError:
            return 0
        return rows[root].height

    def _riding(
        self, order: Sequence[int], position: Mapping[int, int]
    ) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
        """(operators without work ahead of each position, those behind the last), in an order that the data allow."""
        graph = self.graph
        ahead: list[list[int]] = [[] for _ in self.operators]
        trailing: list[int] = []
        host: dict[int, int] = {}
        for op in reversed([op for op in order if op in self.alias]):
            readers = [r for t in graph.operators[op].outputs for r in graph.readers.get(t, ())]
            hosts = [host.get(r, self.count) if r in self.alias else position[r] for r in readers]
            host[op] = min(hosts, default=self.count)
            (ahead[host[op]] if host[op] < self.count else trailing).insert(0, op)
        return tuple(map(tuple, ahead)), tuple(trailing)

    @cached_property
    def whole_bytes(self) -> tuple[int, ...]:
        """For each position the bytes live while its operator runs whole, its kernel's scratch included."""
        change = [0] * (self.count + 2)
        for store in self.stores:
            if store.first <= store.last:
                change[max(0, store.first)] += store.bytes
                change[min(self.count, store.last) + 1] -= store.bytes
        live, found = 0, []
        for i, op in enumerate(self.operators):
            live += change[i]
            found.append(live + self.scratch_bytes(op) - self.saved_in_place(i))
        return tuple(found)

    def saved_in_place(self, at: int) -> int:
        """Bytes saved because the operator there writes over an input that nobody reads afterwards."""
        op = self.graph.operators[self.operators[at]]
        slot = self.in_place.get(op.id)
        if slot is None:
            return 0
        source = self.stores[self.store_of(op.inputs[slot])]
        return self.graph.tensors[op.outputs[0]].bytes if source.last == at else 0

    def scratch_bytes(self, op_id: int) -> int:
        """Working memory of an operator's kernel when it runs whole."""
        op = self.graph.operators[op_id]
        boxes = tuple(Box.full(self.graph.tensors[t].shape) for t in op.outputs)
        return spec_of(op).scratch_bytes(self.graph, op, boxes)

    def macs(self, at: int) -> int:
        """Multiply-accumulates of the operator at a position when it makes everything once."""
        if at not in self._macs:
            op = self.graph.operators[self.operators[at]]
            boxes = tuple(Box.full(self.graph.tensors[t].shape) for t in op.outputs)
            self._macs[at] = spec_of(op).macs(self.graph, op, boxes, None)
        return self._macs[at]

    def across(self, i: int, j: int) -> int:
        """Bytes that are live before and behind the run ``[i, j)``, touched in it or not."""
        key = i, j
        if key not in self._across:
            self._across[key] = sum(s.bytes for s in self.stores if s.first < i and s.last >= j)
        return self._across[key]

    @cached_property
    def whole_only(self) -> frozenset[int]:
        """Operators that no stage may have."""
        return frozenset(op.id for op in self.graph.operators if why_whole(self.graph, op.id, self.shared))

    def has_rows(self, at: int) -> bool:
        """Whether the operator at a position makes rows or adds them up."""
        op, tables = self.operators[at], row_tables(self.graph)
        if op in self.whole_only:
            return False
        return tables.height(op) is not None or tables.summed(op) is not None

    def tiles(self, at: int, rows: int) -> tuple[Tile, ...]:
        """The pieces of the operator at a position, which has rows, when it makes so many at a time."""
        key = at, rows
        if key not in self._tiles:
            pieces = row_tables(self.graph).pieces(self.operators[at], rows)
            self._tiles[key] = tuple(self.tile(piece) for piece in pieces)
        return self._tiles[key]

    def tile(self, piece: Piece) -> Tile:
        """A piece in rows of stores. What has none is one row, which is there when the operator is done."""
        reads = tuple((self.seats[t][0], *self._store_rows(t, lo, hi)) for t, lo, hi in piece.reads)
        made = piece.made
        if made and piece.tensors and piece.op is not None:
            first = piece.tensors[0]
            has_rows = self.stores[self.seats[first][0]].rows > 0
            done = made == (row_tables(self.graph).height(piece.op) or 1)
            made = self._store_rows(first, 0, made)[1] if has_rows else int(done)
        return Tile(made, reads)

    def _store_rows(self, tensor: int, lo: int, hi: int) -> tuple[int, int]:
        """The rows of its store in which rows ``lo:hi`` of a tensor lie."""
        number, seat = self.seats[tensor]
        if not self.stores[number].rows:
            return 0, 1
        return (lo, hi) if seat is None else seat.root_rows(lo, hi)

    def adds_rows(self, at: int) -> bool:
        """Whether the operator at a position adds up the rows of its input."""
        return row_tables(self.graph).summed(self.operators[at]) is not None

    def inside(self, begin: int, end: int) -> tuple[int, ...]:
        """The operators of a stage ``[begin, end)``: with those that move no byte and rename or read what it makes."""
        found: dict[int, None] = {}
        for at in range(begin, end):
            self.take_in(found, begin, at)
        return tuple(found)

    def take_in(self, inside: dict[int, None], begin: int, at: int) -> None:
        """Add to the operators of a stage that begins at a position those that the next position brings along."""
        graph = self.graph
        for op in self.riders[at]:
            whole = self.stores[self.store_of(graph.operators[op].outputs[0])]
            if whole.first >= begin or not inside.keys().isdisjoint(graph.predecessors(graph.operators[op])):
                inside[op] = None
        inside[self.operators[at]] = None

    def ahead(self, begin: int, end: int) -> tuple[int, ...]:
        """Operators that move no byte and go ahead of a stage ``[begin, end)``."""
        inside = set(self.inside(begin, end))
        return tuple(op for at in range(begin, end) for op in self.riders[at] if op not in inside)

    @cached_property
    def seats(self) -> Mapping[int, tuple[int, Seat | None]]:
        """Activation -> the number of its store, and its seat in it unless its rows are those of the store."""
        rows = row_tables(self.graph).rows
        found: dict[int, tuple[int, Seat | None]] = {}
        for tensor, root in self._root.items():
            number = self._number.get(root)
            if number is not None:
                renamed = tensor != root and self.stores[number].rows and tensor in rows
                found[tensor] = number, seat_of(self.graph, self.shared, rows, tensor) if renamed else None
        return found


def _made_by(graph: Graph, tensor: int) -> tuple[int, ...]:
    return (graph.producer[tensor],) if tensor in graph.producer else ()
