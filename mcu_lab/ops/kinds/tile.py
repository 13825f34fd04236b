"""TILE: a tensor so many times behind itself on each axis. Source: TFLite ``kernels/tile.cc``."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import constant
from mcu_lab.ops.spec import OpSpec
from mcu_lab.ops.taking import MOST_PIECES, REPEATED, Piece, Taken, take_compute, take_needs, take_params


def taken(graph: Graph, op: Operator) -> Taken:
    shape, times = graph.tensors[op.inputs[0]].shape, constant(graph, op, 1)
    assert times is not None
    return tuple(
        REPEATED if n == 1 else tuple(Piece(n * k, 0) for k in range(int(repeats)))
        for n, repeats in zip(shape, times, strict=True)
    )


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    times = constant(graph, op, 1)
    if times is None:
        return ("how often each axis is repeated is not constant integers.",)
    if times.shape != (len(x.shape),):
        return (f"{times.tolist()} does not say how often each of {len(x.shape)} axes is repeated.",)
    expected = tuple(n * int(k) for n, k in zip(x.shape, times, strict=True))
    if y.shape != expected or y.dtype != x.dtype:
        return (f"the output is {y.dtype} {list(y.shape)}; {x.dtype} {list(expected)} is expected.",)
    if any(int(k) > MOST_PIECES for n, k in zip(x.shape, times, strict=True) if n > 1):
        return (f"it repeats an axis {int(times.max())} times; {MOST_PIECES} are supported.",)
    return ()


SPEC = OpSpec(
    kind="TILE",
    dtypes=MOVED,
    needs=take_needs(taken),
    compute=take_compute(taken),
    notes="Constant multiples.",
    limits=limits,
    c_kernel="take",
    c_params=take_params(taken),
)
