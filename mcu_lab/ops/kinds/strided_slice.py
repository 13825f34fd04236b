"""STRIDED_SLICE: every step-th element between a beginning and an end on each axis."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Entry:
    """What the operands say at one place. ``number``: where in them, None for an axis that they pass over.

    ``axis``: the input's axis, None for a new one of the output.
    """

    number: int | None
    axis: int | None


def entries(op: Operator, count: int, rank: int) -> tuple[Entry, ...]:
    """How the ``count`` entries of the operands, of which some may be new axes and one an ellipsis, meet ``rank`` axes.

    Where there is no ellipsis, the axes behind the last entry are passed over.
    """
    new = [mask(op, "new_axis_mask", k) and not mask(op, "ellipsis_mask", k) for k in range(count)]
    taking = sum(not is_new and not mask(op, "ellipsis_mask", k) for k, is_new in enumerate(new))
    found: list[Entry] = []
    axis = 0
    for k in range(count):
        if mask(op, "ellipsis_mask", k):
            found += [Entry(None, a) for a in range(axis, axis + rank - taking)]
            axis += rank - taking
        elif new[k]:
            found.append(Entry(k, None))
        else:
            found.append(Entry(k, axis))
            axis += 1
    return (*found, *(Entry(None, a) for a in range(axis, rank)))


def entries_of(graph: Graph, op: Operator) -> tuple[Entry, ...]:
    begins = constant(graph, op, 1)
    assert begins is not None
    return entries(op, len(begins), len(graph.tensors[op.inputs[0]].shape))


def ranges(graph: Graph, op: Operator) -> tuple[range, ...]:
    """The input coordinates taken on each axis, in output order. A shrunk axis takes one."""
    shape = graph.tensors[op.inputs[0]].shape
    begins, ends, strides = (constant(graph, op, slot) for slot in (1, 2, 3))
    assert begins is not None and ends is not None and strides is not None

    def taken(number: int | None, extent: int) -> range:
        if number is None:
            return range(extent)
        begin, end, stride = (int(given[number]) for given in (begins, ends, strides))
        if op.attrs.get("offset"):
            end += begin
        first = None if mask(op, "begin_mask", number) else begin
        if mask(op, "shrink_axis_mask", number):
            at = slice(first, None, stride).indices(extent)[0]
            return range(at, at + 1)
        last = None if mask(op, "end_mask", number) else end
        return range(*slice(first, last, stride).indices(extent))

    return tuple(taken(e.number, shape[e.axis]) for e in entries_of(graph, op) if e.axis is not None)


def shrunk(op: Operator, entry: Entry) -> bool:
    """Whether the output lacks an axis."""
    return entry.axis is not None and entry.number is not None and mask(op, "shrink_axis_mask", entry.number)


def parts(graph: Graph, op: Operator) -> tuple[Part, ...]:
    along, taken = [], ranges(graph, op)
    place = 0
    for entry in entries_of(graph, op):
        lacks = shrunk(op, entry)
        if entry.axis is not None:
            of = taken[entry.axis]
            along.append(Along(of.start, None if lacks else place, 1 if lacks else of.step))
        place += not lacks
    return (Part(0, graph.tensors[op.outputs[0]].shape, tuple(along)),)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 4 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; four and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    begins, ends, strides = (constant(graph, op, slot) for slot in (1, 2, 3))
    if begins is None or ends is None or strides is None:
        return ("the beginning, end or strides are not constant integers.",)
    if not begins.shape == ends.shape == strides.shape or begins.ndim != 1:
        return (f"the beginning has {begins.size} entries, the end {ends.size} and the strides {strides.size}.",)
    ellipses = [k for k in range(len(begins)) if mask(op, "ellipsis_mask", k)]
    if len(ellipses) > 1 or any(mask(op, "new_axis_mask", k) for k in ellipses):
        return (f"ellipsis_mask is {op.attrs['ellipsis_mask']!r}; one ellipsis is supported, which is no new axis.",)
    met = [e.axis for e in entries(op, len(begins), len(x.shape)) if e.axis is not None]
    if met != list(range(len(x.shape))):
        return (f"the beginning has {begins.size} entries for {len(x.shape)} axes.",)
    if ellipses and all(e.number is not None for e in entries(op, len(begins), len(x.shape))):
        return ("its ellipsis stands for no axis, which LiteRT takes for one.",)
    if (strides == 0).any():
        return ("a stride is 0.",)
    found = entries_of(graph, op)
    if any(shrunk(op, e) and strides[e.number] < 0 for e in found if e.number is not None):
        return ("an axis that shrinks has a stride below 0, with which LiteRT takes nothing.",)
    taken = ranges(graph, op)
    outside = [r for r, n in zip(taken, x.shape, strict=True) if len(r) == 1 and not 0 <= r.start < n]
    if outside:
        return (f"it takes coordinate {outside[0].start}, outside the input's shape {list(x.shape)}.",)
    kept = [e for e in found if not shrunk(op, e)]
    expected = tuple(1 if e.axis is None else len(taken[e.axis]) for e in kept)
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
    notes="Constant operands. Zero-copy when all strides are 1.",
    limits=limits,
    aliases=aliases,
    c_kernel="move",
    c_params=move_params(gather_aliases(0, parts)),
)
