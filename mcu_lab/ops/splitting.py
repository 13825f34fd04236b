"""Where the outputs of SPLIT and SPLIT_V lie in their input: one behind the other along an axis."""

from __future__ import annotations

from itertools import accumulate

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Part, slab
from mcu_lab.ops.regions import constant, normal_axis

DTYPES = tuple(d for d in LISTED if d != "bool")


def split_parts(graph: Graph, op: Operator, data: int, axis_slot: int) -> tuple[Part, ...]:
    """The outputs as parts of input ``data``; their own shapes say how long each is."""
    given = constant(graph, op, axis_slot)
    assert given is not None
    axis = normal_axis(int(given.reshape(-1)[0]), len(graph.tensors[op.inputs[data]].shape))
    shapes = [graph.tensors[t].shape for t in op.outputs]
    starts = accumulate((shape[axis] for shape in shapes), initial=0)
    return tuple(
        slab(slot, shape, axis, start) for slot, (shape, start) in enumerate(zip(shapes, starts, strict=False))
    )


def split_limits(graph: Graph, op: Operator, data: int, axis_slot: int) -> tuple[str, ...]:
    """Reasons why these outputs are not slabs of the input."""
    if min(op.inputs) < 0:
        return ("an input is absent.",)
    given = constant(graph, op, axis_slot)
    if given is None or given.size != 1:
        return ("the axis is not one constant integer.",)
    whole = graph.tensors[op.inputs[data]]
    axis = normal_axis(int(given.reshape(-1)[0]), len(whole.shape))
    if not 0 <= axis < len(whole.shape):
        return (f"axis {int(given.reshape(-1)[0])} is not one of the input's {len(whole.shape)} axes.",)
    outputs = [graph.tensors[t] for t in op.outputs]
    others = whole.shape[:axis] + whole.shape[axis + 1 :]
    if any(len(t.shape) != len(whole.shape) or t.shape[:axis] + t.shape[axis + 1 :] != others for t in outputs):
        return (f"the outputs' shapes do not match {list(whole.shape)} beside axis {axis}.",)
    if sum(t.shape[axis] for t in outputs) != whole.shape[axis]:
        return (f"the outputs together are not {whole.shape[axis]} long on axis {axis}.",)
    return tuple(f"{t.name!r} is {t.dtype} but the input is {whole.dtype}." for t in outputs if t.dtype != whole.dtype)
