"""ADD and SUB of quantized operands: both are brought to one scale with some bits more, met, and rescaled.

Sources: TFLite ``kernels/add.cc``, ``sub.cc`` (Prepare) and their headers in ``kernels/internal/reference``. int16 has
less room than 8 bits; where its scales are powers of two and the operator says so, operands are shifted alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics.fixed_point import (
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    rounding_divide_by_pot,
    significand,
)
from mcu_lab.numerics.lut import byte_values
from mcu_lab.numerics.sigmoid16 import rounded_log2
from mcu_lab.ops.binary import (
    QUANTIZED,
    activation_of,
    binary_limits,
    bounds,
    clamped,
    quant_of,
    requantized,
    shared_params,
    tensors_of,
)

#: Bits by which operands of sums are scaled up before they are rescaled, so that little is lost to rounding.
LEFT_SHIFTS = {"int8": 20, "uint8": 20, "int16": 15}
#: Beyond this a shift of int16 is not defined in LiteRT.
MOST_RIGHT_SHIFT = 15

Meet = Callable[[np.ndarray, np.ndarray], np.ndarray]


def sum_multipliers(
    a: float, b: float, out: float, left_shift: int
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) of both operands and of their sum, for ADD and SUB on tensors of these scales."""
    twice_largest = 2.0 * max(a, b)
    return (
        quantize_multiplier(a / twice_largest),
        quantize_multiplier(b / twice_largest),
        quantize_multiplier(_of_sum(a, b, out, left_shift)),
    )


def _of_sum(a: float, b: float, out: float, left_shift: int) -> float:
    """What a sum on the common scale is multiplied by; scales."""
    return 2.0 * max(a, b) / ((1 << left_shift) * out)


def sum_limits(graph: Graph, op: Operator) -> tuple[str, ...]:
    """:func:`binary_limits`, and the range of scales that ADD's and SUB's fixed-point arithmetic can express."""
    found = binary_limits(graph, op)
    dtype = graph.tensors[op.outputs[0]].dtype
    if found or dtype not in QUANTIZED:
        return found
    a, b, out = (quant_of(t).scale for t in tensors_of(graph, op))
    shifts = shifts_of(graph, op)
    if shifts:
        return _shift_limits(shifts)
    _, shift = significand(_of_sum(a, b, out, LEFT_SHIFTS[dtype]))
    return () if shift <= 0 else (f"the input scales {a:g} and {b:g} are too large for the output scale {out:g}.",)


def shifts_of(graph: Graph, op: Operator) -> tuple[int, int] | None:
    """Of int16 whose scales are powers of two: by how many bits both operands are shifted to the right.

    None where they are rescaled like others.
    """
    tensors = tensors_of(graph, op)
    if tensors[2].dtype != "int16" or not op.attrs.get("pot_scale_int16", True):
        return None
    a, b, out = (rounded_log2(quant_of(t).scale) for t in tensors)
    return None if a is None or b is None or out is None else (out - a, out - b)


def _shift_limits(shifts: tuple[int, int]) -> tuple[str, ...]:
    if min(shifts) != 0 or max(shifts) > MOST_RIGHT_SHIFT:
        return (
            "its scales are powers of two; LiteRT then accepts only an operand of the output's scale, and another that "
            "is not larger.",
        )
    return ()


@lru_cache(maxsize=1024)
def scaled_operand(dtype: str, zero_point: int, multiplier: tuple[int, int]) -> np.ndarray:
    """int64[256], indexed by byte: an operand of ADD or SUB on the common scale of the sum."""
    return multiply_by_quantized_multiplier((byte_values(dtype) - zero_point) << LEFT_SHIFTS[dtype], *multiplier)


def met(meet: Meet, graph: Graph, op: Operator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``meet(x, y)`` for ADD and SUB, in any of their dtypes."""
    a, b, out = tensors_of(graph, op)
    if out.dtype not in QUANTIZED:
        return clamped(meet(x, y), op, out.dtype)
    shifts = shifts_of(graph, op)
    if shifts:
        moved = meet(*(rounding_divide_by_pot(v.astype(np.int64), n) for v, n in zip((x, y), shifts, strict=True)))
        return np.clip(moved, *bounds(op, out)).astype(out.dtype)
    multipliers = sum_multipliers(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale, LEFT_SHIFTS[out.dtype])
    if out.dtype == "int16":
        pairs = zip((x, y), multipliers[:2], strict=True)
        wide = (multiply_by_quantized_multiplier(v.astype(np.int64) << LEFT_SHIFTS["int16"], *m) for v, m in pairs)
        return requantized(meet(*wide), multipliers[2], out, activation_of(op))
    left = scaled_operand(a.dtype, quant_of(a).zero_point, multipliers[0])[x.view(np.uint8)]
    right = scaled_operand(b.dtype, quant_of(b).zero_point, multipliers[1])[y.view(np.uint8)]
    return requantized(meet(left, right), multipliers[2], out, activation_of(op))


def sum_params(graph: Graph, op: Operator) -> Mapping[str, int | float | np.ndarray]:
    """C parameters of ADD and SUB."""
    found: dict[str, int | float | np.ndarray] = {**shared_params(graph, op)}
    a, b, out = tensors_of(graph, op)
    shifts = shifts_of(graph, op)
    if shifts:
        found |= {"a_shift": -shifts[0], "b_shift": -shifts[1], "shifted": 1}
    elif out.dtype in QUANTIZED:
        pairs = sum_multipliers(quant_of(a).scale, quant_of(b).scale, quant_of(out).scale, LEFT_SHIFTS[out.dtype])
        for name, (multiplier, shift) in zip(("a", "b", "out"), pairs, strict=True):
            found |= {f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    return found
