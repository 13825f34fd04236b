"""LESS, EQUAL and their kin: which of two elements is the greater, as a bool.

Source: TFLite ``kernels/comparisons.cc`` and ``reference/comparisons.h``. Elements of 8 bits are scaled to their reals
with 8 bits behind the point first (ComparisonWithScaling), in which close ones may become equal.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier
from mcu_lab.ops.binary import broadcast_bits, quant_of
from mcu_lab.ops.elementwise import broadcast_needs, in_place_slots, operand_box, quantization_limits, shape_limits
from mcu_lab.ops.moving import LISTED
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes

#: How two elements can stand to each other; a kind is true for some of these. Nothing is said of NaNs.
LESS, EQUAL, GREATER, NEITHER = 1, 2, 4, 8
#: Bits behind the point of 8-bit elements.
LEFT_SHIFT = 8


def scaled(tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """Elements as they are compared."""
    if tensor.dtype not in ("int8", "uint8"):
        return values
    quant = quant_of(tensor)
    shifted = (values.astype(np.int64) - quant.zero_point) << LEFT_SHIFT
    return multiply_by_quantized_multiplier(shifted, *quantize_multiplier(quant.scale))


def compare_spec(kind: str, wanted: int, *, bools: bool = False) -> OpSpec:
    """The specification of the kind that is true where the elements stand to each other as ``wanted`` says."""

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        box = writes[0]
        assert box is not None
        tensors = [graph.tensors[t] for t in op.inputs]
        x, y = (scaled(t, cut(r, operand_box(t.shape, box))) for t, r in zip(tensors, regions, strict=True))
        stands = np.where(x < y, LESS, np.where(x > y, GREATER, np.where(x == y, EQUAL, NEITHER)))
        return (np.broadcast_to(stands & wanted != 0, box.shape).copy(),)

    def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
        if len(op.inputs) != 2 or min(op.inputs) < 0 or len(op.outputs) != 1:
            return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; two and one are supported.",)
        a, b, out = (graph.tensors[t] for t in (*op.inputs, *op.outputs))
        if a.dtype != b.dtype or out.dtype != "bool" or (a.dtype == "bool" and not bools):
            return (f"it compares {a.dtype} with {b.dtype} to {out.dtype}; two of one dtype to bool are expected.",)
        found = (*shape_limits(graph, op), *quantization_limits(graph, op))
        if found or a.dtype not in ("int8", "uint8"):
            return found
        # LiteRT ends its process there.
        return tuple(
            f"{t.name!r} has the scale {quant_of(t).scale:g}; LiteRT compares only scales below 1."
            for t in (a, b)
            if quant_of(t).scale >= 1 or quantize_multiplier(quant_of(t).scale)[1] > 0
        )

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        out = graph.tensors[op.outputs[0]]
        found: dict[str, int | float | np.ndarray] = {"wanted": wanted}
        for name, tensor in zip("ab", (graph.tensors[t] for t in op.inputs), strict=True):
            found[f"{name}_broadcast"] = broadcast_bits(tensor.shape, out.shape)
            if tensor.dtype in ("int8", "uint8"):
                multiplier, shift = quantize_multiplier(quant_of(tensor).scale)
                found |= {f"{name}_offset": -quant_of(tensor).zero_point}
                found |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
        return found

    return OpSpec(
        kind=kind,
        dtypes=LISTED,
        needs=broadcast_needs,
        compute=compute,
        notes=f"To bool{'' if bools else ', of all but bool'}; broadcasting. 8-bit scales below 1.",
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel="compare",
        c_params=c_params,
    )
