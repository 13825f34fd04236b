"""FILL: a tensor that holds one value everywhere.

Its dimensions may be computed at run time from shapes; shapes do not change here, so that the output has the shape
stored in the file and the dimensions are not read.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import same_quantization
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return None, Box(()) if writes[0] is not None else None


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None and regions[1] is not None
    return (np.full(writes[0].shape, regions[1].values, dtype=graph.tensors[op.outputs[0]].dtype),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    value, y = graph.tensors[op.inputs[1]], graph.tensors[op.outputs[0]]
    if value.shape != () or value.dtype != y.dtype or not same_quantization((value, y)):
        return (f"the value is {value.dtype} {list(value.shape)}; a {y.dtype} scalar quantized alike is expected.",)
    return ()


SPEC = OpSpec(
    kind="FILL",
    dtypes=MOVED,
    needs=needs,
    compute=compute,
    notes="Dimensions constant or computed from shapes alone.",
    limits=limits,
    shape_slot=0,
    c_kernel="fill",
)
