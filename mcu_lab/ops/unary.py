"""Operators that map one element to one element: 8-bit ones are a table of 256 entries, float32 ones a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.lut import look_up
from mcu_lab.ops.elementwise import broadcast_limits, in_place_slots, quantization_limits
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes

#: ``table(graph, op)`` -> entries in the output's dtype, indexed by input byte.
TableOf = Callable[[Graph, Operator], np.ndarray]
#: ``real(op, x)`` -> float32 results.
RealOf = Callable[[Operator, np.ndarray], np.ndarray]
LimitsOf = Callable[[Graph, Operator], tuple[str, ...]]


def unary_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons that hold for every operator with one input and one output of the same shape and dtype."""
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    return (*broadcast_limits(graph, op), *quantization_limits(graph, op))


def unary_spec(
    kind: str,
    table: TableOf,
    real: RealOf,
    limits: LimitsOf = unary_limits,
    c_kernel: str = "look_up",
    c_real_params: Mapping[str, float] | None = None,
) -> OpSpec:
    """The whole specification of an elementwise operator on int8, uint8 and float32.

    The C kernel takes ``table`` for 8-bit tensors and ``c_real_params`` for float32, if it has float32 at all.
    """

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        assert writes[0] is not None
        values = cut(regions[0], writes[0])
        if graph.tensors[op.outputs[0]].dtype == "float32":
            return (np.asarray(real(op, values), dtype=np.float32),)
        return (look_up(table(graph, op), values),)

    def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
        if graph.tensors[op.outputs[0]].dtype == "float32":
            return c_real_params or {}
        return {"table": table(graph, op).view(np.uint8)}

    return OpSpec(
        kind=kind,
        dtypes=("int8", "uint8", "float32"),
        needs=same_box,
        compute=compute,
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel=c_kernel,
        c_params=c_params,
    )
