"""FULLY_CONNECTED: rows of ``depth`` inputs, weights (units, depth), bias (units), output (..., units).

The input is read as a matrix of rows: its trailing axes together hold ``depth`` values (a whole image, for example),
its leading axes count the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import prod

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.products import exact_product, ordered_product
from mcu_lab.ops.finishing import finish_params, finish_sums
from mcu_lab.ops.hybrid import WEIGHTS, centred_rows, finish_hybrid, hybrid_params, hybrid_variant
from mcu_lab.ops.product import (
    Hybrid,
    Product,
    bias_box,
    has_bias,
    hybrid_of,
    int32_sums,
    operands,
    read_slots,
    require_int32_sums,
    sums_dtype,
    zero_point,
)
from mcu_lab.ops.product_limits import product_limits
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded

#: Convolutions take TANH and SIGN_BIT for NONE.
_PRODUCT = Product(
    real_scaling=True,
    refused_activations=("TANH", "SIGN_BIT"),
    hybrid=lambda op, differing: Hybrid(
        asymmetric=bool(op.attrs.get("asymmetric_quantize_inputs", False)), from_zero=not has_bias(op)
    ),
)


def _depth(graph: Graph, op: Operator) -> Interval:
    return Interval(0, graph.tensors[op.inputs[1]].shape[1])


def _leading_axes(shape: tuple[int, ...], depth: int) -> int | None:
    """How many leading axes count rows, as many as possible; None if no axes together hold ``depth`` values."""
    return next((n for n in range(len(shape) - 1, -1, -1) if prod(shape[n:]) == depth), None)


def _leading(graph: Graph, op: Operator) -> int:
    """How many axes of this operator's input count rows."""
    leading = _leading_axes(graph.tensors[op.inputs[0]].shape, len(_depth(graph, op)))
    assert leading is not None
    return leading


def reduce_axis(graph: Graph, op: Operator) -> int | None:
    """The axis that opens the values of a row: the last one of a matrix, the rows of an image read as one vector."""
    return _leading(graph, op) if int32_sums(graph, op) else None


def _reduce_unit(graph: Graph, op: Operator) -> int:
    """Values of a row for each coordinate of the reduce axis."""
    return prod(graph.tensors[op.inputs[0]].shape[_leading(graph, op) + 1 :])


def _taken(graph: Graph, op: Operator, reduce: Interval | None) -> Interval:
    """The values of each row that a slice of the reduce axis holds; without one, all."""
    if reduce is None:
        return _depth(graph, op)
    unit = _reduce_unit(graph, op)
    return Interval(reduce.lo * unit, reduce.hi * unit)


def _bounding_box(shape: tuple[int, ...], flat: Interval) -> Box:
    """The smallest box whose row-major elements include ``flat``; those elements are contiguous."""
    first, last = np.unravel_index(flat.lo, shape), np.unravel_index(flat.hi - 1, shape)
    intervals: list[Interval] = []
    open_axes = False
    for lo, hi, extent in zip(first, last, shape, strict=True):
        intervals.append(Interval(0, extent) if open_axes else Interval(int(lo), int(hi) + 1))
        open_axes = open_axes or lo != hi
    return Box(tuple(intervals))


def _input_box(graph: Graph, op: Operator, box: Box, depth: Interval) -> tuple[Box, int, int]:
    """What the output box needs of the input; in it, how many rows, and values of each, lie before the first needed.

    Rows that the output counts by one axis and the input by several need not make up a box.
    """
    shape, leading = graph.tensors[op.inputs[0]].shape, _leading(graph, op)
    rows, rows_before = Box(box.intervals[:-1]), 0
    if graph.tensors[op.outputs[0]].shape[:-1] != shape[:leading]:
        flat = rows[0] if len(rows) == 1 else Interval(0, 1)
        rows = _bounding_box(shape[:leading], flat)
        rows_before = flat.lo - _number(shape[:leading], rows)
    values = _bounding_box(shape[leading:], depth)
    return Box((*rows, *values)), rows_before, depth.lo - _number(shape[leading:], values)


def _number(shape: tuple[int, ...], box: Box) -> int:
    """The row-major number of a box's first element."""
    number = 0
    for length, interval in zip(shape, box, strict=True):
        number = number * length + interval.lo
    return number


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return read_slots(op, None, None, None)
    taken = _taken(graph, op, reduce)
    return read_slots(
        op,
        _input_box(graph, op, box, taken)[0],
        Box((box[-1], taken)),
        bias_box(op, box[-1], finishing=taken.hi == _depth(graph, op).hi),
    )


def _sums(graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], depth: Interval) -> np.ndarray:
    """Products of the inputs ``depth`` of each row, summed, in the shape of the output box; exact in a float dtype."""
    x, _, _, _ = operands(graph, op)
    return _multiplied(graph, op, box, regions, depth, _rows(graph, op, box, regions, depth), zero_point(x))


def _rows(graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], depth: Interval) -> np.ndarray:
    """The inputs ``depth`` of each row that the output box needs, one behind the other."""
    assert regions[0]
    x_box, rows_before, values_before = _input_box(graph, op, box, depth)
    rows = cut(regions[0], x_box).reshape(-1, prod(x_box.shape[_leading(graph, op) :]))
    taken = slice(rows_before, rows_before + box.size // len(box[-1]))
    return rows[taken, values_before : values_before + len(depth)]


def _multiplied(
    graph: Graph,
    op: Operator,
    box: Box,
    regions: tuple[Region | None, ...],
    depth: Interval,
    rows: np.ndarray,
    zero: int,
) -> np.ndarray:
    x, weights, _, _ = operands(graph, op)
    w_region = regions[1]
    assert w_region
    dtype = sums_dtype(x, w_region, zero_point(weights), len(depth))
    w = padded(w_region, Box((box[-1], depth)), 0, dtype).T - dtype.type(zero_point(weights))
    product = ordered_product if weights.dtype == "float32" else exact_product
    return product(rows.astype(dtype) - dtype.type(zero), w).reshape(box.shape)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    depth = _depth(graph, op)
    if hybrid_of(graph, op, _PRODUCT):
        centred = centred_rows(graph, op, _PRODUCT, _rows(graph, op, box, regions, depth))
        sums = _multiplied(graph, op, box, regions, depth, centred.values, 0)
        scales = centred.scales.reshape(*box.shape[:-1], 1)
        return (finish_hybrid(graph, op, _PRODUCT, box, sums, scales, regions),)
    sums = _sums(graph, op, box, regions, depth)
    return (finish_sums(graph, op, box, sums, regions, product=_PRODUCT),)


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, int32_sums(graph, op))
    return _sums(graph, op, box, regions, _taken(graph, op, reduce)).astype(np.int32)


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = product_limits(graph, op, _PRODUCT)
    if found:
        return found
    x, weights, _, y = operands(graph, op)
    if op.attrs.get("weights_format", "DEFAULT") != "DEFAULT":
        return (f"weights_format is {op.attrs['weights_format']!r}; DEFAULT is supported.",)
    if len(weights.shape) != 2 or not x.shape or weights.shape[1] < 1:
        return (f"its shapes are {x.shape} and {weights.shape}; weights of rank 2 are expected.",)
    leading = _leading_axes(x.shape, weights.shape[1])
    if leading is None:
        return (f"an input of {x.shape} cannot be read as rows of {weights.shape[1]} values.",)
    rows, output_rows = x.shape[:leading], y.shape[:-1]
    if prod(rows) != prod(output_rows):
        return (f"it maps {prod(rows)} rows to {prod(output_rows)}.",)
    if rows != output_rows and len(output_rows) != 1 and prod(rows) != 1:
        return (f"it maps rows counted by {rows} to rows counted by {output_rows}.",)
    return ()


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    return 0 if writes[0] is None else writes[0].size * len(_taken(graph, op, reduce))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    shapes = [graph.tensors[t].shape for t in (op.inputs[0], op.outputs[0])]
    rank = max(4, *map(len, shapes))
    x, y = (np.array((1,) * (rank - len(shape)) + shape, np.int32) for shape in shapes)
    shaped: dict[str, int | np.ndarray] = {
        "depth": len(_depth(graph, op)),
        "rank": rank,
        "input_shape": x,
        "output_shape": y,
    }
    if hybrid_of(graph, op, _PRODUCT):
        return {**shaped, **hybrid_params(graph, op, _PRODUCT)}
    return {**shaped, "reduce_unit": _reduce_unit(graph, op), **finish_params(graph, op, _PRODUCT)}


def scratch_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    """A hybrid one quantizes a row of its input at a time."""
    return len(_depth(graph, op)) if hybrid_of(graph, op, _PRODUCT) else 0


SPEC = OpSpec(
    kind="FULLY_CONNECTED",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    accumulate=accumulate,
    reduce_axis=reduce_axis,
    finish=partial(finish_sums, product=_PRODUCT),
    c_kernel="fully_connected",
    c_variant=partial(hybrid_variant, product=_PRODUCT),
    scratch_bytes=scratch_bytes,
    notes=WEIGHTS,
    c_params=c_params,
)
