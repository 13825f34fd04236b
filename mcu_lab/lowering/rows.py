"""Stages by rows: where each piece of :mod:`mcu_lab.lowering.pull` lies between being made and being read last.

What a line buffer has to hold, and for how long, is read off the pieces. With ``fresh="inside"`` it holds all rows from
the oldest wanted to the newest made. With ``fresh="apart"`` it holds those that are wanted across a *burst* (rows made
one after the other without a read between them); what is more of a burst lies in a buffer ``f{tensor}`` of its own
until the line buffer has room for it. Operators that add up rows have their sums in ``a{op}``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph
from mcu_lab.limits import ROWS
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pieces import ROW_AXIS, Make, Move, StageSteps, Store, has_rows
from mcu_lab.lowering.pull import Piece, kept_tensors, row_pieces, row_tables
from mcu_lab.lowering.refusal import refused
from mcu_lab.lowering.residence import Residence, Stay, Use, apart, inside
from mcu_lab.lowering.seats import Seat, seat_of
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.model import Form, View
from mcu_lab.schedule.model import ByRows, Fresh, InputMode


def row_stage(
    graph: Graph, stage: ByRows, inputs: InputMode, shared: Groups, alias: frozenset[int] = frozenset()
) -> StageSteps:
    """The steps of a stage by rows. Raises ScheduleError naming an operator that cannot be executed so.

    A tensor that is read outside, is a graph output, or is read by nobody is whole, and so is all that shares its
    storage. A streamed input arrives row by row when only this stage reads it. Operators of ``alias`` move nothing.
    """
    check_rows(graph, stage.operators)
    aliased = alias.intersection(stage.operators)
    kept = kept_tensors(graph, stage.operators, inputs, aliased)
    pieces = row_pieces(graph, stage.operators, inputs, stage.rows, aliased)
    seats = {t: seat_of(graph, shared, row_tables(graph).rows, t) for t in sorted(kept)}
    line_buffers = _line_buffers(pieces, seats, aliased, stage.fresh)
    writer = _Writer(graph, shared, aliased, seats, line_buffers)
    adders = dict.fromkeys(piece.op for piece in pieces if piece.adds and piece.op is not None)
    sums = (Store(f"a{op}", t, graph.tensors[t].shape, Form.SUMS) for op in adders for t in graph.operators[op].outputs)
    stores = (store for held in line_buffers.values() for store in held.stores())
    steps = (step for at, piece in enumerate(pieces) for step in writer.steps(at, piece))
    return StageSteps(min(stage.operators), (*stores, *sums), tuple(steps), kept)


def check_rows(graph: Graph, operators: Sequence[int]) -> None:
    """Raises ScheduleError naming an operator that can neither make rows nor add them up, or for too many rows."""
    outputs = (graph.tensors[t] for op in operators for t in graph.operators[op].outputs)
    rows = sum(output.shape[ROW_AXIS] for output in outputs if has_rows(output))
    ROWS.allow(rows, "making it by rows", where=f"stage of operator {min(operators)}", error=ScheduleError)
    tables = row_tables(graph)
    for op in sorted(operators):
        if fault := tables.fault(op):
            raise refused(graph, op, fault, "Run it whole.")


@dataclass(frozen=True)
class _LineBuffer:
    """Where the rows of a tensor lie that the stage keeps. The buffers are ``t{tensor}`` and ``f{tensor}``."""

    seat: Seat
    residence: Residence
    ats: tuple[int, ...]

    def stores(self) -> Iterator[Store]:
        for prefix, rows in (("t", self.residence.line), ("f", self.residence.fresh)):
            if rows:
                yield Store(f"{prefix}{self.seat.tensor}", self.seat.tensor, self.seat.box(0, rows).shape)

    def stay(self, at: int) -> Stay | None:
        """The Stay of piece ``at``, or of the last piece before it that uses this tensor."""
        before = bisect_right(self.ats, at)
        stay = self.residence.stays[before - 1] if before else None
        return stay.done() if stay and stay.at < at else stay

    def wants(self, at: int, row: int) -> bool:
        """Whether somebody reads the row when piece ``at``, which does not use it, is done."""
        stay = self.stay(at)
        return stay is not None and row >= stay.oldest

    def older(self, seat: Seat, box: Box) -> View:
        """A box of a tensor that lies in the line buffer."""
        height = self.seat.rows.height
        if self.residence.line >= height:
            return seat.dense(f"t{self.seat.tensor}", 0, box)
        return seat.ring(f"t{self.seat.tensor}", self.residence.line, box)

    def fresh(self, seat: Seat, first: int, box: Box) -> View:
        """A box of a tensor that lies among the fresh rows, which begin with ``first``."""
        return seat.dense(f"f{self.seat.tensor}", first, box)

    def held(self, seat: Seat, at: int) -> tuple[View, ...]:
        """All that there may be of a tensor when piece ``at`` reads it."""
        stay, height = self.stay(at), self.seat.rows.height
        assert stay is not None
        older = (self.older(seat, seat.part(0, stay.first)),) if self.residence.line and stay.first else ()
        return (*older, self.fresh(seat, stay.first, seat.part(stay.first, height))) if stay.first < height else older

    def place(self, seat: Seat, at: int, rows: tuple[int, int]) -> View:
        """Where rows of the tensor that piece ``at`` makes lie."""
        stay = self.stay(at)
        assert stay is not None
        lo, hi = seat.root_rows(*rows)
        box = seat.part(lo, hi)
        return self.older(seat, box) if lo < stay.first else self.fresh(seat, stay.first, box)

    def moves(self) -> Iterator[tuple[int, Move]]:
        """(piece, what moves from the fresh rows into the line buffer when it is done), ascending."""
        for stay in self.residence.stays:
            if stay.moved[0] < stay.moved[1]:
                box = self.seat.part(*stay.moved)
                yield stay.at, Move(self.fresh(self.seat, stay.first, box), self.older(self.seat, box))


def _line_buffers(
    pieces: Sequence[Piece], seats: Mapping[int, Seat], aliased: frozenset[int], fresh: Fresh
) -> dict[int, _LineBuffer]:
    """The line buffer of every tensor that holds others or itself, in the order of their first use.

    Operators that move nothing use nothing: who reads what they name does. Where several operators make one tensor, or
    one makes several parts of it that lie in different rows, its rows are not made in order, and fresh ones do not lie
    apart.
    """
    uses: dict[int, dict[tuple[int, bool], Use]] = {}
    makers: dict[int, set[tuple[int | None, int]]] = {}
    for at, piece in enumerate(pieces):
        if piece.op in aliased:
            continue
        rows = (0, piece.made) if piece.adds else (piece.lo, piece.hi)
        made = [(t, *rows, True) for t in piece.tensors if piece.made and t in seats]
        for tensor, lo, hi, is_made in (*made, *((*read, False) for read in piece.reads if read[0] in seats)):
            seat = seats[tensor]
            lo, hi = seat.root_rows(lo, hi)
            found = uses.setdefault(seat.root, {})
            other = found.get((at, is_made), Use(at, lo, hi, is_made))
            found[at, is_made] = Use(at, min(lo, other.lo), max(hi, other.hi), is_made)
            if is_made:
                makers.setdefault(seat.root, set()).add((piece.op, seat.root_rows(0, 1)[0]))
    buffers = {}
    for root, found in uses.items():
        ordered = tuple(found.values())
        rule = apart if fresh == "apart" and len(makers[root]) == 1 else inside
        residence = rule(ordered, seats[root].rows.height)
        buffers[root] = _LineBuffer(seats[root], residence, tuple(use.at for use in ordered))
    return buffers


@dataclass(frozen=True)
class _Writer:
    """Turns pieces into steps."""

    graph: Graph
    shared: Groups
    aliased: frozenset[int]
    seats: Mapping[int, Seat]
    line_buffers: Mapping[int, _LineBuffer]

    @cached_property
    def moves(self) -> Mapping[int, list[Move]]:
        """What moves when a piece is done."""
        found: dict[int, list[Move]] = {}
        for at, move in (moved for held in self.line_buffers.values() for moved in held.moves()):
            found.setdefault(at, []).append(move)
        return found

    def steps(self, at: int, piece: Piece) -> tuple[Make | Move, ...]:
        moves = self.moves.get(at, ())
        if piece.op is None:
            box = self.seats[piece.tensors[0]].box(piece.lo, piece.hi)
            return (Move(None, replace(self.place(at, piece)[piece.tensors[0]], box=box)), *moves)
        if piece.op in self.aliased:
            return (*self.named(at, piece), *moves)
        reads = self.reads(at, piece)
        into = self.place(at, piece) if piece.made else {}
        if not piece.adds:
            return (Make(piece.op, self.boxes(piece), reads, into), *moves)
        (output,) = piece.tensors
        shape = self.graph.tensors[output].shape
        unit = row_tables(self.graph).rows[self.graph.operators[piece.op].inputs[0]].unit
        sums = dense_view(f"a{piece.op}", output, shape)
        written = Box.full(shape) if piece.made else None
        reduce = Interval(piece.lo * unit, piece.hi * unit)
        return (Make(piece.op, (written,), reads, into, reduce, sums), *moves)

    def boxes(self, piece: Piece) -> tuple[Box, ...]:
        """What a piece makes of each of its tensors, as far as it lies anywhere."""
        rows, graph = row_tables(self.graph).rows, self.graph
        found = []
        for tensor in piece.tensors:
            shape = graph.tensors[tensor].shape
            whole = piece.op is not None and row_tables(graph).height(piece.op) is None
            box = Box.full(shape) if whole else rows[tensor].box(shape, piece.lo, piece.hi)
            found.append(box & self.shared.held.get(tensor, box))
        return tuple(found)

    def place(self, at: int, piece: Piece) -> dict[int, View]:
        """Where a piece lies, of tensors that the stage keeps."""
        rows = (0, piece.made) if piece.adds else (piece.lo, piece.hi)
        return {
            t: self.line_buffers[self.seats[t].root].place(self.seats[t], at, rows)
            for t in piece.tensors
            if t in self.seats
        }

    def named(self, at: int, piece: Piece) -> tuple[Make, ...]:
        """The step of an operator that moves nothing; none while there is nothing of its rows that anybody reads."""
        assert piece.op is not None
        boxes = self.boxes(piece)
        seats = [self.seats[t] for t in piece.tensors if t in self.seats]
        rows = [(seat.root, seat.root_rows(piece.lo, piece.hi)[0]) for seat in seats]
        if not all(box.size for box in boxes) or not all(self.line_buffers[r].wants(at, lo) for r, lo in rows):
            return ()
        return (Make(piece.op, boxes, self.reads(at, piece), self.place(at, piece)),)

    def reads(self, at: int, piece: Piece) -> dict[int, tuple[View, ...]]:
        """What there is, of tensors that the stage keeps, when a piece reads them."""
        seats = (self.seats[t] for t, _, _ in piece.reads if t in self.seats)
        return {seat.tensor: self.line_buffers[seat.root].held(seat, at) for seat in seats}
