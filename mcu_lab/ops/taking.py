"""Operators whose output takes, on each axis by itself, coordinates of its input: repeated, mirrored, in other order.

Which ones is said in straight pieces, so that the tables of the C kernel ``take`` stay short and its runs long. The
input's axes are the last of the output's; what the output has before them repeats the whole input.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes

#: Pieces of one axis; more would be a table that no microcontroller holds.
MOST_PIECES = 4096


@dataclass(frozen=True, slots=True)
class Piece:
    """Output coordinates from ``lo`` on, up to the next piece, take ``start``, ``start + step``, … of the input."""

    lo: int
    start: int
    step: int = 1


#: The pieces of each axis of the output, ascending; the first begins at 0.
Taken = tuple[tuple[Piece, ...], ...]
TakenOf = Callable[[Graph, Operator], Taken]

STRAIGHT = (Piece(0, 0),)
REPEATED = (Piece(0, 0, 0),)


def _overlapping(pieces: tuple[Piece, ...], interval: Interval) -> Iterator[tuple[Piece, Interval]]:
    """The pieces that have a part of an interval, and which."""
    starts = [piece.lo for piece in pieces]
    for k in range(bisect_right(starts, interval.lo) - 1, len(pieces)):
        part = interval & Interval(starts[k], starts[k + 1] if k + 1 < len(starts) else interval.hi)
        if not part:
            return
        yield pieces[k], part


def _ends(piece: Piece, part: Interval) -> tuple[int, int]:
    """The input coordinates of the first and the last output coordinate of a part of a piece."""
    return piece.start + piece.step * (part.lo - piece.lo), piece.start + piece.step * (part.hi - 1 - piece.lo)


def _spanned(pieces: tuple[Piece, ...], interval: Interval) -> Interval:
    ends = [end for piece, part in _overlapping(pieces, interval) for end in _ends(piece, part)]
    return Interval(min(ends), max(ends) + 1)


def _coordinates(pieces: tuple[Piece, ...], interval: Interval) -> np.ndarray:
    return np.concatenate([
        piece.start + piece.step * (np.arange(part.lo, part.hi) - piece.lo)
        for piece, part in _overlapping(pieces, interval)
    ])  # fmt: skip


def take_needs(taken: TakenOf) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule: the smallest box of input 0 that holds what a box of the output takes."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        box, nothing = writes[0], tuple(None for _ in op.inputs[1:])
        if box is None or not box.size:
            return (None, *nothing)
        rank = len(graph.tensors[op.inputs[0]].shape)
        spans = [_spanned(pieces, i) for pieces, i in zip(taken(graph, op), box, strict=True)]
        return (Box(tuple(spans[len(spans) - rank :])), *nothing)

    return needs


def take_compute(
    taken: TakenOf,
) -> Callable[[Graph, Operator, WriteBoxes, tuple[Region | None, ...]], tuple[np.ndarray | None, ...]]:
    """Numpy kernel: one axis after the other."""
    needs = take_needs(taken)

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box, source = writes[0], needs(graph, op, writes, None)[0]
        assert box is not None and source is not None
        values, pieces = cut(regions[0], source), taken(graph, op)
        before = len(box) - len(source)
        for axis, (spanned, along) in enumerate(zip(source, pieces[before:], strict=True)):
            values = np.take(values, _coordinates(along, box[before + axis]) - spanned.lo, axis)
        return (np.broadcast_to(values, box.shape).copy(),)

    return compute


def take_params(taken: TakenOf) -> Callable[[Graph, Operator], Mapping[str, int | float | np.ndarray]]:
    """``OpSpec.c_params`` for the C kernel ``take``."""

    def params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        pieces = taken(graph, op)
        every = (REPEATED,) * max(0, 4 - len(pieces)) + pieces
        counts = [len(along) for along in every]
        return {
            "first": np.cumsum([0, *counts], dtype=np.int32),
            "pieces": np.array([(p.lo, p.start, p.step) for along in every for p in along], np.int32).reshape(-1),
        }

    return params
