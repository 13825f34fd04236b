"""MUL: the product of two tensors, broadcast against each other.

Source: TFLite ``kernels/mul.cc``: the quotient of scales is formed in float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import quantize_multiplier
from mcu_lab.ops.binary import (
    DTYPES,
    QUANTIZED,
    activation_of,
    binary_limits,
    clamped,
    operands,
    quant_of,
    requantized,
    shared_params,
    tensors_of,
)
from mcu_lab.ops.elementwise import broadcast_needs, in_place_slots
from mcu_lab.ops.spec import Access, OpSpec, Region, WriteBoxes


def product_multiplier(a: float, b: float, out: float) -> tuple[int, int]:
    """(multiplier, shift) of the product of two tensors of these scales."""
    return quantize_multiplier(float(np.float32(a) * np.float32(b) / np.float32(out)))


def compute(
    graph: Graph, op: Operator, writes: WriteBoxes, regions: tuple[Region | None, ...]
) -> tuple[np.ndarray | None, ...]:
    a, b, out = tensors_of(graph, op)
    x, y = operands(graph, op, writes, regions)
    if out.dtype not in QUANTIZED:
        with np.errstate(all="ignore"):
            return (clamped(x * y, op, out.dtype),)
    qa, qb, qo = quant_of(a), quant_of(b), quant_of(out)
    product = (x.astype(np.int64) - qa.zero_point) * (y.astype(np.int64) - qb.zero_point)
    return (requantized(product, product_multiplier(qa.scale, qb.scale, qo.scale), out, activation_of(op)),)


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return shared_params(graph, op)
    multiplier, shift = product_multiplier(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale)
    return {**shared_params(graph, op), "out_multiplier": multiplier, "out_shift": shift}


SPEC = OpSpec(
    kind="MUL",
    dtypes=DTYPES,
    needs=broadcast_needs,
    compute=compute,
    notes="Broadcasting, fused activations; operands may be constants.",
    limits=binary_limits,
    access=Access.ELEMENTS,
    in_place=in_place_slots,
    c_kernel="mul",
    c_params=c_params,
)
