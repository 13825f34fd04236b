"""What the operators that sum products share: CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.

Input slots are (input, weights, bias). The weights' channels run along ``CHANNEL_AXIS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.products import exact_float, magnitude
from mcu_lab.numerics.requantize import (
    ACTIVATIONS,
    Scaling,
    activation_fits,
    clamp_floats,
    float_activation_range,
    output_multipliers,
    quantized_activation_range,
    real_scale,
    requantize,
    scale_int32,
    scale_int64,
    scale_real,
)
from mcu_lab.ops.spec import Region

#: Axis of the weights that holds the output channels.
CHANNEL_AXIS: Mapping[str, int] = MappingProxyType({"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0})
#: Activation dtype -> (weights dtype, bias dtypes).
OPERAND_DTYPES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "int8": ("int8", ("int32",)),
        "uint8": ("uint8", ("int32",)),
        "int16": ("int8", ("int64",)),
        "float32": ("float32", ("float32",)),
    }
)

#: No 8-bit element is further from its zero point.
_LARGEST_INPUT = 255
#: By how many steps of the output, for each step of the bias, the scale of the bias may be off.
_MOST_BIAS_STEPS = 0.02


def operands(graph: Graph, op: Operator) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
    """(input, weights, bias or None, output)."""
    bias = graph.tensors[op.inputs[2]] if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
    return graph.tensors[op.inputs[0]], graph.tensors[op.inputs[1]], bias, graph.tensors[op.outputs[0]]


def zero_point(tensor: Tensor) -> int:
    return tensor.quant.zero_point if tensor.quant else 0


def bias_box(graph: Graph, op: Operator, channels: Interval, finishing: bool) -> Box | None:
    """What a step reads of the bias: its channels when it finishes the sums."""
    has_bias = len(op.inputs) > 2 and op.inputs[2] >= 0
    return Box((channels,)) if has_bias and finishing else None


def read_slots(op: Operator, *boxes: Box | None) -> tuple[Box | None, ...]:
    """``boxes`` for as many input slots as the operator has."""
    return boxes[: len(op.inputs)]


def sums_dtype(x: Tensor, weights: Region, weights_zero: int, inner: int) -> np.dtype:
    """The float dtype in which the sums over ``inner`` products with this input are exact."""
    if x.dtype == "float32":
        return np.dtype(np.float32)
    info, zero = np.iinfo(x.dtype), zero_point(x)
    return exact_float(
        max(abs(int(info.min) - zero), abs(int(info.max) - zero)), magnitude(weights.values) + abs(weights_zero), inner
    )


def _scales(graph: Graph, op: Operator) -> tuple[float, tuple[float, ...], float]:
    """Of the input, of the weights for each output channel or for all, and of the output."""
    x, weights, _, y = operands(graph, op)
    assert x.quant and weights.quant and y.quant
    return x.quant.scale, weights.quant.scales, y.quant.scale


def _fixed_point(graph: Graph, op: Operator) -> tuple[np.ndarray, np.ndarray]:
    """(multipliers, shifts) of a convolution, int64, one for each output channel or for all."""
    return output_multipliers(*_scales(graph, op), graph.tensors[op.inputs[0]].dtype)


def _factors(graph: Graph, op: Operator) -> np.ndarray:
    """float64: what FULLY_CONNECTED multiplies its sums by, for each output channel or for all."""
    x, weights, y = _scales(graph, op)
    return np.array([x * w / y for w in weights])


def output_bounds(graph: Graph, op: Operator) -> tuple[int, int]:
    """Inclusive bounds of an integer output."""
    y = graph.tensors[op.outputs[0]]
    assert y.quant
    activation = str(op.attrs["fused_activation_function"])
    return quantized_activation_range(activation, y.dtype, y.quant.scale, y.quant.zero_point)


def _scaling(graph: Graph, op: Operator, channels: Interval) -> Scaling:
    """What LiteRT's reference kernel for this operator does with the sums of some output channels."""

    def part(of_channels: np.ndarray) -> np.ndarray:
        return of_channels[channels.lo : channels.hi] if len(of_channels) > 1 else of_channels

    if op.kind == "FULLY_CONNECTED":
        return partial(scale_real, reals=part(_factors(graph, op)))
    multipliers, shifts = _fixed_point(graph, op)
    scale = scale_int64 if graph.tensors[op.inputs[0]].dtype == "int16" else scale_int32
    return partial(scale, multiplier=part(multipliers), shift=part(shifts))


def finish_sums(
    graph: Graph, op: Operator, box: Box, sums: np.ndarray, regions: tuple[Region | None, ...]
) -> np.ndarray:
    """Sums of products, channels last, in the shape of the output box -> outputs. The bias is input slot 2, if any."""
    channels = box[-1]
    bias = regions[2] if len(regions) > 2 else None
    y = graph.tensors[op.outputs[0]]
    added = bias.values[Box((channels,)).within(bias.box)] if bias else None
    if y.dtype == "float32":
        total = sums if added is None else sums + added
        return clamp_floats(total, str(op.attrs["fused_activation_function"]))
    bounds = output_bounds(graph, op)
    return requantize(sums, added, _scaling(graph, op, channels), zero_point(y), bounds, y.dtype)


def _is_narrow(graph: Graph, op: Operator, shifts: np.ndarray) -> bool:
    """Whether sums with their bias surely stay below 2**30 and are only ever shifted to the right."""
    _, weights, bias, _ = operands(graph, op)
    if bias is not None and not bias.is_const:
        return False
    largest = 0 if bias is None else magnitude(bias.array)
    inner = weights.elements // weights.shape[CHANNEL_AXIS[op.kind]]
    return bool((shifts < 0).all()) and inner * _LARGEST_INPUT * _LARGEST_INPUT + largest < 1 << 30


def _scaling_params(graph: Graph, op: Operator) -> Mapping[str, int | np.ndarray]:
    if op.kind == "FULLY_CONNECTED":
        parts = np.array([real_scale(factor) for factor in _factors(graph, op).tolist()], dtype=np.int64)
    else:
        parts = np.stack(_fixed_point(graph, op), axis=1)
    if (parts == parts[0]).all():
        parts = parts[:1]
    names = ("multiplier", "shift", "rest")[: parts.shape[1]]
    return {
        **{n: parts[:, i].astype(np.int8 if n == "shift" else np.int32) for i, n in enumerate(names)},
        "per_channel": int(len(parts) > 1),
        "narrow": int(_is_narrow(graph, op, parts[:, 1])),
    }


def finish_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    """Fields of the C parameter structs that turn sums into outputs: ``quant``, multipliers, or the float bounds."""
    x, weights, _, y = operands(graph, op)
    if y.dtype == "float32":
        low, high = float_activation_range(str(op.attrs["fused_activation_function"]))
        return {"real_min": float(low), "real_max": float(high)}
    low, high = output_bounds(graph, op)
    return {
        **_scaling_params(graph, op),
        "quant.input_offset": -zero_point(x),
        "quant.weights_offset": -zero_point(weights),
        "quant.output_offset": zero_point(y),
        "quant.act_min": int(low),
        "quant.act_max": int(high),
    }


def int32_sums(graph: Graph, op: Operator) -> bool:
    """Whether partial sums of this operator are int32, and so independent of their order."""
    return graph.tensors[op.inputs[0]].dtype in ("int8", "uint8")


def require_int32_sums(graph: Graph, op: Operator) -> None:
    """Raises UnsupportedError unless partial sums are int32."""
    if not int32_sums(graph, op):
        raise UnsupportedError(
            f"{graph.tensors[op.inputs[0]].dtype} sums cannot be kept in int32 between slices of the input",
            where=str(op),
            hint="Split it along rows or output channels instead.",
        )


def product_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """Reasons against dtypes, quantization, bias and activation; operand shapes are the operator's own matter."""
    if len(op.inputs) not in (2, 3) or len(op.outputs) != 1 or min(op.inputs[:2]) < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; input, weights and at most a bias are expected.",)
    x, weights, bias, y = operands(graph, op)
    found: list[str] = []
    if x.dtype not in OPERAND_DTYPES or y.dtype != x.dtype:
        return (f"it maps {x.dtype} to {y.dtype}; int8, uint8, int16 and float32 to themselves are supported.",)
    weights_dtype, bias_dtypes = OPERAND_DTYPES[x.dtype]
    if weights.dtype != weights_dtype:
        found.append(f"its weights are {weights.dtype}; {weights_dtype} is supported with {x.dtype} activations.")
    if bias is not None and bias.dtype not in bias_dtypes:
        found.append(f"its bias is {bias.dtype}; {' or '.join(bias_dtypes)} is supported with {x.dtype} activations.")
    if op.attrs.get("fused_activation_function") not in ACTIVATIONS:
        found.append(
            f"fused_activation_function is {op.attrs.get('fused_activation_function')!r}; "
            f"{', '.join(ACTIVATIONS)} are supported."
        )
    axis = CHANNEL_AXIS[op.kind]
    if len(weights.shape) <= axis:
        return (*found, f"its weights have rank {len(weights.shape)}.")
    channels = weights.shape[axis]
    if y.shape[-1:] != (channels,):
        found.append(f"its weights make {channels} channels, but its output has shape {y.shape}.")
    if bias is not None and bias.shape != (channels,):
        found.append(f"its bias has shape {bias.shape} for {channels} channels.")
    if x.dtype != "float32":
        found += _quantization_limits(x, weights, y, axis, channels)
        found = found or _litert_limits(graph, op)
    return tuple(found)


def _quantization_limits(x: Tensor, weights: Tensor, y: Tensor, axis: int, channels: int) -> list[str]:
    found = []
    for what, tensor in (("input", x), ("weights", weights), ("output", y)):
        # A channel of weights that are all 0 may have the scale 0.
        if tensor.quant is None or not all(scale > 0 or tensor is weights for scale in tensor.quant.scales):
            found.append(f"its {what} (tensor {tensor.id}) has no positive quantization scale.")
    if weights.dtype == "int8" and weights.quant and any(weights.quant.zero_points):
        # LiteRT refuses, ignores or heeds it, depending on the operator.
        found.append("its int8 weights have a zero point; TFLite's specification wants them symmetric.")
    if weights.quant and len(weights.quant.scales) not in (1, channels):
        found.append(f"its weights have {len(weights.quant.scales)} scales for {channels} channels.")
    if weights.quant and len(weights.quant.scales) > 1 and weights.quant.axis != axis:
        found.append(f"its weights are quantized along axis {weights.quant.axis}; axis {axis} is supported.")
    return found


def _litert_limits(graph: Graph, op: Operator) -> list[str]:
    """What LiteRT refuses of quantized operands that are otherwise sound."""
    x, weights, bias, y = operands(graph, op)
    assert x.quant and weights.quant and y.quant
    found = []
    activation = str(op.attrs["fused_activation_function"])
    if not activation_fits(activation, y.quant.scale):
        found.append(f"its output scale is {y.quant.scale:g}; the bounds of {activation} would not fit in an int32.")
    one_scale = x.dtype == "uint8" or (op.kind == "FULLY_CONNECTED" and len(weights.quant.scales) == 1)
    if bias is not None and one_scale:
        expected = x.quant.scale * weights.quant.scale
        given = bias.quant.scale if bias.quant and len(bias.quant.scales) == 1 else 0.0
        if abs(expected - given) / y.quant.scale > _MOST_BIAS_STEPS:
            found.append(f"its bias has the scale {given:g}; input and weights give {expected:g}.")
    if x.dtype == "int16" and op.attrs.get("quantized_bias_type", "FLOAT32") not in ("FLOAT32", "INT64"):
        found.append(f"quantized_bias_type is {op.attrs['quantized_bias_type']!r}; FLOAT32 and INT64 are supported.")
    return found
