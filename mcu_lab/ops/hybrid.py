"""Hybrid products: floats in and out, int8 weights. The input is quantized as it comes, in integers it is multiplied.

How depends on the range of a whole batch entry, so all of it is needed for any part of the output. Padding is 0, which
changes no range and is exact in any quantization.
Source: TFLite ``kernels/conv.cc`` (EvalHybrid, EvalHybridPerChannel), ``kernels/depthwise_conv.cc`` and
``kernels/fully_connected.cc`` (EvalHybridDense).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import wrapped
from mcu_lab.numerics.quantized_input import TOGETHER, InputQuantization, asymmetric, symmetric
from mcu_lab.numerics.requantize import float_activation_range
from mcu_lab.ops.finishing import activation
from mcu_lab.ops.product import Hybrid, Product, hybrid_of, operands
from mcu_lab.ops.regions import cut
from mcu_lab.ops.spec import Region

#: For the generated table, of the operators that can be hybrid.
WEIGHTS = (
    "Weights as the input; int8 for int16, and for float32 (hybrid). int4 is held as int8: twice the file's bytes."
)


@dataclass(frozen=True)
class Centred:
    """Integers in place of floats, and for each batch entry or row what one of them stands for (float32)."""

    values: np.ndarray
    scales: np.ndarray


def _quantization(hybrid: Hybrid, values: np.ndarray) -> InputQuantization:
    return asymmetric(values) if hybrid.asymmetric else symmetric(values)


def centred_image(
    graph: Graph, op: Operator, product: Product, region: Region | None, inside: Box, wanted: Box
) -> tuple[Region, np.ndarray]:
    """``wanted``, within ``inside``, of an image quantized by the range of what is ``inside``; one scale a batch entry.

    Both boxes span the same batch entries, ``inside`` all rows, columns and channels that are no padding.
    """
    hybrid = hybrid_of(graph, op, product)
    assert hybrid
    shape = graph.tensors[op.inputs[product.slots[0]]].shape
    values = cut(region, inside)
    _, y, x, c = np.ogrid[wanted.slices]
    together = (y * shape[2] + x) * shape[3] + c < prod(shape[1:]) // TOGETHER * TOGETHER
    by_batch = [_quantization(hybrid, entry) for entry in values]
    part = values[wanted.within(inside)]
    made = [q.centred(entry, together[0]) for q, entry in zip(by_batch, part, strict=True)]
    return Region(wanted, np.array(made, np.int16).reshape(wanted.shape)), _scales(by_batch)


def centred_rows(graph: Graph, op: Operator, product: Product, rows: np.ndarray) -> Centred:
    """A matrix whose rows are quantized each by its own range."""
    hybrid = hybrid_of(graph, op, product)
    assert hybrid
    together = np.arange(rows.shape[1]) < rows.shape[1] // TOGETHER * TOGETHER
    by_row = [_quantization(hybrid, row) for row in rows]
    made = [q.centred(row, together) for q, row in zip(by_row, rows, strict=True)]
    return Centred(np.array(made, np.int16).reshape(rows.shape), _scales(by_row))


def _scales(quantizations: list[InputQuantization]) -> np.ndarray:
    return np.array([q.scale for q in quantizations], np.float32)


def finish_hybrid(
    graph: Graph,
    op: Operator,
    product: Product,
    box: Box,
    sums: np.ndarray,
    scales: np.ndarray,
    regions: tuple[Region | None, ...],
) -> np.ndarray:
    """Sums of products, channels last, in the shape of the output box -> outputs.

    ``scales`` are those of the input, in a shape that meets the box's.
    """
    _, weights, bias, _ = operands(graph, op, product)
    hybrid = hybrid_of(graph, op, product)
    assert hybrid and weights.quant
    channels = box[-1]
    steps = np.array(weights.quant.scales, np.float32)
    steps = steps[channels.lo : channels.hi] if len(steps) > 1 else steps
    real = wrapped(sums).astype(np.float32)  # as the kernels' sums wrap
    with np.errstate(all="ignore"):
        total = real * steps * scales if hybrid.apart else real * (steps * scales)
        if hybrid.from_zero:
            total = total + np.float32(0)
        region = regions[product.slots[2]] if bias else None
        if region is not None:
            total = total + region.values[Box((channels,)).within(region.box)]
        return np.clip(total, *_bounds(op, product))


def _bounds(op: Operator, product: Product) -> tuple[np.float32, np.float32]:
    low, high = float_activation_range(activation(op), *((float("inf"),) if product.real_scaling else ()))
    return np.float32(low), np.float32(high)


def hybrid_variant(graph: Graph, op: Operator, product: Product) -> str:
    """What follows the name of the C kernel's family."""
    return "_hybrid" if hybrid_of(graph, op, product) else ""


def hybrid_params(graph: Graph, op: Operator, product: Product) -> Mapping[str, int | float | np.ndarray]:
    """The fields of the C struct ``mcu_hybrid_t``, as member ``hybrid`` of a parameter struct."""
    _, weights, _, _ = operands(graph, op, product)
    hybrid = hybrid_of(graph, op, product)
    assert hybrid and weights.quant
    scales = np.array(weights.quant.scales, np.float32)
    scales = scales[:1] if (scales == scales[0]).all() else scales
    low, high = _bounds(op, product)
    fields: Mapping[str, int | float | np.ndarray] = {
        "scale": scales,
        "per_channel": int(len(scales) > 1),
        "asymmetric": int(hybrid.asymmetric),
        "apart": int(hybrid.apart),
        "from_zero": int(hybrid.from_zero),
        "real_min": float(low),
        "real_max": float(high),
    }
    return {f"hybrid.{name}": value for name, value in fields.items()}
