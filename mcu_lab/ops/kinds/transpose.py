"""TRANSPOSE: the axes of a tensor in another order."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.parts import Along, Part, free, gather_aliases, gather_compute, gather_needs
from mcu_lab.ops.regions import constant
from mcu_lab.ops.spec import Alias, OpSpec


def permutation(graph: Graph, op: Operator) -> tuple[int, ...]:
    """Output axis i is input axis ``permutation[i]``."""
    given = constant(graph, op, 1)
    assert given is not None
    rank = len(graph.tensors[op.inputs[0]].shape)
    return tuple(int(axis) % rank for axis in given.reshape(-1))


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    order = permutation(graph, op)
    along = tuple(Along(0, order.index(axis)) for axis in range(len(order)))
    return (Part(0, graph.tensors[op.outputs[0]].shape, along),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    given = constant(graph, op, 1)
    if given is None:
        return ("the permutation is not constant integers.",)
    rank = len(x.shape)
    if not rank:
        return ("a scalar has no axes; LiteRT ends its process there.",)
    axes = [int(axis) for axis in given.reshape(-1)]
    if any(not -rank <= axis < rank for axis in axes) or sorted(axis % rank for axis in axes) != list(range(rank)):
        return (f"{axes} is not a permutation of the input's {rank} axes.",)
    expected = tuple(x.shape[axis] for axis in permutation(graph, op))
    if y.shape != expected or y.dtype != x.dtype:
        return (f"the output is {y.dtype} {list(y.shape)}; {x.dtype} {list(expected)} is expected.",)
    return ()


def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
    """Only when no element changes its place, so that the output stays dense."""
    shape = graph.tensors[op.inputs[0]].shape
    moved = [axis for axis in permutation(graph, op) if shape[axis] > 1]
    return free(gather_aliases(0, parts))(graph, op) if moved == sorted(moved) else ()


SPEC = OpSpec(
    kind="TRANSPOSE",
    dtypes=MOVED,
    needs=gather_needs(0, parts),
    compute=gather_compute(0, parts),
    notes="Constant permutation. Zero-copy when only axes of length 1 move.",
    limits=limits,
    aliases=aliases,
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
