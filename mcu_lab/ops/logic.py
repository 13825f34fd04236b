"""LOGICAL_AND and LOGICAL_OR. Source: TFLite ``kernels/logical.cc``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.binary import broadcast_bits
from mcu_lab.ops.elementwise import broadcast_limits, broadcast_needs, in_place_slots, operand_box
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes


def logic_spec(kind: str, true_of: tuple[int, ...]) -> OpSpec:
    """The specification of the kind that is true where so many operands are."""

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box = writes[0]
        assert box is not None
        shapes = [graph.tensors[t].shape for t in op.inputs]
        x, y = (cut(r, operand_box(shape, box)) != 0 for shape, r in zip(shapes, regions, strict=True))
        return (np.broadcast_to(np.isin(x.astype(np.int8) + y, true_of), box.shape).copy(),)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are supported.",)
        return broadcast_limits(graph, op)

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        a, b, out = (graph.tensors[t].shape for t in (*op.inputs, *op.outputs))
        true = sum(1 << count for count in true_of)
        return {"true_of": true, "a_broadcast": broadcast_bits(a, out), "b_broadcast": broadcast_bits(b, out)}

    return OpSpec(
        kind=kind,
        dtypes=("bool",),
        needs=broadcast_needs,
        compute=compute,
        notes="Broadcasting.",
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel="logical",
        c_params=c_params,
    )
