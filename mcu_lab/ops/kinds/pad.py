"""PAD: a tensor with zeros before and behind it on each axis; in quantized tensors, the zero point."""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Along, Part, free, scatter_aliases, scatter_needs, scattered
from mcu_lab.ops.regions import constant, same_quantization
from mcu_lab.ops.spec import OpSpec, Region, WriteBoxes


def paddings(graph: Graph, op: Operator) -> tuple[tuple[int, int], ...]:
    """(before, behind) in elements for each axis."""
    given = constant(graph, op, 1)
    assert given is not None
    return tuple((int(before), int(behind)) for before, behind in given)


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    along = tuple(Along(before, axis) for axis, (before, _) in enumerate(paddings(graph, op)))
    return (Part(0, graph.tensors[op.inputs[0]].shape, along),)


def fill(graph: Graph, op: Operator) -> int:
    """The stored value that stands for zero."""
    quant = graph.tensors[op.outputs[0]].quant
    return quant.zero_point if quant else 0


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    assert box is not None
    out = np.full(box.shape, fill(graph, op), graph.tensors[op.outputs[0]].dtype)
    return (scattered(graph, op, box, regions, parts, out),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    return padding_limits(graph, op)


def padding_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons why input 1 is no padding of input 0."""
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    given = constant(graph, op, 1)
    if given is None:
        return ("the paddings are not constant integers.",)
    if given.shape != (len(x.shape), 2):
        return (f"the paddings have shape {list(given.shape)}; {[len(x.shape), 2]} is expected.",)
    if (given < 0).any():
        return (f"the paddings {given.tolist()} must not be negative.",)
    expected = tuple(n + before + behind for n, (before, behind) in zip(x.shape, paddings(graph, op), strict=True))
    found = []
    if y.shape != expected:
        found.append(f"the paddings give shape {list(expected)} but the output tensor has {list(y.shape)}.")
    if x.dtype != y.dtype or not same_quantization((x, y)):
        found.append("the input and the output are not quantized alike.")
    return tuple(found)


SPEC = OpSpec(
    kind="PAD",
    dtypes=LISTED,
    needs=scatter_needs(parts),
    compute=compute,
    notes="Constant paddings. Zero-copy when all readers are convolutions that take the border for their own padding.",
    limits=limits,
    aliases=free(scatter_aliases(parts)),
    c_kernel="move",
    c_params=move_params(scatter_aliases(parts), fill),
)
