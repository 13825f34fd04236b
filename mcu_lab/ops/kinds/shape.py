"""SHAPE: the shape of a tensor, which is known before it runs; nothing of the tensor is read."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    return (None,)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    assert writes[0] is not None
    return (np.array(graph.tensors[op.inputs[0]].shape, dtype=np.int32)[writes[0].slices],)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or op.inputs[0] < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if y.dtype != "int32" or y.shape != (len(x.shape),):
        return (f"the output is {y.dtype} {list(y.shape)}; int32 {[len(x.shape)]} is expected.",)
    if op.attrs.get("out_type", "INT32") != "INT32":
        return (f"out_type is {op.attrs['out_type']!r}; INT32 is supported.",)
    return ()


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    return {"values": np.array(graph.tensors[op.inputs[0]].shape, dtype=np.int32)}


SPEC = OpSpec(
    kind="SHAPE",
    dtypes=MOVED,
    needs=needs,
    compute=compute,
    notes="Known before running: reads nothing.",
    limits=limits,
    c_kernel="shape",
    c_params=c_params,
)
