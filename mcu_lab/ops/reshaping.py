"""RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements in the same order under another shape."""

from __future__ import annotations

from functools import partial

import numpy as np

from mcu_lab.graph.box import Box, Interval, coordinates
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.parts import free
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Alias, OpSpec, ReadBoxes, Region, WriteBoxes


def _source(graph: Graph, op: Operator, box: Box) -> tuple[np.ndarray, ...]:
    """For each input axis, the coordinate of every element of an output box."""
    shape = graph.tensors[op.outputs[0]].shape
    numbers = np.zeros(box.shape, dtype=np.int64)
    for axis, interval in enumerate(box):
        along = np.arange(interval.lo, interval.hi).reshape([-1 if a == axis else 1 for a in range(len(box))])
        numbers = numbers * shape[axis] + along
    return coordinates(numbers, graph.tensors[op.inputs[0]].shape)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None or not box.size:
        return tuple(None for _ in op.inputs)
    if box == Box.full(graph.tensors[op.outputs[0]].shape):
        source = Box.full(graph.tensors[op.inputs[0]].shape)
    else:
        source = Box(tuple(Interval(int(c.min()), int(c.max()) + 1) for c in _source(graph, op, box)))
    return source, *(None for _ in op.inputs[1:])


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    source = needs(graph, op, writes, None)[0]
    assert source is not None
    values = cut(regions[0], source)
    if source.size == box.size:
        return (values.reshape(box.shape).copy(),)
    return (values[tuple(c - i.lo for c, i in zip(_source(graph, op, box), source, strict=True))],)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if not op.inputs or op.inputs[0] < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.elements != y.elements or x.dtype != y.dtype:
        return (f"{x.dtype} {list(x.shape)} cannot become {y.dtype} {list(y.shape)}.",)
    return ()


def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
    shape = graph.tensors[op.outputs[0]].shape
    return (Alias(op.outputs[0], op.inputs[0], partial(np.reshape, shape=shape)),)


def reshape_spec(kind: str, shape_slot: int | None = None, notes: str = "") -> OpSpec:
    """The specification of one of the three."""
    return OpSpec(
        kind=kind,
        dtypes=MOVED,
        needs=needs,
        compute=compute,
        limits=limits,
        shape_slot=shape_slot,
        notes=notes,
        aliases=free(aliases),
        c_kernel="move",
        c_params=move_params(aliases),
    )
