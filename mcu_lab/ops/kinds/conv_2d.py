"""CONV_2D: input NHWC, weights OHWI, bias (O), output NHWC."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.products import exact_product, ordered_product
from mcu_lab.ops.finishing import finish_params, finish_sums
from mcu_lab.ops.folding import convolution_windows
from mcu_lab.ops.product import (
    bias_box,
    int32_sums,
    operands,
    read_slots,
    require_int32_sums,
    sums_dtype,
    zero_point,
)
from mcu_lab.ops.product_limits import product_limits
from mcu_lab.ops.spec import WINDOW_FORMS, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded, patches, window_limits, window_params, windowed_box


def _input_channels(graph: Graph, op: Operator) -> Interval:
    return Interval(0, graph.tensors[op.inputs[1]].shape[3])


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return read_slots(op, None, None, None)
    batch, _, _, channels = box
    rows, columns = convolution_windows(graph, op)
    depth = _input_channels(graph, op)
    taken = reduce or depth
    return read_slots(
        op,
        windowed_box(rows, columns, batch, box, taken),
        Box((channels, Interval(0, rows.size), Interval(0, columns.size), taken)),
        bias_box(op, channels, finishing=taken.hi == depth.hi),
    )


def _sums(graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], depth: Interval) -> np.ndarray:
    """Products of the input channels ``depth``, summed: (n, h, w, c) of the output box, exact in a float dtype."""
    x, weights, _, _ = operands(graph, op)
    x_region, w_region = regions[0], regions[1]
    assert w_region
    batch, out_rows, out_columns, channels = box
    rows, columns = convolution_windows(graph, op)
    inner = rows.size * columns.size * len(depth)
    dtype = sums_dtype(x, w_region, zero_point(weights), inner)

    fill = zero_point(x)
    reach = Box((batch, rows.reach(out_rows), columns.reach(out_columns), depth))
    window = padded(x_region, reach, fill, dtype, Box((batch, rows.inside, columns.inside, depth)))
    window -= dtype.type(fill)
    w_box = Box((channels, Interval(0, rows.size), Interval(0, columns.size), depth))
    w = padded(w_region, w_box, 0, dtype).reshape(len(channels), inner).T - dtype.type(zero_point(weights))

    left = patches(window, rows, columns, (len(out_rows), len(out_columns))).reshape(-1, inner)
    sums = (ordered_product if x.dtype == "float32" else exact_product)(left, w)
    return sums.reshape(box.shape)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    sums = _sums(graph, op, box, regions, _input_channels(graph, op))
    return (finish_sums(graph, op, box, sums, regions),)


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, int32_sums(graph, op))
    return _sums(graph, op, box, regions, reduce).astype(np.int32)


def reduce_axis(graph: Graph, op: Operator) -> int | None:
    return 3 if int32_sums(graph, op) else None


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = product_limits(graph, op)
    if found:
        return found
    x, weights, _, y = operands(graph, op)
    if not len(x.shape) == len(weights.shape) == len(y.shape) == 4:
        return (f"its shapes are {x.shape}, {weights.shape} and {y.shape}; rank 4 is expected.",)
    if x.shape[3] != weights.shape[3]:
        return (f"its weights take {weights.shape[3]} of {x.shape[3]} input channels; groups are not supported.",)
    if x.shape[0] != y.shape[0]:
        return (f"it maps a batch of {x.shape[0]} to a batch of {y.shape[0]}.",)
    return window_limits(graph, op, (weights.shape[1], weights.shape[2]))


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    if writes[0] is None:
        return 0
    _, height, width, _ = graph.tensors[op.inputs[1]].shape
    return writes[0].size * height * width * len(reduce or _input_channels(graph, op))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    depth = len(_input_channels(graph, op))
    return {**window_params(op, *convolution_windows(graph, op)), "input_c": depth, **finish_params(graph, op)}


SPEC = OpSpec(
    kind="CONV_2D",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    accumulate=accumulate,
    reduce_axis=reduce_axis,
    finish=finish_sums,
    c_kernel="conv_2d",
    forms=WINDOW_FORMS,
    c_params=c_params,
)
