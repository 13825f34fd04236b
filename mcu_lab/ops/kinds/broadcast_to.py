"""BROADCAST_TO: a tensor repeated along its axes of size 1, and along new ones before its first.

Source: TFLite ``kernels/broadcast_to.cc``.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.taking import REPEATED, STRAIGHT, Taken, take_compute, take_needs, take_params


def taken(graph: Graph, op: Operator) -> Taken:
    x, y = graph.tensors[op.inputs[0]].shape, graph.tensors[op.outputs[0]].shape
    return (REPEATED,) * (len(y) - len(x)) + tuple(REPEATED if n == 1 else STRAIGHT for n in x)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    try:
        fits = np.broadcast_shapes(x.shape, y.shape) == y.shape
    except ValueError:
        fits = False
    if not fits or x.dtype != y.dtype:
        return (f"{x.dtype} {list(x.shape)} cannot be repeated to {y.dtype} {list(y.shape)}.",)
    return ()


SPEC = OpSpec(
    kind="BROADCAST_TO",
    dtypes=MOVED,
    needs=take_needs(taken),
    compute=take_compute(taken),
    notes="A shape that is constant or computed from shapes alone.",
    limits=limits,
    shape_slot=1,
    c_kernel="take",
    c_params=take_params(taken),
)
