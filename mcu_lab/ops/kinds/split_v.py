"""SPLIT_V: a tensor cut along one axis into parts of given sizes."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.parts import Part, free, gather_aliases, gather_compute, gather_needs
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.splitting import DTYPES, split_limits, split_parts

DATA, SIZES, AXIS = 0, 1, 2


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    return split_parts(graph, op, DATA, AXIS)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 3:
        return (f"it has {len(op.inputs)} inputs; a tensor, sizes and an axis are expected.",)
    if not graph.tensors[op.inputs[SIZES]].is_const:
        return ("the sizes are computed at run time; they must be constant.",)
    return split_limits(graph, op, DATA, AXIS)


SPEC = OpSpec(
    kind="SPLIT_V",
    dtypes=DTYPES,
    needs=gather_needs(DATA, parts),
    compute=gather_compute(DATA, parts),
    notes="Axis and sizes must be constant.",
    limits=limits,
    aliases=free(gather_aliases(DATA, parts)),
    c_kernel="move",
    c_params=move_params(gather_aliases(DATA, parts)),
)
