"""STRIDED_SLICE: every step-th element between a beginning and an end on each axis."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.move import move_params
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.parts import Along, Part, free, gather_aliases, gather_compute, gather_needs
from mcu_lab.ops.regions import constant
from mcu_lab.ops.spec import Alias, OpSpec


def mask(op: Operator, name: str, axis: int) -> bool:
    """Bit ``axis`` of one of the operator's masks."""
    bits = op.attrs.get(name, 0)
    return isinstance(bits, int) and bool(bits >> axis & 1)


def ranges(graph: Graph, op: Operator) -> tuple[range, ...]:
    """The input coordinates taken on each axis, in output order. A shrunk axis takes one."""
    shape = graph.tensors[op.inputs[0]].shape
    begins, ends, strides = (constant(graph, op, slot) for slot in (1, 2, 3))
    assert begins is not None and ends is not None and strides is not None

    def taken(axis: int, extent: int) -> range:
        if axis >= len(begins):
            return range(extent)
        begin, end, stride = (int(given[axis]) for given in (begins, ends, strides))
        if op.attrs.get("offset"):
            end += begin
        if mask(op, "shrink_axis_mask", axis):
            at = begin + extent if begin < 0 else begin
            return range(at, at + 1)
        first = None if mask(op, "begin_mask", axis) else begin
        last = None if mask(op, "end_mask", axis) else end
        return range(*slice(first, last, stride).indices(extent))

    return tuple(taken(axis, extent) for axis, extent in enumerate(shape))


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    along = []
    kept = 0
    for axis, taken in enumerate(ranges(graph, op)):
        shrunk = mask(op, "shrink_axis_mask", axis)
        along.append(Along(taken.start, None if shrunk else kept, 1 if shrunk else taken.step))
        kept += not shrunk
    return (Part(0, graph.tensors[op.outputs[0]].shape, tuple(along)),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 4 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; four and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    begins, ends, strides = (constant(graph, op, slot) for slot in (1, 2, 3))
    if begins is None or ends is None or strides is None:
        return ("the beginning, end or strides are not constant integers.",)
    if not begins.shape == ends.shape == strides.shape or begins.ndim != 1 or len(begins) > len(x.shape):
        return (f"the beginning has {begins.size} entries for {len(x.shape)} axes.",)
    found = [f"{name} is {op.attrs[name]!r}; only 0 is supported." for name in ("ellipsis_mask", "new_axis_mask")
             if op.attrs.get(name, 0)]  # fmt: skip
    if (strides == 0).any():
        found.append("a stride is 0.")
    if found:
        return tuple(found)
    taken = ranges(graph, op)
    outside = [r for r, n in zip(taken, x.shape, strict=True) if len(r) == 1 and not 0 <= r.start < n]
    if outside:
        return (f"it takes coordinate {outside[0].start}, outside the input's shape {list(x.shape)}.",)
    expected = tuple(len(r) for axis, r in enumerate(taken) if not mask(op, "shrink_axis_mask", axis))
    if y.shape != expected or y.dtype != x.dtype:
        return (f"the output is {y.dtype} {list(y.shape)}; {x.dtype} {list(expected)} is expected.",)
    return ()


def aliases(graph: Graph, op: Operator) -> tuple[Alias, ...]:
    """Only for steps of 1: a view that skips elements would no longer be made of runs of bytes."""
    if any(r.step != 1 for r in ranges(graph, op)):
        return ()
    return free(gather_aliases(0, parts))(graph, op)


SPEC = OpSpec(
    kind="STRIDED_SLICE",
    dtypes=MOVED,
    needs=gather_needs(0, parts),
    compute=gather_compute(0, parts),
    notes="Constant operands; no ellipsis or new axes. Zero-copy when all strides are 1.",
    limits=limits,
    aliases=aliases,
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
