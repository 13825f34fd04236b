"""Hybrid products under sliding windows: what CONV_2D and DEPTHWISE_CONV_2D share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops.folding import convolution_windows
from mcu_lab.ops.hybrid import centred_image, hybrid_params
from mcu_lab.ops.product import Product
from mcu_lab.ops.spec import Region
from mcu_lab.ops.window import window_params


def whole_image(graph: Graph, op: Operator, batch: Interval) -> Box:
    """All of the input's batch entries but for padding: what decides how they are quantized."""
    rows, columns = convolution_windows(graph, op)
    return Box((batch, rows.inside, columns.inside, Interval(0, graph.tensors[op.inputs[0]].shape[3])))


def hybrid_image(
    graph: Graph, op: Operator, product: Product, region: Region | None, box: Box, read: Interval
) -> tuple[Region, np.ndarray]:
    """What the windows of an output box see of the input channels ``read``, in integers; one scale a batch entry."""
    rows, columns = convolution_windows(graph, op)
    inside = whole_image(graph, op, box[0])
    wanted = Box((box[0], rows.reach(box[1]) & rows.inside, columns.reach(box[2]) & columns.inside, read))
    image, scales = centred_image(graph, op, product, region, inside, wanted)
    return image, scales.reshape(-1, 1, 1, 1)


def hybrid_scratch(graph: Graph, op: Operator, box: Box, read: Interval) -> int:
    """Bytes of the quantized rows under a row of windows."""
    rows, columns = convolution_windows(graph, op)
    return rows.size * len(columns.reach(box[2]) & columns.inside) * len(read)


def hybrid_window_params(graph: Graph, op: Operator, product: Product) -> Mapping[str, int | float | np.ndarray]:
    shape = graph.tensors[op.inputs[0]].shape
    return {
        **window_params(op, *convolution_windows(graph, op)),
        "channel_axis": product.channel_axis,
        "input_w": shape[2],
        "channels": shape[3],
        "input_size": shape[1] * shape[2] * shape[3],
        **hybrid_params(graph, op, product),
    }
