"""What GATHER and GATHER_ND share: slices of input 0 that the indices of input 1 name."""

from __future__ import annotations

from collections.abc import Callable

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.spec import ReadBoxes, WriteBoxes

INDICES = ("int16", "int32", "int64")

#: ``box_of(graph, op, box)`` -> the box of an input that a box of the output depends on.
BoxOf = Callable[[Graph, Operator, Box], Box]


def picked_needs(
    data_box: BoxOf, index_box: BoxOf
) -> Callable[[Graph, Operator, WriteBoxes, Interval | None], ReadBoxes]:
    """Region rule, from that of the data and that of the indices."""

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
        box = writes[0]
        if box is None or not box.size:
            return None, None
        return data_box(graph, op, box), index_box(graph, op, box)

    return needs


def picking_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Why the numbers of tensors or their dtypes are not right."""
    if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are expected.",)
    x, indices, y = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
    if indices.dtype not in INDICES or x.dtype not in LISTED or y.dtype != x.dtype:
        return (f"it takes {x.dtype} by {indices.dtype} to {y.dtype}; indices are {', '.join(INDICES)}.",)
    return ()
