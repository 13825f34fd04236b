"""PADV2: a tensor with one value before and behind it on each axis. Source: TFLite ``kernels/pad.cc``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.kinds import pad
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import scatter_aliases, scatter_needs, scattered
from mcu_lab.ops.regions import same_quantization
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes

_inside = scatter_needs(pad.parts)
_moved = move_params(scatter_aliases(pad.parts))


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    """The value only where some of the border is written."""
    data = _inside(graph, op, writes, reduce)[0]
    size = writes[0].size if writes[0] is not None else 0
    border = size > (data.size if data is not None else 0)
    return data, None, Box.full(graph.tensors[op.inputs[2]].shape) if border else None


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box, value = writes[0], regions[2]
    assert box is not None
    dtype = graph.tensors[op.outputs[0]].dtype
    out = np.empty(box.shape, dtype) if value is None else np.full(box.shape, value.values.reshape(()), dtype)
    return (scattered(graph, op, box, regions, pad.parts, out),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 3 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; three and one are expected.",)
    value, y = graph.tensors[op.inputs[2]], graph.tensors[op.outputs[0]]
    found = pad.padding_limits(graph, op)
    if value.elements != 1 or value.dtype != y.dtype or not same_quantization((value, y)):
        return (*found, f"the value is {value.dtype} {list(value.shape)}; one {y.dtype} quantized alike is expected.")
    return found


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    return {**_moved(graph, op), "fills": 1, "fill_slot": 2}


SPEC = OpSpec(
    kind="PADV2",
    dtypes=LISTED,
    needs=needs,
    compute=compute,
    notes="Constant paddings.",
    limits=limits,
    c_kernel="move",
    c_params=c_params,
)
