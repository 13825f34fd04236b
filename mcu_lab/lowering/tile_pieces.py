"""What a stage by tiles makes when: some of it once, in rows that are kept, the rest anew for each tile that reads it.

Kept tensors are pulled as in a stage by rows: whoever makes the stage's outputs pulls the rows it reads, those pull
theirs. What is made anew is no tensor with rows of its own but part of every tile that reads it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.limits import STEPS
from mcu_lab.lowering.pieces import ROW_AXIS
from mcu_lab.ops import spec_of
from mcu_lab.ops.regions import bounding_box
from mcu_lab.stopping import look_up

COLUMN_AXIS = 2


@dataclass(frozen=True)
class TilePiece:
    """One step of an operator, or rows of a streamed input that arrive (op None).

    boxes  what it makes of each tensor.
    reads  what it reads of tensors that the stage makes or receives.
    """

    op: int | None
    boxes: Mapping[int, Box]
    reads: Mapping[int, Box]


@dataclass(frozen=True)
class Tiling:
    """A stage, seen from its order of work.

    kept     what is made together and once -> the operator that makes it (None: an input that arrives row by row).
    anew     operators whose outputs are made anew for each tile, in the order of the file.
    leaving  of what is kept, what others read.
    rows     rows a step of what is kept.
    columns  columns a step of what is kept and reads something made anew; 0: all.
    still    operators that move nothing: they go row by row, just as far as they are wanted.
    extent   which box of each tensor there is to make.
    held     of tensors that lie inside others, without their border: the box that does.
    """

    graph: Graph
    kept: Mapping[tuple[int, ...], Operator | None]
    anew: tuple[Operator, ...]
    leaving: tuple[tuple[int, ...], ...]
    rows: int
    columns: int
    still: frozenset[int]
    extent: Mapping[int, Box]
    held: Mapping[int, Box]

    @cached_property
    def fresh(self) -> frozenset[int]:
        """The tensors that are made anew."""
        return frozenset(t for op in self.anew for t in op.outputs)

    @cached_property
    def tensors(self) -> frozenset[int]:
        """All that the stage makes or receives."""
        return self.fresh.union(*self.kept)


def box_needs(graph: Graph, op: Operator, writes: tuple[Box | None, ...], tensors: Collection[int]) -> dict[int, Box]:
    """What an operator reads of ``tensors`` to make those boxes."""
    needed = spec_of(op).needs(graph, op, writes, None)
    found: dict[int, Box] = {}
    for tensor, box in zip(op.inputs, needed, strict=True):
        if tensor in tensors and (joined := bounding_box((box, found.get(tensor)))) is not None:
            found[tensor] = joined
    return found


def wanted_boxes(
    graph: Graph, makers: Collection[Operator], wanted: Mapping[int, Box], tensors: Collection[int]
) -> dict[int, Box]:
    """``wanted``, and what ``makers`` need of ``tensors`` to make it, and so on backwards through all of them."""
    found = dict(wanted)
    for op in sorted(makers, key=lambda op: -op.id):
        writes = tuple(found.get(t) for t in op.outputs)
        if any(writes):
            for tensor, box in box_needs(graph, op, writes, tensors).items():
                joined = bounding_box((box, found.get(tensor)))
                assert joined is not None
                found[tensor] = joined
    return found


def tile_pieces(tiling: Tiling) -> tuple[TilePiece, ...]:
    """The pieces in the order in which pulling what leaves the stage makes them.

    Raises ScheduleError when there are more than :data:`mcu_lab.limits.STEPS`.
    """
    group_of = {t: tensors for tensors in tiling.kept for t in tensors}
    height = {tensors: tiling.extent[tensors[0]][ROW_AXIS].hi for tensors in tiling.kept}
    read_inside = {t for op in (*tiling.kept.values(), *tiling.anew) if op for t in op.inputs}
    done = dict.fromkeys(tiling.kept, 0)
    begun: dict[tuple[int, ...], tuple[TilePiece, ...]] = {}
    pieces: list[TilePiece] = []
    most = STEPS.most
    allow_steps(tiling, sum(_steps_of(tiling, tensors) for tensors in tiling.kept))

    def progress(tensors: tuple[int, ...]) -> tuple[bool, float]:
        return not read_inside.isdisjoint(tensors), done[tensors] / height[tensors]

    while unfinished := [tensors for tensors in tiling.leaving if done[tensors] < height[tensors]]:
        agenda = [min(unfinished, key=progress)]
        while agenda:
            look_up()
            tensors = agenda[-1]
            op = tiling.kept[tensors]
            step = 1 if op and op.id in tiling.still else tiling.rows
            rows = Interval(done[tensors], min(done[tensors] + step, height[tensors]))
            if tensors not in begun:
                begun[tensors] = tuple(_tiles(tiling, op, {t: _rows_of(tiling, t, rows) for t in tensors}))
            reads = ((group_of[t], box) for p in begun[tensors] for t, box in p.reads.items() if t in group_of)
            lacking = next((group for group, box in reads if done[group] < box[ROW_AXIS].hi), None)
            if lacking is not None:
                agenda.append(lacking)
                continue
            pieces += begun.pop(agenda.pop())
            done[tensors] = rows.hi
            if len(pieces) > most:
                allow_steps(tiling, len(pieces))
    return tuple(pieces)


def allow_steps(tiling: Tiling, steps: int) -> None:
    """Raises ScheduleError when a stage takes more than :data:`mcu_lab.limits.STEPS`."""
    where = f"stage of operator {min(op.id for op in (*tiling.kept.values(), *tiling.anew) if op)}"
    STEPS.allow(steps, "making it in such small tiles", where=where, error=ScheduleError)


def _steps_of(tiling: Tiling, tensors: tuple[int, ...]) -> int:
    """About how many steps make these tensors, and what is made anew for them: asked before they are worked out."""
    op, box = tiling.kept[tensors], tiling.extent[tensors[0]]
    times = -(-len(box[ROW_AXIS]) // tiling.rows)
    if op is None or tiling.fresh.isdisjoint(op.inputs):
        return times
    return 2 * times * (-(-len(box[COLUMN_AXIS]) // tiling.columns) if tiling.columns else 1)


def _rows_of(tiling: Tiling, tensor: int, rows: Interval) -> Box:
    return tiling.extent[tensor].replaced(ROW_AXIS, rows)


def _tiles(tiling: Tiling, op: Operator | None, boxes: Mapping[int, Box]) -> Iterator[TilePiece]:
    """Rows of what is kept, one tile after the other, and before each what is made anew for it."""
    if op is None:
        yield TilePiece(None, boxes, {})
        return
    for tile in _side_by_side(tiling, op, boxes):
        last = _piece(tiling, op, tile)
        if last is None:
            continue
        wanted = {t: box for t, box in last.reads.items() if t in tiling.fresh}
        wanted = wanted_boxes(tiling.graph, tiling.anew, wanted, tiling.fresh) if wanted else {}
        for maker in tiling.anew:
            piece = _piece(tiling, maker, {t: wanted[t] for t in maker.outputs if t in wanted})
            if piece is not None:
                yield piece
        yield last


def _side_by_side(tiling: Tiling, op: Operator, boxes: Mapping[int, Box]) -> Iterator[Mapping[int, Box]]:
    """The boxes cut in columns, where that saves memory: where something is made anew for them."""
    widths = {box[COLUMN_AXIS] for box in boxes.values()}
    if not tiling.columns or len(widths) != 1 or tiling.fresh.isdisjoint(op.inputs):
        yield boxes
        return
    (width,) = widths
    starts = range(width.lo, width.hi, tiling.columns)
    STEPS.allow(
        len(starts) * (1 + len(tiling.anew)), "making so few columns at a time", where=str(op), error=ScheduleError
    )
    for lo in starts:
        part = Interval(lo, min(lo + tiling.columns, width.hi))
        yield {t: box.replaced(COLUMN_AXIS, part) for t, box in boxes.items()}


def _piece(tiling: Tiling, op: Operator, boxes: Mapping[int, Box]) -> TilePiece | None:
    """The step that makes these boxes, as far as they are anywhere; None when they are not."""
    there = {t: box & tiling.held.get(t, box) for t, box in boxes.items()}
    there = {t: box for t, box in there.items() if box.size}
    if not there:
        return None
    return TilePiece(op.id, there, box_needs(tiling.graph, op, tuple(map(there.get, op.outputs)), tiling.tensors))
