"""Operators that only move elements between one whole tensor and its parts, described axis by axis.

Either one input is the whole and the outputs are its parts (SPLIT, UNPACK, STRIDED_SLICE, TRANSPOSE), or the one
output is the whole and the inputs are its parts (CONCATENATION, PACK, PAD). Region rule, numpy kernel, aliases
and C parameters all follow from where each part lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import bounding_box, cut
from mcu_lab.ops.spec import Alias, ReadBoxes, Region, WriteBoxes


@dataclass(frozen=True, slots=True)
class Along:
    """Where a part lies along one axis of the whole.

    Coordinate c of the part's axis ``axis`` is coordinate ``start + step * c`` of the whole. With ``axis`` None the
    part has no such axis and lies at ``start``.
    """

    start: int
    axis: int | None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A tensor of shape ``shape`` inside the whole; ``along`` has one entry for each axis of the whole.

    An axis of the part that none of them names has size 1.
    """

    slot: int
    shape: tuple[int, ...]
    along: tuple[Along, ...]


PartsOf = Callable[[Graph, Operator], tuple[Part, ...]]


def slab(slot: int, shape: Sequence[int], axis: int, start: int) -> Part:
    """A part that spans the whole but for ``axis``, where it begins at ``start``."""
    return Part(slot, tuple(shape), tuple(Along(start if a == axis else 0, a) for a in range(len(shape))))


def layer(slot: int, shape: Sequence[int], axis: int, at: int) -> Part:
    """A part that lacks the whole's ``axis`` and lies at coordinate ``at`` of it."""
    rank = len(shape) + 1
    return Part(
        slot,
        tuple(shape),
        tuple(Along(at, None) if a == axis else Along(0, a - (a > axis)) for a in range(rank)),
    )


def box_in_whole(part: Part, box: Box) -> Box:
    """The smallest box of the whole that holds a box of the part."""

    def spanned(along: Along) -> Interval:
        if along.axis is None:
            return Interval(along.start, along.start + 1)
        ends = (along.start + along.step * box[along.axis].lo, along.start + along.step * (box[along.axis].hi - 1))
        return Interval(min(ends), max(ends) + 1)

    return Box(tuple(spanned(along) for along in part.along))


def box_in_part(part: Part, whole: Box) -> Box | None:
    """The box of the part that lies inside a box of the whole, for steps of 1; None when there is nothing."""
    intervals = [Interval(0, n) for n in part.shape]
    for along, interval in zip(part.along, whole, strict=True):
        if along.axis is None:
            if along.start not in interval:
                return None
        else:
            intervals[along.axis] &= interval.shifted(-along.start)
    return Box(tuple(intervals)) if all(intervals) else None


def view_of(part: Part, whole: np.ndarray) -> np.ndarray:
    """The part as a numpy view of an array of the whole."""
    index: tuple[Any, ...] = (*box_in_whole(part, Box.full(part.shape)).slices, ...)
    return _arranged(part, whole[index])


def _arranged(part: Part, values: np.ndarray) -> np.ndarray:
    """Values of a box of the whole -> the part's elements in it: every step-th, with its axes in its order."""
    index = tuple(0 if along.axis is None else slice(None, None, along.step) for along in part.along)
    present = [along.axis for along in part.along if along.axis is not None]
    own = tuple(axis for axis in range(len(part.shape)) if axis not in present)
    return np.expand_dims(values[(*index, ...)].transpose(np.argsort(present)), own)


def gather_needs(slot: int, parts: PartsOf) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule when input ``slot`` is the whole and the outputs are its parts."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        boxes = [
            box_in_whole(part, box) for part in parts(graph, op) if (box := writes[part.slot]) is not None and box.size
        ]
        return tuple(bounding_box(boxes) if s == slot else None for s in range(len(op.inputs)))

    return needs


def gather_compute(
    slot: int, parts: PartsOf
) -> Callable[[Graph, Operator, WriteBoxes, tuple[Region | None, ...]], tuple[np.ndarray | None, ...]]:
    """Numpy kernel when input ``slot`` is the whole and the outputs are its parts."""

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        def made(part: Part) -> np.ndarray | None:
            box = writes[part.slot]
            return None if box is None else _arranged(part, cut(regions[slot], box_in_whole(part, box))).copy()

        return tuple(made(part) for part in parts(graph, op))

    return compute


def scatter_needs(parts: PartsOf) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule when the output is the whole and inputs are its parts."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        found: list[Box | None] = [None] * len(op.inputs)
        if writes[0] is not None:
            for part in parts(graph, op):
                found[part.slot] = box_in_part(part, writes[0])
        return tuple(found)

    return needs


def scattered(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], parts: PartsOf, out: np.ndarray
) -> np.ndarray:
    """``out``, an array of the box of the whole, with the elements of all parts that lie in it; overwrites it."""
    for part in parts(graph, op):
        inner = box_in_part(part, box)
        if inner is None:
            continue
        index: tuple[Any, ...] = (*box_in_whole(part, inner).within(box), ...)
        target = _arranged(part, out[index])
        target[...] = cut(regions[part.slot], inner)
    return out


def gather_aliases(slot: int, parts: PartsOf) -> Callable[[Graph, Operator], tuple[Alias, ...]]:
    """Every output as a view of input ``slot``."""

    def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
        return tuple(Alias(op.outputs[p.slot], op.inputs[slot], partial(view_of, p)) for p in parts(graph, op))

    return aliases


def scatter_aliases(parts: PartsOf) -> Callable[[Graph, Operator], tuple[Alias, ...]]:
    """Every part among the inputs as a view of the output."""

    def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
        return tuple(Alias(op.inputs[p.slot], op.outputs[0], partial(view_of, p)) for p in parts(graph, op))

    return aliases


def free(
    aliases: Callable[[Graph, Operator], tuple[Alias, ...]],
) -> Callable[[Graph, Operator], tuple[Alias, ...]]:
    """``aliases`` where they can hold: constants stay where they are, and no part lies in two places at once."""

    def usable(graph: Graph, op: Operator) -> tuple[Alias, ...]:
        found = aliases(graph, op)
        parts = [alias.part for alias in found]
        if len(set(parts)) < len(parts) or any(graph.tensors[t].is_const for a in found for t in (a.part, a.whole)):
            return ()
        return found

    return usable
