"""REVERSE_V2: a tensor backwards along some of its axes. Source: TFLite ``kernels/reverse.cc``."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.parts import Along, Part, gather_aliases, gather_compute, gather_needs
from mcu_lab.ops.regions import constant, normal_axis
from mcu_lab.ops.spec import OpSpec


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    shape, given = graph.tensors[op.inputs[0]].shape, constant(graph, op, 1)
    assert given is not None
    axes = {normal_axis(int(axis), len(shape)) for axis in given.reshape(-1)}
    along = tuple(Along(n - 1, axis, -1) if axis in axes else Along(0, axis) for axis, n in enumerate(shape))
    return (Part(0, shape, along),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    axes = constant(graph, op, 1)
    if axes is None:
        return ("the axes are not constant integers.",)
    found = [normal_axis(int(axis), len(x.shape)) for axis in axes.reshape(-1)]
    if any(not 0 <= axis < len(x.shape) for axis in found) or len(set(found)) < len(found):
        return (f"{axes.tolist()} are not different axes of {list(x.shape)}.",)
    if not found or max(found) - min(found) >= len(found):
        return (f"the axes are {axes.tolist()}; LiteRT accepts only axes beside each other, and at least one.",)
    if y.shape != x.shape or y.dtype != x.dtype:
        return (f"the output is {y.dtype} {list(y.shape)}; {x.dtype} {list(x.shape)} is expected.",)
    return ()


SPEC = OpSpec(
    kind="REVERSE_V2",
    dtypes=LISTED,
    needs=gather_needs(0, parts),
    compute=gather_compute(0, parts),
    notes="Constant axes.",
    limits=limits,
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
