"""PACK: tensors stacked along a new axis."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Part, free, layer, scatter_aliases, scatter_needs, scattered
from mcu_lab.ops.regions import axis_attr, same_quantization
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes


def axis_of(graph: Graph, op: Operator) -> int:
    return axis_attr(op, len(graph.tensors[op.outputs[0]].shape))


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    axis = axis_of(graph, op)
    return tuple(layer(slot, graph.tensors[t].shape, axis, slot) for slot, t in enumerate(op.inputs))


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    return (scattered(graph, op, box, regions, parts, np.empty(box.shape, graph.tensors[op.outputs[0]].dtype)),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if not op.inputs or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs.",)
    whole, axis = graph.tensors[op.outputs[0]], axis_of(graph, op)
    if not 0 <= axis < len(whole.shape):
        return (f"axis {axis} is not one of the output's {len(whole.shape)} axes.",)
    if len(op.inputs) != whole.shape[axis]:
        return (f"it has {len(op.inputs)} inputs but axis {axis} of the output is {whole.shape[axis]} long.",)
    expected = whole.shape[:axis] + whole.shape[axis + 1 :]
    inputs = [graph.tensors[t] for t in op.inputs]
    found = [
        f"{t.name!r} is {t.dtype} {list(t.shape)}; {whole.dtype} {list(expected)} is expected."
        for t in inputs
        if t.shape != expected or t.dtype != whole.dtype
    ]
    if not same_quantization((whole, *inputs)):
        found.append("the inputs and the output are not all quantized alike.")
    return tuple(found)


SPEC = OpSpec(
    kind="PACK",
    dtypes=(*(d for d in LISTED if d != "bool"), "uint32"),
    needs=scatter_needs(parts),
    compute=compute,
    notes="All tensors must be quantized alike.",
    limits=limits,
    aliases=free(scatter_aliases(parts)),
    c_kernel="move",
    c_params=move_params(scatter_aliases(parts)),
)
