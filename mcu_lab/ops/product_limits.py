"""What operators that sum products refuse: dtypes, quantization, bias and activation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.requantize import ACTIVATIONS, activation_fits
from mcu_lab.ops.finishing import activation
from mcu_lab.ops.product import PLAIN, Product, hybrid_of, operands

#: Activation dtype -> (weights dtype, bias dtypes).
OPERAND_DTYPES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "int8": ("int8", ("int32",)),
        "uint8": ("uint8", ("int32",)),
        "int16": ("int8", ("int64",)),
        "float32": ("float32", ("float32",)),
    }
)
#: By how many steps of the output, for each step of the bias, the scale of the bias may be off.
_MOST_BIAS_STEPS = 0.02


def product_limits(graph: Graph, op: Operator, product: Product = PLAIN) -> tuple[str, ...]:
    """Reasons against all of these; the shapes of operands are the operator's own matter."""
    first, bias_slot = sorted(product.slots[:2]), product.slots[2]
    if len(op.inputs) not in (bias_slot, bias_slot + 1) or len(op.outputs) != 1 or min(op.inputs[s] for s in first) < 0:
        return (f"it has inputs {op.inputs} and outputs {op.outputs}; input, weights and at most a bias are expected.",)
    x, weights, bias, y = operands(graph, op, product)
    found: list[str] = []
    if x.dtype not in OPERAND_DTYPES or y.dtype != x.dtype:
        return (f"it maps {x.dtype} to {y.dtype}; int8, uint8, int16 and float32 to themselves are supported.",)
    weights_dtype, bias_dtypes = OPERAND_DTYPES[x.dtype]
    hybrid = hybrid_of(graph, op, product) is not None
    if weights.dtype != weights_dtype and not hybrid:
        found.append(f"its weights are {weights.dtype}; {weights_dtype} is supported with {x.dtype} activations.")
    if bias is not None and bias.dtype not in bias_dtypes:
        found.append(f"its bias is {bias.dtype}; {' or '.join(bias_dtypes)} is supported with {x.dtype} activations.")
    if activation(op) not in ACTIVATIONS:
        found.append(
            f"fused_activation_function is {op.attrs.get('fused_activation_function')!r}; "
            f"{', '.join(ACTIVATIONS)} are supported."
        )
    elif activation(op) in product.refused_activations:
        found.append(f"fused_activation_function is {activation(op)!r}; LiteRT refuses it here.")
    axis = product.channel_axis
    if len(weights.shape) <= axis:
        return (*found, f"its weights have rank {len(weights.shape)}.")
    channels = weights.shape[axis]
    if y.shape[-1:] != (channels,):
        found.append(f"its weights make {channels} channels, but its output has shape {y.shape}.")
    if bias is not None and bias.shape != (channels,):
        found.append(f"its bias has shape {bias.shape} for {channels} channels.")
    if x.dtype != "float32" or hybrid:
        found += _quantization_limits(() if hybrid else (("input", x), ("output", y)), weights, axis, channels)
    if x.dtype != "float32":
        found = found or _litert_limits(graph, op, product)
    return tuple(found)


def _quantization_limits(
    activations: tuple[tuple[str, Tensor], ...], weights: Tensor, axis: int, channels: int
) -> list[str]:
    found = []
    for what, tensor in (*activations, ("weights", weights)):
        # A channel of weights that are all 0 may have the scale 0, and convolutions take scales below 0.
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


def _litert_limits(graph: Graph, op: Operator, product: Product) -> list[str]:
    """What LiteRT refuses of quantized operands that are otherwise sound."""
    x, weights, bias, y = operands(graph, op, product)
    assert x.quant and weights.quant and y.quant
    found = []
    if not activation_fits(activation(op), y.quant.scale):
        found.append(
            f"its output scale is {y.quant.scale:g}; the bounds of {activation(op)} would not fit in an int32."
        )
    if (x.dtype == "uint8" or product.real_scaling) and min(weights.quant.scales) < 0:
        found.append(f"its weights have the scale {min(weights.quant.scales):g}; LiteRT accepts none below 0 here.")
    one_scale = x.dtype == "uint8" or (product.real_scaling and len(weights.quant.scales) == 1)
    if bias is not None and one_scale:
        expected = x.quant.scale * weights.quant.scale
        given = bias.quant.scale if bias.quant and len(bias.quant.scales) == 1 else 0.0
        if abs(expected - given) / y.quant.scale > _MOST_BIAS_STEPS:
            found.append(f"its bias has the scale {given:g}; input and weights give {expected:g}.")
    if x.dtype == "int16" and op.attrs.get("quantized_bias_type", "FLOAT32") not in ("FLOAT32", "INT64"):
        found.append(f"quantized_bias_type is {op.attrs['quantized_bias_type']!r}; FLOAT32 and INT64 are supported.")
    return found
