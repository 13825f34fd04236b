"""What running takes of this machine's memory, estimated before anything runs; and kernels kept within it.

The numpy kernels copy what they read into wider types, and convolutions lay every window out. So an operator that
takes more than PIECE_BYTES besides its tensors is computed box by box, which gives the same bytes. That also lets
Ctrl-C in between.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Region, WriteBoxes
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Compute, Plan

#: Working memory of one call of a kernel, where its output can be cut so far.
PIECE_BYTES = 1 << 26
#: Bytes that a kernel takes at most for each element that it reads, makes, and lays out for a product.
_READ, _MADE, _LAID_OUT = 28, 64, 16
#: Halving a box is no use when what is read stays nearly the same.
_WORTH_HALVING = 0.8


def computed(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    """What the operator's kernel makes of these boxes, in pieces where at once would take too much memory."""
    compute = spec_of(op).compute
    box = writes[0] if len(writes) == 1 else None
    if box is None or _is_small(graph, op.id) or working_bytes(graph, op, writes) <= PIECE_BYTES:
        return compute(graph, op, writes, regions)
    made = np.empty(box.shape, graph.tensors[op.outputs[0]].dtype)
    for piece in _pieces(graph, op, box):
        (made[piece.within(box)],) = compute(graph, op, (piece,), regions)
    return (made,)


@remembered(most=1 << 13)
def _is_small(graph: Graph, op_id: int) -> bool:
    """Whether no part of an operator takes too much, because not even all of it does."""
    op = graph.operators[op_id]
    whole = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    return working_bytes(graph, op, whole) <= PIECE_BYTES


def working_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    """What one call of the kernel takes besides what it is given: estimated, rather too high."""
    spec = spec_of(op)
    boxes = [box for box in writes if box is not None]
    read = sum(box.size for box in spec.needs(graph, op, writes, None) if box is not None)
    made = sum(box.size for box in boxes)
    last = max((len(box[-1]) for box in boxes if len(box)), default=1)
    return _READ * read + _MADE * made + _LAID_OUT * (spec.macs(graph, op, writes, None) // max(1, last))


@remembered()
def reference_bytes(graph: Graph) -> int:
    """What running a graph operator by operator takes: all its activations, and the largest piece of work."""
    kept = sum(graph.tensors[t].bytes for t in graph.activations)
    return kept + max((_most_bytes(graph, op) for op in graph.operators), default=0)


def execution_bytes(plan: Plan) -> int:
    """What running a plan takes: every memory up to its last buffer, what goes in and out, and the largest step."""
    graph = plan.graph
    arenas = sum(arena_bytes(plan, memory) for memory in dict.fromkeys(b.memory for b in plan.buffers))
    ends = sum(graph.tensors[t].bytes for t in (*graph.inputs, *graph.outputs, *graph.states))
    ops = dict.fromkeys(step.op for step in plan.steps if isinstance(step, Compute))
    return arenas + ends + max((_most_bytes(graph, graph.operators[op]) for op in ops), default=0)


def _most_bytes(graph: Graph, op: Operator) -> int:
    """Working memory and output of an operator executed whole."""
    writes = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    made = sum(graph.tensors[t].bytes for t in op.outputs)
    if len(writes) == 1:
        writes = (next(_pieces(graph, op, writes[0])),)
    return made + working_bytes(graph, op, writes)


def _pieces(graph: Graph, op: Operator, box: Box) -> Iterator[Box]:
    """The box, cut where it takes too much, as long as cutting is of use."""
    size = working_bytes(graph, op, (box,))
    if size > PIECE_BYTES:
        for axis, interval in enumerate(box):
            middle = (interval.lo + interval.hi) // 2
            lower = box.replaced(axis, Interval(interval.lo, middle))
            if len(interval) > 1 and working_bytes(graph, op, (lower,)) < _WORTH_HALVING * size:
                yield from _pieces(graph, op, lower)
                yield from _pieces(graph, op, box.replaced(axis, Interval(middle, interval.hi)))
                return
    yield box
