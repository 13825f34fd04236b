"""What AVERAGE_POOL_2D and MAX_POOL_2D share: windows without weights, one input channel for each output channel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.requantize import (
    ACTIVATIONS,
    activation_fits,
    clamp_floats,
    float_activation_range,
    quantized_activation_range,
)
from mcu_lab.ops.spec import ReadBoxes, Region, WriteBoxes
from mcu_lab.ops.window import Window, integer, padded, patches, window_limits, window_params, windows_of

DTYPES = ("int8", "uint8", "int16", "float32")


def pool_windows(graph: Graph, op: Operator) -> tuple[Window, Window]:
    return windows_of(graph, op, (integer(op, "filter_height"), integer(op, "filter_width")))


def needs(graph: Graph, op: Operator, writes: WriteBoxes, reduce: Interval | None) -> ReadBoxes:
    box = writes[0]
    if box is None:
        return (None,)
    rows, columns = pool_windows(graph, op)
    return (Box((box[0], reduce or rows.needed(box[1]), columns.needed(box[2]), box[3])),)


def pool_taps(graph: Graph, op: Operator, box: Box, region: Region, fill: float, dtype: np.dtype) -> list[np.ndarray]:
    """One array in the shape of the output box for each tap of the window, row-major; padding holds ``fill``."""
    rows, columns = pool_windows(graph, op)
    window = padded(region, Box((box[0], rows.reach(box[1]), columns.reach(box[2]), box[3])), fill, dtype)
    taps = patches(window, rows, columns, (len(box[1]), len(box[2])))
    return [taps[:, :, :, i, j] for i in range(rows.size) for j in range(columns.size)]


def clamp(graph: Graph, op: Operator, values: np.ndarray) -> np.ndarray:
    """``values`` within the bounds of the fused activation, in the output's dtype."""
    y = graph.tensors[op.outputs[0]]
    activation = str(op.attrs["fused_activation_function"])
    if y.dtype == "float32":
        return clamp_floats(values, activation)
    return np.clip(values, *quantized_activation_range(activation, y.dtype, *_scale(y))).astype(y.dtype)


def _scale(y: Tensor) -> tuple[float, int]:
    """Scale and zero point; without any there is no activation to place (see ``limits``), and 1 and 0 do."""
    return (y.quant.scale, y.quant.zero_point) if y.quant else (1.0, 0)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    """The window, and the bounds of the activation: ``act_*`` for integers, ``real_*`` for float32."""
    activation, y = str(op.attrs["fused_activation_function"]), graph.tensors[op.outputs[0]]
    if y.dtype == "float32":
        low, high = float_activation_range(activation)
        return {**window_params(op, *pool_windows(graph, op)), "real_min": float(low), "real_max": float(high)}
    lo, hi = quantized_activation_range(activation, y.dtype, *_scale(y))
    return {**window_params(op, *pool_windows(graph, op)), "act_min": lo, "act_max": hi}


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    if len(op.inputs) != 1 or len(op.outputs) != 1 or op.inputs[0] < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; one of each is expected.",)
    x, y = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    if x.dtype not in DTYPES or y.dtype != x.dtype:
        return (f"it maps {x.dtype} to {y.dtype}; {', '.join(DTYPES)} to themselves are supported.",)
    if len(x.shape) != 4 or len(y.shape) != 4 or (x.shape[0], x.shape[3]) != (y.shape[0], y.shape[3]):
        return (f"it maps shape {x.shape} to {y.shape}; rank 4 with equal batch and channels is expected.",)
    activation = str(op.attrs.get("fused_activation_function"))
    if activation not in ACTIVATIONS:
        return (f"fused_activation_function is {activation!r}; {', '.join(ACTIVATIONS)} are supported.",)
    if activation != "NONE" and y.dtype != "float32" and not (y.quant and y.quant.scale > 0):
        return (f"its output has no quantization scale to place {activation} on.",)
    if y.dtype != "float32" and y.quant and not activation_fits(activation, y.quant.scale):
        return (f"its output scale is {y.quant.scale:g}; the bounds of {activation} would not fit in an int32.",)
    return window_limits(graph, op, (integer(op, "filter_height"), integer(op, "filter_width")))
