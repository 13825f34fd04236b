"""From sums of products to outputs: bias, scaling, zero point and activation, in numpy and as C parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.products import magnitude
from mcu_lab.numerics.requantize import (
    Scaling,
    clamp_floats,
    float_activation_range,
    output_multipliers,
    quantized_activation_range,
    real_scale,
    reduced_multiplier,
    requantize,
    scale_int32,
    scale_int64,
    scale_real,
)
from mcu_lab.ops.product import LARGEST_INPUT, PLAIN, Product, operands, zero_point
from mcu_lab.ops.spec import Region


def activation(op: Operator) -> str:
    """The fused activation; operators without such an option have none."""
    return str(op.attrs.get("fused_activation_function", "NONE"))


def _scales(graph: Graph, op: Operator, product: Product) -> tuple[float, tuple[float, ...], float]:
    """Of the input, of the weights for each output channel or for all, and of the output."""
    x, weights, _, y = operands(graph, op, product)
    assert x.quant and weights.quant and y.quant
    return x.quant.scale, weights.quant.scales, y.quant.scale


def _fixed_point(graph: Graph, op: Operator, product: Product) -> tuple[np.ndarray, np.ndarray]:
    """(multipliers, shifts) in fixed point, int64, one for each output channel or for all."""
    return output_multipliers(*_scales(graph, op, product), operands(graph, op, product)[0].dtype)


def _factors(graph: Graph, op: Operator, product: Product) -> np.ndarray:
    """float64: what sums are multiplied by in floating point, for each output channel or for all."""
    x, weights, y = _scales(graph, op, product)
    return np.array([x * w / y for w in weights])


def output_bounds(graph: Graph, op: Operator) -> tuple[int, int]:
    """Inclusive bounds of an integer output."""
    y = graph.tensors[op.outputs[0]]
    assert y.quant
    return quantized_activation_range(activation(op), y.dtype, y.quant.scale, y.quant.zero_point)


def _scaling(graph: Graph, op: Operator, channels: Interval, product: Product) -> Scaling:
    """What LiteRT's reference kernel for this operator does with the sums of some output channels."""

    def part(of_channels: np.ndarray) -> np.ndarray:
        return of_channels[channels.lo : channels.hi] if len(of_channels) > 1 else of_channels

    if product.real_scaling:
        return partial(scale_real, reals=part(_factors(graph, op, product)))
    multipliers, shifts = _fixed_point(graph, op, product)
    wide = operands(graph, op, product)[0].dtype == "int16"
    return partial(scale_int64 if wide else scale_int32, multiplier=part(multipliers), shift=part(shifts))


def finish_sums(
    graph: Graph,
    op: Operator,
    box: Box,
    sums: np.ndarray,
    regions: tuple[Region | None, ...],
    *,
    product: Product = PLAIN,
) -> np.ndarray:
    """Sums of products, channels last, in the shape of the output box -> outputs."""
    channels, slot = box[-1], product.slots[2]
    bias = regions[slot] if len(regions) > slot else None
    y = graph.tensors[op.outputs[0]]
    added = bias.values[Box((channels,)).within(bias.box)] if bias else None
    if y.dtype == "float32":
        total = sums if added is None else sums + added
        return clamp_floats(total, activation(op))
    bounds = output_bounds(graph, op)
    return requantize(sums, added, _scaling(graph, op, channels, product), zero_point(y), bounds, y.dtype)


def _is_narrow(graph: Graph, op: Operator, shifts: np.ndarray, product: Product) -> bool:
    """Whether sums with their bias surely stay below 2**30 and are only ever shifted to the right."""
    x, weights, bias, _ = operands(graph, op, product)
    if x.dtype == "int16" or (bias is not None and not bias.is_const):
        return False
    largest = 0 if bias is None else magnitude(bias.array)
    inner = weights.elements // weights.shape[product.channel_axis]
    return bool((shifts < 0).all()) and inner * LARGEST_INPUT[x.dtype] * LARGEST_INPUT[x.dtype] + largest < 1 << 30


def _scaling_params(graph: Graph, op: Operator, product: Product) -> Mapping[str, int | np.ndarray]:
    if product.real_scaling:
        factors = _factors(graph, op, product).tolist()
        parts = np.array([real_scale(factor) for factor in factors], dtype=np.int64)
    else:
        fixed = _fixed_point(graph, op, product)
        wide = operands(graph, op, product)[0].dtype == "int16"
        parts = np.stack(reduced_multiplier(*fixed) if wide else fixed, axis=1)
    if (parts == parts[0]).all():
        parts = parts[:1]
    names = ("multiplier", "shift", "rest")[: parts.shape[1]]
    return {
        **{n: parts[:, i].astype(np.int8 if n == "shift" else np.int32) for i, n in enumerate(names)},
        "per_channel": int(len(parts) > 1),
        "narrow": int(_is_narrow(graph, op, parts[:, 1], product)),
    }


def finish_params(graph: Graph, op: Operator, product: Product = PLAIN) -> Mapping[str, int | float | np.ndarray]:
    """Fields of the C parameter structs that turn sums into outputs: ``quant``, multipliers, or the float bounds."""
    x, weights, _, y = operands(graph, op, product)
    if y.dtype == "float32":
        low, high = float_activation_range(activation(op))
        return {"real_min": float(low), "real_max": float(high)}
    low, high = output_bounds(graph, op)
    return {
        **_scaling_params(graph, op, product),
        "quant.input_offset": -zero_point(x),
        "quant.weights_offset": -zero_point(weights),
        "quant.output_offset": zero_point(y),
        "quant.act_min": int(low),
        "quant.act_max": int(high),
    }
