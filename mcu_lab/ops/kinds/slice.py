"""SLICE: a box of a tensor. Source: TFLite ``kernels/slice.cc``."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.parts import Along, Part, free, gather_aliases, gather_compute, gather_needs
from mcu_lab.ops.regions import constant
from mcu_lab.ops.spec import OpSpec


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    begins = constant(graph, op, 1)
    assert begins is not None
    along = tuple(Along(int(begin), axis) for axis, begin in enumerate(begins))
    return (Part(0, graph.tensors[op.outputs[0]].shape, along),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 3 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; three and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    begins, sizes = constant(graph, op, 1), constant(graph, op, 2)
    if begins is None or sizes is None:
        return ("the beginning or the size is not constant integers.",)
    if begins.shape != (len(x.shape),) or sizes.shape != begins.shape:
        return (f"the beginning has {begins.size} entries and the size {sizes.size} for {len(x.shape)} axes.",)
    pairs = [(int(b), int(s)) for b, s in zip(begins, sizes, strict=True)]
    expected = tuple(n - b if s == -1 else s for n, (b, s) in zip(x.shape, pairs, strict=True))
    if any(b < 0 or b + s > n for n, (b, _), s in zip(x.shape, pairs, expected, strict=True)):
        return (f"from {begins.tolist()}, {sizes.tolist()} elements reach beyond the input's {list(x.shape)}.",)
    if y.shape != expected or y.dtype != x.dtype:
        return (f"the output is {y.dtype} {list(y.shape)}; {x.dtype} {list(expected)} is expected.",)
    return ()


SPEC = OpSpec(
    kind="SLICE",
    dtypes=MOVED,
    needs=gather_needs(0, parts),
    compute=gather_compute(0, parts),
    notes="Constant beginning and size.",
    limits=limits,
    aliases=free(gather_aliases(0, parts)),
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
