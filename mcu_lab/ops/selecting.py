"""SELECT and SELECT_V2: elements of one tensor where a condition holds, else of another.

Source: TFLite ``kernels/select.cc`` and ``reference/select.h``. SELECT_V2 broadcasts; SELECT does not, but takes a
condition of one axis for the first of the tensors'.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import broadcast_bits
from mcu_lab.ops.elementwise import in_place_slots, operand_box, shape_limits
from mcu_lab.ops.moving import MOVED
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Access, OpSpec, ReadBoxes, Region, WriteBoxes


def select_spec(kind: str, *, broadcasts: bool) -> OpSpec:
    """The specification of one of the two."""

    def by_first(graph: Graph, op: Operator) -> bool:
        """Whether the condition runs along the first axis of the tensors."""
        shape, out = graph.tensors[op.inputs[0]].shape, graph.tensors[op.outputs[0]].shape
        return not broadcasts and len(shape) == 1 and shape == out[:1]

    def boxes(graph: Graph, op: Operator, box: Box) -> tuple[Box, ...]:
        found = [operand_box(graph.tensors[t].shape, box) for t in op.inputs[1:]]
        condition = graph.tensors[op.inputs[0]].shape
        return (Box((box[0],)) if by_first(graph, op) else operand_box(condition, box), *found)

    def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: object) -> ReadBoxes:
        if writes[0] is None or not writes[0].size:
            return (None, None, None)
        return boxes(graph, op, writes[0])

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box = writes[0]
        assert box is not None
        condition, x, y = (cut(r, b) for r, b in zip(regions, boxes(graph, op, box), strict=True))
        if by_first(graph, op):
            condition = condition.reshape(-1, *(1 for _ in box.shape[1:]))
        return (np.broadcast_to(np.where(condition != 0, x, y), box.shape).copy(),)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 3 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; three and one are expected.",)
        condition, x, y, out = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
        if condition.dtype != "bool":
            return (f"the condition is {condition.dtype}; bool is expected.",)
        if not x.dtype == y.dtype == out.dtype:
            return (f"it selects from {x.dtype} and {y.dtype} to {out.dtype}; all three must be the same.",)
        if broadcasts:
            return shape_limits(graph, op)
        if not x.shape == y.shape == out.shape:
            return (f"it selects from {list(x.shape)} and {list(y.shape)} to {list(out.shape)}; all must be alike.",)
        if condition.shape not in ((), out.shape, out.shape[:1]):
            return (f"the condition's shape {list(condition.shape)} is not that of {list(out.shape)}, nor its first.",)
        return ()

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        shapes, out = [graph.tensors[t].shape for t in op.inputs], graph.tensors[op.outputs[0]].shape
        first = by_first(graph, op)
        return {
            "first": max(4, len(out)) - len(out) if first else -1,
            "broadcast": np.array([0 if first and k == 0 else broadcast_bits(s, out) for k, s in enumerate(shapes)],
                                  np.int32),
        }  # fmt: skip

    return OpSpec(
        kind=kind,
        dtypes=MOVED,
        needs=needs,
        compute=compute,
        notes="Broadcasting." if broadcasts else "A condition of all elements, along the first axis, or a scalar.",
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel="select",
        c_params=c_params,
    )
