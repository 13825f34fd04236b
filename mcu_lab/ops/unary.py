"""Operators that map one element to one element: in each dtype a table, lines between values of one, or a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier
from mcu_lab.numerics.lut import along_lines, look_up
from mcu_lab.ops.elementwise import broadcast_limits, in_place_slots, quantization_limits, symmetric_limits
from mcu_lab.ops.regions import cut, same_box
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes

Params = Mapping[str, int | float | np.ndarray]
#: ``table(graph, op)`` -> entries in the output's dtype.
TableOf = Callable[[Graph, Operator], np.ndarray]
#: ``real(op, x)`` -> float32 results.
RealOf = Callable[[Operator, np.ndarray], np.ndarray]
LimitsOf = Callable[[Graph, Operator], tuple[str, ...]]


@dataclass(frozen=True)
class Form:
    """How an operator treats elements of one dtype: in numpy, and by which family of C kernels and parameters."""

    values: Callable[[Graph, Operator, np.ndarray], np.ndarray]
    family: str
    params: Callable[[Graph, Operator], Params] = lambda graph, op: {}


def by_table(table: TableOf, *dtypes: str) -> dict[str, Form]:
    """8-bit dtypes through 256 entries, indexed by input byte."""
    form = Form(
        lambda graph, op, x: look_up(table(graph, op), x),
        "look_up",
        lambda graph, op: {"table": table(graph, op).view(np.uint8)},
    )
    return dict.fromkeys(dtypes or ("int8", "uint8"), form)


def by_lines(table: TableOf) -> dict[str, Form]:
    """int16 along lines between 513 entries."""
    return {
        "int16": Form(
            lambda graph, op, x: along_lines(table(graph, op), x),
            "lines",
            lambda graph, op: {"table": table(graph, op)},
        )
    }


@dataclass(frozen=True)
class Slopes:
    """(multiplier, shift) above 0 and below, inclusive bounds, and the signs of what is below before and after.

    Where products overflow it matters when a sign is turned.
    """

    above: tuple[int, int]
    below: tuple[int, int]
    bounds: tuple[int, int]
    before: int = 1
    after: int = 1


def by_slopes(slopes: Callable[[Graph, Operator], Slopes]) -> dict[str, Form]:
    """int16, whose zero points are 0, times one factor above 0 and another below it."""

    def values(graph: Graph, op: Operator, x: np.ndarray) -> np.ndarray:
        s, wide = slopes(graph, op), x.astype(np.int64)
        below = s.after * multiply_by_quantized_multiplier(s.before * wide, *s.below)
        scaled = np.where(x >= 0, multiply_by_quantized_multiplier(wide, *s.above), below)
        return np.clip(scaled, *s.bounds).astype(np.int16)

    def params(graph: Graph, op: Operator) -> Params:
        s = slopes(graph, op)
        return {
            "above_multiplier": s.above[0], "above_shift": s.above[1],
            "below_multiplier": s.below[0], "below_shift": s.below[1],
            "before": s.before, "after": s.after, "act_min": s.bounds[0], "act_max": s.bounds[1],
        }  # fmt: skip

    return {"int16": Form(values, "slopes", params)}


def by_formula(real: RealOf, family: str, params: Callable[[Operator], Params] | None = None) -> dict[str, Form]:
    """float32."""
    return {
        "float32": Form(
            lambda graph, op, x: np.asarray(real(op, x), dtype=np.float32),
            family,
            lambda graph, op: params(op) if params else {},
        )
    }


def shape_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons that hold for every operator with one input and one output of the same shape and dtype."""
    if len(op.inputs) != 1 or min(op.inputs) < 0 or len(op.outputs) != 1:
        return (f"it has {len(op.inputs)} inputs and {len(op.outputs)} outputs; one and one are supported.",)
    return broadcast_limits(graph, op)


def unary_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """:func:`shape_limits`, and that 8 and 16 bits are quantized."""
    return shape_limits(graph, op) or (*quantization_limits(graph, op), *symmetric_limits(graph, op))


def unary_spec(kind: str, forms: Mapping[str, Form], limits: LimitsOf = unary_limits, notes: str = "") -> OpSpec:
    """The whole specification of an elementwise operator on the dtypes that it has a form for."""

    def form_of(graph: Graph, op: Operator) -> Form:
        return forms[graph.tensors[op.outputs[0]].dtype]

    def compute(
        graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
    ) -> tuple[np.ndarray | None, ...]:
        assert writes[0] is not None
        with np.errstate(all="ignore"):
            return (form_of(graph, op).values(graph, op, cut(regions[0], writes[0])),)

    return OpSpec(
        kind=kind,
        dtypes=tuple(forms),
        needs=same_box,
        compute=compute,
        limits=limits,
        access=Access.ELEMENTS,
        in_place=in_place_slots,
        c_kernel={dtype: form.family for dtype, form in forms.items()},
        c_params=lambda graph, op: form_of(graph, op).params(graph, op),
        notes=notes,
    )
