"""READ_VARIABLE and ASSIGN_VARIABLE: a tensor moved out of the state, or into it.

The graph has the state as a tensor (:mod:`mcu_lab.graph.state`), so both only move elements, and may move none: what is
read lies where the state lies until that is overwritten, and what is assigned is made where the state lies.
"""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.parts import Part, free, gather_aliases, gather_compute, gather_needs, slab
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.splitting import DTYPES


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    return (slab(0, graph.tensors[op.outputs[0]].shape, 0, 0),)


def variable_spec(kind: str, *, reads: bool) -> OpSpec:
    """The specification of one of the two; ``reads``: of the one whose input is the state."""

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 1 or len(op.outputs) != 1 or op.inputs[0] < 0:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs beside its variable.",)
        x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
        state = x if reads else y
        if not state.variable:
            return (f"{state.name!r} is no variable.",)
        if (x.shape, x.dtype) != (y.shape, y.dtype):
            return (f"{x.dtype} {list(x.shape)} cannot become {y.dtype} {list(y.shape)}.",)
        return ()

    aliases = gather_aliases(0, parts)
    return OpSpec(
        kind=kind,
        dtypes=DTYPES,
        needs=gather_needs(0, parts),
        compute=gather_compute(0, parts),
        limits=limits,
        notes="The variable of a handle; each is assigned once at most in an inference.",
        aliases=free(aliases),
        c_kernel="move",
        c_params=move_params(aliases),
    )
