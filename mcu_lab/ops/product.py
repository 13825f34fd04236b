"""What the operators that sum products share: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and their kin.

How one of them differs from the others stands in its own :class:`Product`. What becomes of the sums is in
:mod:`mcu_lab.ops.finishing`, what is refused in :mod:`mcu_lab.ops.product_limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.numerics.products import exact_float, magnitude
from mcu_lab.ops.spec import Region


@dataclass(frozen=True)
class Hybrid:
    """How an operator multiplies floats with int8 weights (:mod:`mcu_lab.ops.hybrid`).

    asymmetric  its input is quantized with an offset.
    apart       sums are multiplied by the weights' scale and then by the input's, not by the product of both.
    from_zero   0 is added before the bias, so that no -0 is left.
    """

    asymmetric: bool
    apart: bool = False
    from_zero: bool = False


@dataclass(frozen=True)
class Product:
    """How one of these operators differs.

    channel_axis   axis of the weights that the output channels run along.
    real_scaling   sums are multiplied by a double, as LiteRT does it in FULLY_CONNECTED, instead of in fixed point.
    slots          input slots of (input, weights, bias).
    refused_activations  fused activations that LiteRT refuses here, unlike in its other kernels.
    hybrid         how this operator takes int8 weights for floats, by whether their scales differ (None: it does not).
    """

    channel_axis: int = 0
    real_scaling: bool = False
    slots: tuple[int, int, int] = (0, 1, 2)
    refused_activations: tuple[str, ...] = ()
    hybrid: Callable[[Operator, bool], Hybrid] | None = None


#: CONV_2D, with nothing of its own.
PLAIN = Product()

#: No element of these activations is further from its zero point.
LARGEST_INPUT: Mapping[str, int] = MappingProxyType({"int8": 255, "uint8": 255, "int16": 1 << 15})
_INT32_MAX = int(np.iinfo(np.int32).max)


def operands(graph: Graph, op: Operator, product: Product = PLAIN) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
    """(input, weights, bias or None, output)."""
    x, weights, _ = (graph.tensors[op.inputs[slot]] if slot < len(op.inputs) else None for slot in product.slots)
    assert x and weights
    bias = graph.tensors[op.inputs[product.slots[2]]] if has_bias(op, product) else None
    return x, weights, bias, graph.tensors[op.outputs[0]]


def has_bias(op: Operator, product: Product = PLAIN) -> bool:
    slot = product.slots[2]
    return len(op.inputs) > slot and op.inputs[slot] >= 0


def hybrid_of(graph: Graph, op: Operator, product: Product) -> Hybrid | None:
    """How this operator is hybrid; None where it is not."""
    x, weights, _, _ = operands(graph, op, product)
    if product.hybrid is None or x.dtype != "float32" or weights.dtype != "int8":
        return None
    return product.hybrid(op, weights.quant is not None and len(set(weights.quant.scales)) > 1)


def zero_point(tensor: Tensor) -> int:
    return tensor.quant.zero_point if tensor.quant and tensor.dtype != "float32" else 0


def bias_box(op: Operator, channels: Interval, finishing: bool = True, product: Product = PLAIN) -> Box | None:
    """What a step reads of the bias: its channels when it finishes the sums."""
    return Box((channels,)) if has_bias(op, product) and finishing else None


def read_slots(op: Operator, *boxes: Box | None) -> tuple[Box | None, ...]:
    """``boxes`` for as many input slots as the operator has."""
    return boxes[: len(op.inputs)]


def sums_dtype(x: Tensor, weights: Region, weights_zero: int, inner: int) -> np.dtype:
    """The float dtype in which the sums over ``inner`` products with this input are exact."""
    if x.dtype == weights.values.dtype == "float32":
        return np.dtype(np.float32)
    if x.dtype == "float32":
        return exact_float(LARGEST_INPUT["int8"], magnitude(weights.values), inner)
    info, zero = np.iinfo(x.dtype), zero_point(x)
    return exact_float(
        max(abs(int(info.min) - zero), abs(int(info.max) - zero)), magnitude(weights.values) + abs(weights_zero), inner
    )


def int32_sums(graph: Graph, op: Operator, product: Product = PLAIN) -> bool:
    """Whether int32 holds all partial sums as LiteRT does, so that they do not depend on their order.

    It sums up 8 bits in int32, whatever becomes of it; int16 in 64 bits, of which 32 do where weights are small.
    """
    x, weights, _, _ = operands(graph, op, product)
    if x.dtype != "int16":
        return x.dtype in LARGEST_INPUT
    others = tuple(a for a in range(len(weights.shape)) if a != product.channel_axis)
    if not weights.is_const:
        return False
    return sums_fit("int16", int(np.abs(weights.array.astype(np.int64)).sum(axis=others).max(initial=0)))


def sums_fit(dtype: str, weight: int) -> bool:
    """Whether sums of such elements stay in int32, whose factors come to ``weight`` without their signs."""
    return dtype in LARGEST_INPUT and weight * LARGEST_INPUT[dtype] <= _INT32_MAX


def require_int32_sums(graph: Graph, op: Operator, fit: bool) -> None:
    """Raises UnsupportedError unless partial sums are int32."""
    if not fit:
        raise UnsupportedError(
            f"{graph.tensors[op.inputs[0]].dtype} sums cannot be kept in int32 between slices of the input",
            where=str(op),
            hint="Split it along rows or output channels instead.",
        )
