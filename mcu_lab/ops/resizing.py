"""What both resizes of an NHWC image share: rows and columns that lie somewhere else in the input, axis by axis."""

from __future__ import annotations

from collections.abc import Callable

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.regions import constant
from mcu_lab.ops.spec import ReadBoxes, WriteBoxes

ROWS, COLUMNS = 1, 2
NOTES = "Constant size; align_corners or half_pixel_centers."

#: ``spanned(graph, op, axis, interval)`` -> the input coordinates that output coordinates of an axis depend on.
Spanned = Callable[[Graph, Operator, int, Interval], Interval]


def resized_needs(spanned: Spanned) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule, from that of an axis; the size is a constant that nobody reads."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        box = writes[0]
        if box is None or not box.size:
            return tuple(None for _ in op.inputs)
        rows, columns = (spanned(graph, op, axis, box[axis]) for axis in (ROWS, COLUMNS))
        return Box((box[0], rows, columns, box[3])), None

    return needs


def size_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Why the input does not become the output by the size that is asked for."""
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    size = constant(graph, op, 1)
    if size is None or size.shape != (2,):
        return ("the size is not two constant integers.",)
    if len(x.shape) != 4 or y.shape != (x.shape[0], int(size[0]), int(size[1]), x.shape[3]):
        return (f"{list(x.shape)} resized to {size.tolist()} does not give {list(y.shape)}.",)
    return ()
