"""Stages by rows: the steps of operators that execute row by row, and the line buffers between them.

Nothing is made twice and nothing early: whoever makes the stage's outputs pulls the rows it reads, those pull theirs,
one tile at a time. What every tensor then has to hold, and for how long, is read off the steps, so that branches,
residuals (a ring longer by the depth they skip), strides and paddings all follow from the operators' region rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.lowering.pieces import ROW_AXIS, Make, Move, StageSteps, Store, has_rows
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.model import Ring, View
from mcu_lab.schedule.model import InputMode, Stage


@dataclass(frozen=True)
class Piece:
    """What one step makes: the same rows of all outputs of an operator, or of a streamed input as they arrive.

    reads  of tensors that the stage itself makes or receives: the rows that are read.
    """

    tensors: tuple[int, ...]
    rows: Interval
    reads: Mapping[int, Interval]


def row_boxes(graph: Graph, tensors: Iterable[int], rows: Interval) -> tuple[Box, ...]:
    """These rows of each tensor."""
    return tuple(Box.full(graph.tensors[t].shape).replaced(ROW_AXIS, rows) for t in tensors)


def maker(graph: Graph, tensors: tuple[int, ...]) -> Operator | None:
    """The operator that makes these tensors together; None for an input."""
    op = graph.producer.get(tensors[0])
    return None if op is None else graph.operators[op]


def row_stage(graph: Graph, stage: Stage, inputs: InputMode) -> StageSteps:
    """The steps of a stage by rows.

    A tensor that is read outside, is a graph output, or is read by nobody is whole. A streamed input arrives row by
    row when only this stage reads it.
    """
    inside = frozenset(stage.operators)

    def passes(tensor: int) -> bool:
        readers = graph.readers.get(tensor, ())
        return bool(readers) and inside.issuperset(readers) and tensor not in graph.outputs

    arriving = [t for t in graph.inputs if inputs == "streamed" and passes(t) and has_rows(graph.tensors[t])]
    made = [graph.operators[op].outputs for op in sorted(inside)]
    leaving = [tensors for tensors in made if not all(passes(t) for t in tensors)]
    pieces = _pulled(graph, [*made, *((t,) for t in arriving)], leaving, stage.rows)
    kept = {t: _line_buffer(graph, t, rows) for t, rows in _rows_alive(pieces).items() if passes(t)}
    stores = tuple(store for store, _ in kept.values())
    views = {t: view for t, (_, view) in kept.items()}
    return StageSteps(min(inside), stores, tuple(_step(graph, piece, views) for piece in pieces), frozenset(kept))


def _line_buffer(graph: Graph, tensor: int, rows: int) -> tuple[Store, View]:
    """A buffer that holds so many rows of a tensor at a time, and the tensor in it."""
    full = Box.full(graph.tensors[tensor].shape)
    part = full.replaced(ROW_AXIS, Interval(0, rows)).shape
    ring = Ring(ROW_AXIS, rows) if rows < len(full[ROW_AXIS]) else None
    return Store(f"t{tensor}", tensor, part), replace(dense_view(f"t{tensor}", tensor, full.shape), ring=ring)


def _step(graph: Graph, piece: Piece, kept: Mapping[int, View]) -> Make | Move:
    boxes = row_boxes(graph, piece.tensors, piece.rows)
    op = maker(graph, piece.tensors)
    if op is None:
        return Move(None, replace(kept[piece.tensors[0]], box=boxes[0]))
    reads = {t: (kept[t],) for t in op.inputs if t in kept}
    return Make(op.id, boxes, reads, {t: kept[t] for t in op.outputs if t in kept})


def _pulled(
    graph: Graph, made: Sequence[tuple[int, ...]], leaving: Sequence[tuple[int, ...]], tile: int
) -> tuple[Piece, ...]:
    """The pieces in the order in which pulling ``leaving`` makes them; tensors made together are one tuple.

    Of several, the one that lags behind furthest is pulled, and those that are read inside only when the others are
    complete: what they still lack is wanted by nobody here.
    """
    group_of = {t: tensors for tensors in made for t in tensors}
    height = {tensors: graph.tensors[tensors[0]].shape[ROW_AXIS] for tensors in made}
    done = dict.fromkeys(made, 0)
    read_inside = {t for tensors in made if (op := maker(graph, tensors)) for t in op.inputs}
    begun: dict[tuple[int, ...], Piece] = {}
    pieces: list[Piece] = []

    def progress(tensors: tuple[int, ...]) -> tuple[bool, float]:
        return not read_inside.isdisjoint(tensors), done[tensors] / height[tensors]

    while unfinished := [tensors for tensors in leaving if done[tensors] < height[tensors]]:
        agenda = [min(unfinished, key=progress)]
        while agenda:
            tensors = agenda[-1]
            if tensors not in begun:
                rows = Interval(done[tensors], min(done[tensors] + tile, height[tensors]))
                begun[tensors] = _piece(graph, tensors, rows, group_of)
            reads = begun[tensors].reads.items()
            lacking = [group_of[t] for t, rows in reads if done[group_of[t]] < rows.hi]
            if lacking:
                agenda.append(lacking[0])
                continue
            pieces.append(begun.pop(agenda.pop()))
            done[tensors] = pieces[-1].rows.hi
    return tuple(pieces)


def _piece(graph: Graph, tensors: tuple[int, ...], rows: Interval, held: Collection[int]) -> Piece:
    op = maker(graph, tensors)
    if op is None:
        return Piece(tensors, rows, {})
    needed = spec_of(op).needs(graph, op, row_boxes(graph, tensors, rows), None)
    reads: dict[int, Interval] = {}
    for tensor, box in zip(op.inputs, needed, strict=True):
        if tensor in held and box is not None and box.size:
            wanted, other = box[ROW_AXIS], reads.get(tensor, box[ROW_AXIS])
            reads[tensor] = Interval(min(wanted.lo, other.lo), max(wanted.hi, other.hi))
    return Piece(tensors, rows, reads)


def _rows_alive(pieces: Sequence[Piece]) -> dict[int, int]:
    """For each tensor, the most rows from the oldest that is still wanted to the newest that is made."""
    oldest: dict[int, int] = {}
    most: dict[int, int] = {}
    for piece in reversed(pieces):
        for tensor in piece.tensors:
            alive = piece.rows.hi - min(oldest.get(tensor, piece.rows.lo), piece.rows.lo)
            most[tensor] = max(most.get(tensor, 0), alive)
        for tensor, rows in piece.reads.items():
            oldest[tensor] = min(oldest.get(tensor, rows.lo), rows.lo)
    return most
