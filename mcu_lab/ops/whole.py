"""Operators that take all of their inputs whatever is wanted of them, as those that keep state do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes


def needs_all(graph: Graph, op: Operator, writes: WriteBoxes) -> ReadBoxes:
    """Every input whole, unless nothing is written."""
    if not any(box is not None and box.size for box in writes):
        return tuple(None for _ in op.inputs)
    return tuple(Box.full(graph.tensors[t].shape) if t >= 0 else None for t in op.inputs)


def values_of(graph: Graph, op: Operator, slot: int, regions: tuple[Region | None, ...]) -> np.ndarray | None:
    """All of an input; None for one that is absent."""
    region = regions[slot]
    if slot >= len(op.inputs) or op.inputs[slot] < 0 or region is None:
        return None
    return region.values[Box.full(graph.tensors[op.inputs[slot]].shape).within(region.box)]


def scale_limits(tensors: Iterable[Tensor]) -> list[str]:
    """Reasons why integer tensors have no scale that products can be made of."""
    return [
        f"{t.name!r} is {t.dtype} without one scale above 0 for the whole tensor."
        for t in tensors
        if t.quant is None or len(t.quant.scales) != 1 or not t.quant.scale > 0
    ]
