"""DEPTHWISE_CONV_2D: input NHWC, weights (1, H, W, C * depth_multiplier), bias (C * depth_multiplier), output NHWC.

Output channel ``c`` reads input channel ``c // depth_multiplier`` alone, so it can be made in parts along its
channels without sums that outlive a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.finishing import finish_params, finish_sums
from mcu_lab.ops.folding import convolution_windows
from mcu_lab.ops.hybrid import WEIGHTS, finish_hybrid, hybrid_variant
from mcu_lab.ops.hybrid_window import hybrid_image, hybrid_scratch, hybrid_window_params, whole_image
from mcu_lab.ops.product import Hybrid, Product, bias_box, hybrid_of, operands, read_slots, sums_dtype, zero_point
from mcu_lab.ops.product_limits import product_limits
from mcu_lab.ops.spec import WINDOW_FORMS, OpSpec, ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import padded, patches, window_limits, window_params, windowed_box

#: The weights' channels are behind their rows and columns.
_PRODUCT = Product(channel_axis=3, hybrid=lambda op, differing: Hybrid(asymmetric=True))


def _multiplier(graph: Graph, op: Operator) -> int:
    """Output channels for each input channel; TFLite trusts the shapes, not the attribute."""
    return graph.tensors[op.outputs[0]].shape[3] // graph.tensors[op.inputs[0]].shape[3]


def _read(graph: Graph, op: Operator, channels: Interval) -> Interval:
    """The input channels that these output channels read."""
    multiplier = _multiplier(graph, op)
    return Interval(channels.lo // multiplier, -(-channels.hi // multiplier))


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return read_slots(op, None, None, None)
    batch, _, _, channels = box
    rows, columns = convolution_windows(graph, op)
    read, hybrid = _read(graph, op, channels), hybrid_of(graph, op, _PRODUCT)
    return read_slots(
        op,
        whole_image(graph, op, batch) if hybrid else windowed_box(rows, columns, batch, box, read),
        Box((Interval(0, 1), Interval(0, rows.size), Interval(0, columns.size), channels)),
        bias_box(op, channels),
    )


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    box = writes[0]
    if box is None:
        return (None,)
    if hybrid_of(graph, op, _PRODUCT):
        image, scales = hybrid_image(graph, op, _PRODUCT, regions[0], box, _read(graph, op, box[3]))
        sums = _sums(graph, op, box, (image, *regions[1:]))
        return (finish_hybrid(graph, op, _PRODUCT, box, sums, scales, regions),)
    return (finish_sums(graph, op, box, _sums(graph, op, box, regions), regions, product=_PRODUCT),)


def _sums(graph: Graph, op: Operator, box: Box, regions: tuple[Region | None, ...]) -> np.ndarray:
    """Products summed, in the shape of the output box; exact in a float dtype."""
    x, weights, _, _ = operands(graph, op)
    x_region, w_region = regions[0], regions[1]
    assert w_region
    batch, out_rows, out_columns, channels = box
    rows, columns = convolution_windows(graph, op)
    multiplier, read = _multiplier(graph, op), _read(graph, op, channels)
    dtype = sums_dtype(x, w_region, zero_point(weights), rows.size * columns.size)

    fill = zero_point(x)
    reach = Box((batch, rows.reach(out_rows), columns.reach(out_columns), read))
    window = padded(x_region, reach, fill, dtype, Box((batch, rows.inside, columns.inside, read)))
    window -= dtype.type(fill)
    if multiplier > 1:
        first = channels.lo - read.lo * multiplier
        window = np.repeat(window, multiplier, axis=3)[..., first : first + len(channels)]
    w_box = Box((Interval(0, 1), Interval(0, rows.size), Interval(0, columns.size), channels))
    w = padded(w_region, w_box, 0, dtype) - dtype.type(zero_point(weights))

    sums = np.zeros(box.shape, dtype=dtype)
    term = np.empty(box.shape, dtype=dtype)
    taps = patches(window, rows, columns, (len(out_rows), len(out_columns)))
    for i in range(rows.size):
        for j in range(columns.size):
            np.multiply(taps[:, :, :, i, j], w[0, i, j], out=term)
            sums += term
    return sums


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = product_limits(graph, op, _PRODUCT)
    if found:
        return found
    x, weights, _, y = operands(graph, op)
    if not len(x.shape) == len(weights.shape) == len(y.shape) == 4:
        return (f"its shapes are {x.shape}, {weights.shape} and {y.shape}; rank 4 is expected.",)
    if x.shape[3] < 1 or y.shape[3] % x.shape[3] or weights.shape[0] != 1:
        return (f"its {y.shape[3]} output channels are no multiple of its {x.shape[3]} input channels.",)
    if hybrid_of(graph, op, _PRODUCT) and weights.quant and len(weights.quant.scales) != y.shape[3]:
        return ("its int8 weights have one scale; beside float activations LiteRT reads one for each channel.",)
    if x.shape[0] != y.shape[0]:
        return (f"it maps a batch of {x.shape[0]} to a batch of {y.shape[0]}.",)
    return window_limits(graph, op, (weights.shape[1], weights.shape[2]))


def macs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> int:
    if writes[0] is None:
        return 0
    _, height, width, _ = graph.tensors[op.inputs[1]].shape
    return writes[0].size * height * width


def scratch_bytes(graph: Graph, op: Operator, writes: WriteBoxes) -> int:
    box = writes[0]
    if box is None or not hybrid_of(graph, op, _PRODUCT):
        return 0
    return hybrid_scratch(graph, op, box, _read(graph, op, box[3]))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    multiplier = _multiplier(graph, op)
    if hybrid_of(graph, op, _PRODUCT):
        return {**hybrid_window_params(graph, op, _PRODUCT), "input_c": 1, "group_c": multiplier}
    return {
        **window_params(op, *convolution_windows(graph, op)),
        "channel_multiplier": multiplier,
        **finish_params(graph, op, _PRODUCT),
    }


SPEC = OpSpec(
    kind="DEPTHWISE_CONV_2D",
    dtypes=("int8", "uint8", "int16", "float32"),
    needs=needs,
    compute=compute,
    limits=limits,
    macs=macs,
    c_kernel="depthwise_conv_2d",
    c_variant=partial(hybrid_variant, product=_PRODUCT),
    scratch_bytes=scratch_bytes,
    notes=WEIGHTS,
    forms=WINDOW_FORMS,
    c_params=c_params,
)
