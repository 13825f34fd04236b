"""GELU: x times the share of a normal distribution that lies below it, exactly or by way of tanh.

Source: TFLite ``reference/gelu.h``; 8 bits and int16 through tables.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.numerics import elementary, powers
from mcu_lab.numerics.libm import erfcf, tanhf
from mcu_lab.ops.functions import Real, function_forms
from mcu_lab.ops.unary import by_formula, unary_spec

HALF, ONE = np.float32(0.5), np.float32(1)
MINUS_ROOT_OF_HALF = np.float32(-0.70710678118654752)
ROOT_OF_TWO_OVER_PI = np.float32(0.79788456080286536)
CUBIC = np.float32(0.044715)


def exactly(value: float) -> np.float32:
    x = np.float32(value)
    return HALF * x * erfcf(float(x * MINUS_ROOT_OF_HALF))


def by_tanh(value: float) -> np.float32:
    x = np.float32(value)
    return HALF * x * (ONE + tanhf(float(ROOT_OF_TWO_OVER_PI * (x + CUBIC * x * x * x))))


def function_of(graph: Graph, op: Operator) -> Real:
    return by_tanh if op.attrs.get("approximate") else exactly


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    if op.attrs.get("approximate"):
        return HALF * x * (ONE + elementary.tanh(ROOT_OF_TWO_OVER_PI * (x + CUBIC * (x * x * x))))
    return HALF * x * powers.erfc(x * MINUS_ROOT_OF_HALF)


SPEC = unary_spec(
    "GELU",
    function_forms(function_of, "int8", "uint8", "int16")
    | by_formula(real, "gelu", lambda op: {"approximate": int(bool(op.attrs.get("approximate")))}),
)
