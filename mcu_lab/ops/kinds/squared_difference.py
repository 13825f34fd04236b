"""SQUARED_DIFFERENCE.

Source: TFLite ``kernels/squared_difference.cc``: int8 operands are brought to one scale with seven bits more.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import multiply_by_quantized_multiplier, quantize_multiplier, significand
from mcu_lab.ops.binary import broadcast_params, pair_limits, quant_of, requantized, tensors_of
from mcu_lab.ops.elementwise import quantization_limits
from mcu_lab.ops.meeting import meeting_spec

LEFT_SHIFT = 7


def multipliers(graph: Graph, op: Operator) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) of both operands and of the square of their difference."""
    a, b, out = (quant_of(t).scale for t in tensors_of(graph, op))
    twice = 2.0 * max(a, b)
    return quantize_multiplier(a / twice), quantize_multiplier(b / twice), quantize_multiplier(of_square(a, b, out))


def of_square(a: float, b: float, out: float) -> float:
    """What the square of a difference on the common scale is multiplied by; scales."""
    return (2.0 * max(a, b)) ** 2 / ((1 << (2 * LEFT_SHIFT)) * out)


def meet(graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b, out = tensors_of(graph, op)
    if out.dtype != "int8":
        difference = x - y
        return difference * difference
    of_a, of_b, of_both = multipliers(graph, op)
    left = multiply_by_quantized_multiplier((x.astype(np.int64) - quant_of(a).zero_point) << LEFT_SHIFT, *of_a)
    right = multiply_by_quantized_multiplier((y.astype(np.int64) - quant_of(b).zero_point) << LEFT_SHIFT, *of_b)
    return requantized((left - right) ** 2, of_both, out, "NONE")


def limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    found = pair_limits(graph, op) or quantization_limits(graph, op)
    if found or graph.tensors[op.outputs[0]].dtype != "int8":
        return found
    a, b, out = (quant_of(t).scale for t in tensors_of(graph, op))
    _, shift = significand(of_square(a, b, out))
    return () if shift <= 0 else (f"the input scales {a:g} and {b:g} are too large for the output scale {out:g}.",)


def params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    found: dict[str, int | float | np.ndarray] = {**broadcast_params(graph, op)}
    tensors = tensors_of(graph, op)
    if tensors[2].dtype != "int8":
        return found
    for name, tensor, (multiplier, shift) in zip(("a", "b", "out"), tensors, multipliers(graph, op), strict=True):
        zero_point = quant_of(tensor).zero_point
        found |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
        found[f"{name}_offset"] = zero_point if name == "out" else -zero_point
    return found | {"act_min": -128, "act_max": 127}


SPEC = meeting_spec("SQUARED_DIFFERENCE", ("int8", "int32", "float32"), meet, limits, params)
