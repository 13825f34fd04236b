"""What a stage by rows costs: what its pieces touch in the very line buffers that lowering makes of it."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_lab.graph.box import Box
from mcu_lab.lowering.pull import Piece, row_tables
from mcu_lab.lowering.rows import LineBuffer, RowStage
from mcu_lab.plan.extent import Run
from mcu_lab.plan.extents import Touches, byte_runs
from mcu_lab.plan.model import View
from mcu_lab.search.runs import Runs
from mcu_lab.search.touched import EXECUTED, MOMENTS, Part, Touched


def row_price(runs: Runs, begin: int, end: int, stage: RowStage) -> int:
    """Bytes live at once while the run ``[begin, end)`` executes as that stage."""
    counted = _Counted(runs, begin, end, stage)
    for at, piece in enumerate(stage.pieces):
        counted.count(at, piece)
    return counted.touched.most(counted.step)


class _Counted:
    """What has been touched so far; lives only while :func:`row_price` runs."""

    def __init__(self, runs: Runs, begin: int, end: int, stage: RowStage) -> None:
        self.stage, self.graph, self.tables = stage, stage.graph, row_tables(stage.graph)
        self.touched = Touched(runs, begin, end)
        self.lines: dict[int, tuple[Touches, Touches, int]] = {}
        self.step = 0
        for root, held in stage.line_buffers.items():
            row = held.seat.row * self.graph.tensors[root].element_bytes
            line, fresh = Touches(held.residence.line * row), Touches(held.residence.fresh * row)
            self.lines[root] = line, fresh, row
            self.touched.own += line, fresh

    def count(self, at: int, piece: Piece) -> None:
        """What a piece reads and makes, and what moves when it is done."""
        if piece.op is None:
            self._write(self._made(at, piece, 0, None))
            self.step += 1
        elif piece.op not in self.stage.aliased or self.stage.named(at, piece):
            self._compute(at, piece, piece.op)
            self.step += 1
        for move in self.stage.moves.get(at, ()):
            held = self.stage.line_buffers[self.stage.seats[move.dst.tensor].root]
            assert move.src is not None
            self._read(self._viewed(held, move.src))
            self._write(self._viewed(held, move.dst))
            self.step += 1

    def _compute(self, at: int, piece: Piece, op_id: int) -> None:
        for tensor, lo, hi in piece.reads:
            for part in self._held(at, tensor, lo, hi, self.tables.narrow(op_id, tensor)):
                self._read(part)
        if piece.adds:
            self.touched.sums(self.step, op_id, piece.lo == 0)
        held = self.stage.shared.held.keys()
        plain = not piece.adds and self.tables.height(op_id) is not None and held.isdisjoint(piece.tensors)
        if piece.made or not piece.adds:
            boxes = (None,) * len(piece.tensors) if plain else self.stage.boxes(piece)
            for slot, box in enumerate(boxes):
                self._write(self._made(at, piece, slot, box))
        if self.touched.runs.scratch_bytes(op_id) or op_id in self.touched.runs.loads:
            whole = tuple(Box.full(self.graph.tensors[t].shape) for t in piece.tensors)
            self.touched.works(self.step, op_id, whole if piece.adds else self.stage.boxes(piece))

    def _read(self, part: Part) -> None:
        touches, runs, _ = part
        touches.read(MOMENTS * self.step + EXECUTED, runs)

    def _write(self, part: Part) -> None:
        touches, runs, solid = part
        touches.write(MOMENTS * self.step + EXECUTED, runs, solid)

    def _made(self, at: int, piece: Piece, slot: int, box: Box | None) -> Part:
        """Where a piece writes one of its tensors; ``box`` None: whole rows of it."""
        tensor = piece.tensors[slot]
        lo, hi = (0, piece.made) if piece.adds else (piece.lo, piece.hi)
        seat = self.stage.seats.get(tensor)
        if seat is None:
            return self._lying(tensor, lo, hi, box)
        held = self.stage.line_buffers[seat.root]
        if box is not None or seat.root != tensor:
            view = held.place(seat, at, (lo, hi))
            box = seat.box(lo, hi) if box is None else box
            return self._viewed(held, View(view.buffer, tensor, box, view.origin, view.strides, view.ring))
        line, fresh, row = self.lines[tensor]
        first = held.first(at)
        if lo < first:
            return line, _ring(lo, hi, held.residence.line, row), True
        return fresh, [((lo - first) * row, (hi - first) * row)], True

    def _held(self, at: int, tensor: int, lo: int, hi: int, narrow: Box | None) -> Iterator[Part]:
        """Where rows of a tensor lie that a piece reads; ``narrow``: of these, what lies in that box."""
        seat = self.stage.seats.get(tensor)
        if seat is None:
            yield self._lying(tensor, lo, hi, narrow)
            return
        held = self.stage.line_buffers[seat.root]
        if narrow is None and seat.root == tensor:
            line, fresh, row = self.lines[tensor]
            first = held.first(at)
            if lo < first:
                yield line, _ring(lo, min(hi, first), held.residence.line, row), True
            if hi > first:
                yield fresh, [((max(lo, first) - first) * row, (hi - first) * row)], True
            return
        box = seat.box(lo, hi)
        if narrow is not None:
            box = narrow.replaced(seat.rows.axis, box[seat.rows.axis])
        for view in held.held(seat, at):
            part = view.box & box
            if part.size:
                yield self._viewed(held, View(view.buffer, tensor, part, view.origin, view.strides, view.ring))

    def _viewed(self, held: LineBuffer, view: View) -> Part:
        line, fresh, _ = self.lines[held.seat.root]
        touches = fresh if view.buffer.startswith("f") else line
        return (touches, *byte_runs(view, self.graph.tensors[view.tensor].element_bytes, touches.bytes))

    def _lying(self, tensor: int, lo: int, hi: int, narrow: Box | None) -> Part:
        """Rows of a tensor that lies whole, or of these what lies in a box."""
        rows, shape = self.tables.rows.get(tensor), self.graph.tensors[tensor].shape
        if rows and narrow is None and self.stage.shared.root[tensor] == tensor:
            return self.touched.lying_rows(self.step, tensor, lo, hi, rows.height)
        box = rows.box(shape, lo, hi) if rows else Box.full(shape)
        if narrow is not None:
            box = narrow.replaced(rows.axis, box[rows.axis]) if rows else narrow
        return self.touched.lying(self.step, tensor, box)


def _ring(lo: int, hi: int, rows: int, row_bytes: int) -> list[Run]:
    """Where rows lie in a ring of so many."""
    if hi - lo >= rows:
        return [(0, rows * row_bytes)]
    first, last = lo % rows, (hi - 1) % rows + 1
    if first < last:
        return [(first * row_bytes, last * row_bytes)]
    return [(first * row_bytes, rows * row_bytes), (0, last * row_bytes)]
