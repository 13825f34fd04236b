"""L2_NORMALIZATION: each vector along the last axis divided by its Euclidean length.

Source: TFLite ``kernels/l2norm.cc``: lengths below 1e-6 count as 1e-6.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import activation_of
from mcu_lab.ops.regions import cut, whole_last_axis
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes
from mcu_lab.ops.unary import unary_limits

LEAST_LENGTH = np.float32(1e-6)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = unary_limits(graph, op)
    if found:
        return found
    if not graph.tensors[op.inputs[0]].shape:
        return ("the input is a scalar; normalization needs an axis.",)
    if activation_of(op) != "NONE":
        return (f"fused_activation_function is {activation_of(op)}; LiteRT accepts only NONE.",)
    return ()


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    source = whole_last_axis(graph, op, writes, None)[0]
    assert writes[0] is not None and source is not None
    values = cut(regions[0], source)
    length = np.maximum(np.sqrt((values * values).sum(axis=-1, keepdims=True)), LEAST_LENGTH)
    return ((values / length)[..., writes[0].slices[-1]],)


SPEC = OpSpec(
    kind="L2_NORMALIZATION",
    dtypes=("float32",),
    needs=whole_last_axis,
    compute=compute,
    notes="The last axis is needed whole.",
    limits=limits,
)
