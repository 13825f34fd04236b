"""CONV_2D: input NHWC, weights OHWI, bias (O), output NHWC.

Weights that take fewer channels than the input has make groups: the first outputs are of the first input channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.products import exact_product, ordered_product
from mcu_lab.ops.finishing import finish_params, finish_sums
from mcu_lab.ops.folding import convolution_windows
from mcu_lab.ops.hybrid import WEIGHTS, finish_hybrid, hybrid_variant
from mcu_lab.ops.hybrid_window import hybrid_image, hybrid_scratch, hybrid_window_params, whole_image
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
from mcu_lab.ops.spec import WINDOW_FORMS, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded, patches, window_limits, window_params, windowed_box

_PRODUCT = Product(hybrid=lambda op, differing: Hybrid(differing, apart=differing, from_zero=not differing))


def _input_channels(graph: Graph, op: Operator) -> Interval:
    return Interval(0, graph.tensors[op.inputs[1]].shape[3])


def _group(graph: Graph, op: Operator) -> int:
    """Output channels for each group of input channels."""
    x, weights, _, _ = operands(graph, op)
    return weights.shape[0] * weights.shape[3] // x.shape[3]


def _groups(graph: Graph, op: Operator, channels: Interval) -> Interval:
    """The groups that these output channels belong to."""
    group = _group(graph, op)
    return Interval(channels.lo // group, -(-channels.hi // group))


def _read(graph: Graph, op: Operator, channels: Interval, taken: Interval) -> Interval:
    """The input channels that these output channels read, ``taken`` of each group."""
    groups, depth = _groups(graph, op, channels), len(_input_channels(graph, op))
    return Interval(groups.lo * depth + taken.lo, (groups.hi - 1) * depth + taken.hi)


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return read_slots(op, None, None, None)
    batch, _, _, channels = box
    rows, columns = convolution_windows(graph, op)
    depth = _input_channels(graph, op)
    taken = reduce or depth
    read = _read(graph, op, channels, taken)
    hybrid = hybrid_of(graph, op, _PRODUCT)
    return read_slots(
        op,
        whole_image(graph, op, batch) if hybrid else windowed_box(rows, columns, batch, box, read),
        Box((channels, Interval(0, rows.size), Interval(0, columns.size), taken)),
        bias_box(op, channels, finishing=taken.hi == depth.hi),
    )


def _sums(graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], depth: Interval) -> np.ndarray:
    """Products of the input channels ``depth`` of each group, summed: (n, h, w, c) of the output box.

    Exact in a float dtype.
    """
    groups, size, channels = _groups(graph, op, box[3]), _group(graph, op), box[3]
    inside = [channels & Interval(g * size, (g + 1) * size) for g in range(groups.lo, groups.hi)]
    parts = [
        _group_sums(graph, op, box.replaced(3, part), regions, depth, groups.lo + i) for i, part in enumerate(inside)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3)


def _group_sums(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], depth: Interval, group: int
) -> np.ndarray:
    """The same for output channels of one group."""
    x, weights, _, _ = operands(graph, op)
    x_region, w_region = regions[0], regions[1]
    assert w_region
    batch, out_rows, out_columns, channels = box
    rows, columns = convolution_windows(graph, op)
    inner = rows.size * columns.size * len(depth)
    dtype = sums_dtype(x, w_region, zero_point(weights), inner)

    fill, read = zero_point(x), depth.shifted(group * weights.shape[3])
    reach = Box((batch, rows.reach(out_rows), columns.reach(out_columns), read))
    window = padded(x_region, reach, fill, dtype, Box((batch, rows.inside, columns.inside, read)))
    window -= dtype.type(fill)
    w_box = Box((channels, Interval(0, rows.size), Interval(0, columns.size), depth))
    w = padded(w_region, w_box, 0, dtype).reshape(len(channels), inner).T - dtype.type(zero_point(weights))

    left = patches(window, rows, columns, (len(out_rows), len(out_columns))).reshape(-1, inner)
    sums = (ordered_product if weights.dtype == "float32" else exact_product)(left, w)
    return sums.reshape(box.shape)


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    depth = _input_channels(graph, op)
    if hybrid_of(graph, op, _PRODUCT):
        image, scales = hybrid_image(graph, op, _PRODUCT, regions[0], box, _read(graph, op, box[3], depth))
        sums = _sums(graph, op, box, (image, *regions[1:]), depth)
        return (finish_hybrid(graph, op, _PRODUCT, box, sums, scales, regions),)
    sums = _sums(graph, op, box, regions, depth)
    return (finish_sums(graph, op, box, sums, regions),)


def accumulate(
    graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...], reduce: Interval
) -> np.ndarray:
    require_int32_sums(graph, op, int32_sums(graph, op))
    return _sums(graph, op, box, regions, reduce).astype(np.int32)


def reduce_axis(graph: Graph, op: Operator) -> int | None:
    """Input channels, unless they are in groups."""
    x, weights, _, _ = operands(graph, op)
    return 3 if x.shape[3] == weights.shape[3] and int32_sums(graph, op) else None


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = product_limits(graph, op, _PRODUCT)
    if found:
        return found
    x, weights, _, y = operands(graph, op)
    if not len(x.shape) == len(weights.shape) == len(y.shape) == 4:
        return (f"its shapes are {x.shape}, {weights.shape} and {y.shape}; rank 4 is expected.",)
    groups, rest = divmod(x.shape[3], weights.shape[3])
    if rest or not groups or weights.shape[0] % groups:
        return (
            f"its weights take {weights.shape[3]} of {x.shape[3]} input channels and make {weights.shape[0]}; "
            "these are no groups of one size.",
        )
    if (hybrid := hybrid_of(graph, op, _PRODUCT)) and not has_bias(op):
        return ("it has no bias; LiteRT wants one beside float activations and int8 weights.",)
    if hybrid and groups > 1 and not hybrid.apart:
        return ("its int8 weights are in groups and have one scale; LiteRT takes groups for floats with several.",)
    if x.shape[0] != y.shape[0]:
        return (f"it maps a batch of {x.shape[0]} to a batch of {y.shape[0]}.",)
    return window_limits(graph, op, (weights.shape[1], weights.shape[2]))


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    if writes[0] is None:
        return 0
    _, height, width, _ = graph.tensors[op.inputs[1]].shape
    return writes[0].size * height * width * len(reduce or _input_channels(graph, op))


def scratch_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    box = writes[0]
    if box is None or not hybrid_of(graph, op, _PRODUCT):
        return 0
    return hybrid_scratch(graph, op, box, _read(graph, op, box[3], _input_channels(graph, op)))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    sizes = {"input_c": len(_input_channels(graph, op)), "group_c": _group(graph, op)}
    if hybrid_of(graph, op, _PRODUCT):
        return {**hybrid_window_params(graph, op, _PRODUCT), **sizes}
    return {**window_params(op, *convolution_windows(graph, op)), **sizes, **finish_params(graph, op)}


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
    c_variant=partial(hybrid_variant, product=_PRODUCT),
    scratch_bytes=scratch_bytes,
    notes=WEIGHTS,
    forms=WINDOW_FORMS,
    c_params=c_params,
)
