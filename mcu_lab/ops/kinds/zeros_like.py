"""ZEROS_LIKE: zeros in the shape of a tensor, of which nothing is read. Source: TFLite ``kernels/zeros_like.cc``."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.elementwise import broadcast_limits
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return (None,)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    return (np.zeros(writes[0].shape, graph.tensors[op.outputs[0]].dtype),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or op.inputs[0] < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are expected.",)
    return broadcast_limits(graph, op)


SPEC = OpSpec(
    kind="ZEROS_LIKE",
    dtypes=("int32", "int64", "float32"),
    needs=needs,
    compute=compute,
    notes="Reads nothing.",
    limits=limits,
    c_kernel="zeros",
)
