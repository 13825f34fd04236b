"""Images cut into blocks: each place in a block becomes a run of channels, or a run of the batch.

The *image* has rows and columns; the *folded* tensor has one row and column for each block, and keeps the places of a
block one behind the other along one of its axes, the packed one. DEPTH_TO_SPACE and BATCH_TO_SPACE_ND unfold,
SPACE_TO_DEPTH and SPACE_TO_BATCH_ND fold. Shapes are padded on the left to rank 4, as Views are; an image without
columns (rank 3 of the batch kinds) then has the leading axis of size 1 for columns.

Sources: TFLite ``reference/depth_to_space.h``, ``space_to_depth.h``, ``batch_to_space_nd.h``, ``space_to_batch_nd.h``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import bounding_box, cut
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes

RANK = 4
#: Places in a block; more is no image.
MOST_PLACES = 4096


@dataclass(frozen=True, slots=True)
class Blocks:
    """``row``, ``column``, ``packed``: axes of rank 4. Image row r lies in block row ``(r + top) // height``.

    Place k = i * width + j of a block is kept at ``k * period`` of the packed axis and behind it. ``rows`` and
    ``columns`` are the image's; what a folded tensor has beyond them is padding, made of bytes ``fill``.
    """

    height: int
    width: int
    period: int
    rows: int
    columns: int
    packed: int
    row: int = 1
    column: int = 2
    top: int = 0
    left: int = 0
    fill: int = 0


BlocksOf = Callable[[Graph, Operator], Blocks]


def _padded(box: Box) -> Box:
    return Box((*(Interval(0, 1) for _ in range(RANK - len(box))), *box.intervals))


def _unpadded(box: Box | None, rank: int) -> Box | None:
    return None if box is None else Box(box.intervals[RANK - rank :])


def _places(interval: Interval, block: int) -> Interval:
    """The places within blocks of a run of coordinates, from the first to the last."""
    first, last = interval.lo, interval.hi - 1
    return Interval(first % block, last % block + 1) if first // block == last // block else Interval(0, block)


def unfold_needs(of: BlocksOf) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule where the output is the image."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        nothing = tuple(None for _ in op.inputs[1:])
        if writes[0] is None or not writes[0].size:
            return (None, *nothing)
        b, box = of(graph, op), _padded(writes[0])
        y, x, packed = box[b.row].shifted(b.top), box[b.column].shifted(b.left), box[b.packed]
        i, j = _places(y, b.height), _places(x, b.width)
        first, last = i.lo * b.width + j.lo, (i.hi - 1) * b.width + j.hi - 1
        box = box.replaced(b.row, Interval(y.lo // b.height, (y.hi - 1) // b.height + 1))
        box = box.replaced(b.column, Interval(x.lo // b.width, (x.hi - 1) // b.width + 1))
        box = box.replaced(b.packed, Interval(first * b.period + packed.lo, last * b.period + packed.hi))
        return (_unpadded(box, len(writes[0])), *nothing)

    return needs


def unfold_compute(
    of: BlocksOf,
) -> Callable[[Graph, Operator, WriteBoxes, tuple[Region | None, ...]], tuple[np.ndarray | None, ...]]:
    """Numpy kernel where the output is the image: one place of all blocks at a time."""
    needs = unfold_needs(of)

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        needed = needs(graph, op, writes, None)[0]
        assert writes[0] is not None and needed is not None
        b, box, source = of(graph, op), _padded(writes[0]), _padded(needed)
        values = cut(regions[0], needed).reshape(source.shape)
        out = np.empty(box.shape, values.dtype)
        y, x = box[b.row].shifted(b.top), box[b.column].shifted(b.left)
        for dy in range(min(b.height, len(y))):
            for dx in range(min(b.width, len(x))):
                place = (y.lo + dy) % b.height * b.width + (x.lo + dx) % b.width
                to = _index({b.row: slice(dy, None, b.height), b.column: slice(dx, None, b.width)})
                target = out[to]
                row, column = (y.lo + dy) // b.height, (x.lo + dx) // b.width
                taken = Box(tuple(
                    Interval(row, row + n) if axis == b.row
                    else Interval(column, column + n) if axis == b.column
                    else box[axis].shifted(place * b.period if axis == b.packed else 0)
                    for axis, n in enumerate(target.shape)
                ))  # fmt: skip
                target[...] = values[taken.within(source)]
        return (out.reshape(writes[0].shape),)

    return compute


def _index(slices: Mapping[int, slice]) -> tuple[slice, ...]:
    return tuple(slices.get(axis, slice(None)) for axis in range(RANK))


def _folded(b: Blocks, box: Box) -> Iterator[tuple[Box, Box, tuple[slice, ...]]]:
    """For each place in a box of the folded tensor: the box that holds it, the image's box that it is taken from, and
    which of that: every so many rows and columns. Padding is in none of them.
    """
    packed = box[b.packed]
    for place in range(packed.lo // b.period, (packed.hi - 1) // b.period + 1):
        i, j = divmod(place, b.width)
        part = packed & Interval(0, b.period).shifted(place * b.period)
        y, rows = _spread(box[b.row], b.height, i - b.top, b.rows)
        x, columns = _spread(box[b.column], b.width, j - b.left, b.columns)
        if y and x:
            to = box.replaced(b.packed, part).replaced(b.row, y).replaced(b.column, x)
            taken = to.replaced(b.packed, part.shifted(-place * b.period)).replaced(b.row, rows)
            every = _index({b.row: slice(None, None, b.height), b.column: slice(None, None, b.width)})
            yield to, taken.replaced(b.column, columns), every


def _spread(interval: Interval, block: int, start: int, length: int) -> tuple[Interval, Interval]:
    """Those coordinates c whose ``c * block + start`` lies in [0, length), and the interval of these."""
    lo, hi = max(interval.lo, -(start // block)), min(interval.hi, (length - 1 - start) // block + 1)
    return Interval(lo, hi), Interval(lo * block + start, (hi - 1) * block + start + 1)


def fold_needs(of: BlocksOf) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule where the input is the image."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        nothing = tuple(None for _ in op.inputs[1:])
        if writes[0] is None or not writes[0].size:
            return (None, *nothing)
        boxes = [taken for _, taken, _ in _folded(of(graph, op), _padded(writes[0]))]
        return (_unpadded(bounding_box(boxes), len(writes[0])), *nothing)

    return needs


def fold_compute(
    of: BlocksOf,
) -> Callable[[Graph, Operator, WriteBoxes, tuple[Region | None, ...]], tuple[np.ndarray | None, ...]]:
    """Numpy kernel where the input is the image."""

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box = writes[0]
        assert box is not None
        b, dtype = of(graph, op), np.dtype(graph.tensors[op.outputs[0]].dtype)
        # Padding is written byte by byte, as LiteRT does.
        border = np.frombuffer(bytes([b.fill & 0xFF]) * dtype.itemsize, dtype)[0]
        out = np.full(_padded(box).shape, border, dtype)
        for to, taken, every in _folded(b, _padded(box)):
            values = cut(regions[0], Box(taken.intervals[RANK - len(box) :])).reshape(taken.shape)
            out[to.within(_padded(box))] = values[every]
        return (out.reshape(box.shape),)

    return compute


def block_params(of: BlocksOf, *, unfolds: bool) -> Callable[[Graph, Operator], Mapping[str, int | float | np.ndarray]]:
    """``OpSpec.c_params`` for the C kernel ``blocks``."""

    def params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        b = of(graph, op)
        return {
            "unfolds": int(unfolds), "row": b.row, "column": b.column, "packed": b.packed, "height": b.height,
            "width": b.width, "period": b.period, "top": b.top, "left": b.left, "rows": b.rows, "columns": b.columns,
            "fill": b.fill & 0xFF,
        }  # fmt: skip

    return params
