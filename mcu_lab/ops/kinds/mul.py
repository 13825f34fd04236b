"""MUL: the product of two tensors, broadcast against each other.

Source: TFLite ``kernels/mul.cc``: the quotient of scales is formed in float32.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import quantize_multiplier
from mcu_lab.ops.binary import (
    ACTIVATED,
    DTYPES,
    QUANTIZED,
    activation_of,
    binary_limits,
    clamped,
    quant_of,
    requantized,
    shared_params,
    tensors_of,
)
from mcu_lab.ops.meeting import meeting_spec


def product_multiplier(a: float, b: float, out: float) -> tuple[int, int]:
    """(multiplier, shift) of the product of two tensors of these scales."""
    return quantize_multiplier(float(np.float32(a) * np.float32(b) / np.float32(out)))


def meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return clamped(x * y, op, out.dtype)
    qa, qb, qo = quant_of(a), quant_of(b), quant_of(out)
    product = (x.astype(np.int64) - qa.zero_point) * (y.astype(np.int64) - qb.zero_point)
    return requantized(product, product_multiplier(qa.scale, qb.scale, qo.scale), out, activation_of(op))


def c_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return shared_params(graph, op)
    multiplier, shift = product_multiplier(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale)
    return {**shared_params(graph, op), "out_multiplier": multiplier, "out_shift": shift}


SPEC = meeting_spec("MUL", DTYPES, meet, binary_limits, c_params, ACTIVATED)
