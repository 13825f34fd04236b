"""Boxes and regions that several operators handle in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite, nan
from types import EllipsisType

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes


def cut(region: Region | None, box: Box) -> np.ndarray:
    """A view of the values of ``box`` in a region that holds at least that box."""
    assert region is not None
    index: tuple[slice | EllipsisType, ...] = (*box.within(region.box), ...)
    return region.values[index]


def bounding_box(boxes: Iterable[Box | None]) -> Box | None:
    """The smallest box that holds all the given ones; None when there is nothing to hold."""
    filled = [b for b in boxes if b is not None and b.size]
    if not filled:
        return None
    return Box(
        tuple(
            Interval(min(i.lo for i in axis), max(i.hi for i in axis))
            for axis in zip(*(b.intervals for b in filled), strict=True)
        )
    )


def same_box(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    """Region rule of operators that map each element of slot 0 to the element at the same place."""
    return writes[0], *(None for _ in op.inputs[1:])


def whole_last_axis(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    """Region rule of operators that mix all elements along the last axis of their one input."""
    box = writes[0]
    if box is None or not box.size:
        return (None,)
    return (box.replaced(len(box) - 1, Interval(0, graph.tensors[op.inputs[0]].shape[-1])),)


def normal_axis(axis: int, rank: int) -> int:
    """An axis that may count from the end, as one that counts from the start."""
    return axis + rank if axis < 0 else axis


def constant(graph: Graph, op: Operator, slot: int) -> np.ndarray | None:
    """The value of an input slot that holds constant integers (axes, sizes, paddings); None when it does not."""
    if slot >= len(op.inputs) or op.inputs[slot] < 0:
        return None
    tensor = graph.tensors[op.inputs[slot]]
    return tensor.array if tensor.is_const and tensor.dtype in ("int32", "int64") else None


def same_quantization(tensors: Sequence[Tensor]) -> bool:
    """Whether equal stored values mean equal reals in all of them."""
    first = tensors[0].quant
    return all(
        t.quant is first
        or (t.quant and first and (t.quant.scales, t.quant.zero_points) == (first.scales, first.zero_points))
        for t in tensors
    )


def number(op: Operator, name: str, default: float) -> float:
    """A numeric attribute of an operator; NaN where it holds something else."""
    value = op.attrs.get(name, default)
    return value if isinstance(value, (int, float)) else nan


def axis_attr(op: Operator, rank: int) -> int:
    """The attribute ``axis``, counted from the start of a tensor of ``rank``; may lie outside it."""
    axis = number(op, "axis", 0)
    return normal_axis(int(axis), rank) if isfinite(axis) else rank
