"""DIV: the quotient of two tensors, broadcast against each other.

Source: TFLite ``kernels/div.cc`` (the quotient of scales is float32); quantized operands as in
:mod:`mcu_lab.numerics.division`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.division import LEAST_SHIFT, MOST_SHIFT, quotient
from mcu_lab.numerics.fixed_point import quantize_multiplier, wrapped
from mcu_lab.ops.binary import QUANTIZED, binary_limits, bounds, clamped, quant_of, shared_params, tensors_of
from mcu_lab.ops.meeting import meeting_spec


def quotient_multiplier(graph: Graph, op: Operator) -> tuple[int, int]:
    a, b, out = (np.float32(quant_of(t).scale) for t in tensors_of(graph, op))
    with np.errstate(all="ignore"):
        return quantize_multiplier(float(a / (b * out)))


def meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, out = tensors_of(graph, op)
    if out.dtype == "float32":
        return clamped(x / y, op, out.dtype)
    if out.dtype == "int32":
        wide, by = np.broadcast_arrays(x.astype(np.int64), y.astype(np.int64))
        whole = np.abs(wide) // np.where(by == 0, 1, np.abs(by))
        signed = np.where((wide < 0) != (by < 0), -whole, whole)
        return clamped(np.where(by == 0, 0, signed).astype(np.int32), op, out.dtype)
    left, right = x.astype(np.int64) - quant_of(a).zero_point, y.astype(np.int64) - quant_of(b).zero_point
    scaled = quotient(left, right, *quotient_multiplier(graph, op))
    return np.clip(wrapped(scaled + quant_of(out).zero_point), *bounds(op, out))


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = binary_limits(graph, op)
    out = graph.tensors[op.outputs[0]]
    if found or out.dtype not in QUANTIZED:
        return found
    _, shift = quotient_multiplier(graph, op)
    if LEAST_SHIFT <= shift <= MOST_SHIFT[out.dtype]:
        return ()
    return ("its scales are too far apart for LiteRT's arithmetic.",)


def params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    found: dict[str, int | float | np.ndarray] = {**shared_params(graph, op)}
    if tensors_of(graph, op)[2].dtype in QUANTIZED:
        found["out_multiplier"], found["out_shift"] = quotient_multiplier(graph, op)
    return found


SPEC = meeting_spec(
    "DIV",
    ("int8", "uint8", "int16", "int32", "float32"),
    meet,
    limits,
    params,
    "Broadcasting, fused activations. LiteRT ends an inference where integers are divided by 0; here that is 0.",
)
