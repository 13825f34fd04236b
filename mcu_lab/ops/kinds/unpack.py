"""UNPACK: a tensor cut along one axis into layers that lack this axis."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Part, free, gather_aliases, gather_compute, gather_needs, layer
from mcu_lab.ops.regions import axis_attr
from mcu_lab.ops.spec import OpSpec


def axis_of(graph: Graph, op: Operator) -> int:
    return axis_attr(op, len(graph.tensors[op.inputs[0]].shape))


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    axis = axis_of(graph, op)
    return tuple(layer(slot, graph.tensors[t].shape, axis, slot) for slot, t in enumerate(op.outputs))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or op.inputs[0] < 0:
        return (f"it has {len(op.inputs)} inputs; one is expected.",)
    whole, axis = graph.tensors[op.inputs[0]], axis_of(graph, op)
    if not 0 <= axis < len(whole.shape):
        return (f"axis {axis} is not one of the input's {len(whole.shape)} axes.",)
    if len(op.outputs) != whole.shape[axis]:
        return (f"it has {len(op.outputs)} outputs but axis {axis} is {whole.shape[axis]} long.",)
    expected = whole.shape[:axis] + whole.shape[axis + 1 :]
    return tuple(
        f"{t.name!r} is {t.dtype} {list(t.shape)}; {whole.dtype} {list(expected)} is expected."
        for t in (graph.tensors[o] for o in op.outputs)
        if t.shape != expected or t.dtype != whole.dtype
    )


SPEC = OpSpec(
    kind="UNPACK",
    dtypes=tuple(d for d in LISTED if d != "int64"),
    needs=gather_needs(0, parts),
    compute=gather_compute(0, parts),
    limits=limits,
    aliases=free(gather_aliases(0, parts)),
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
