"""ELU: x where it is not below 0, else ``exp(x) - 1``.

Source: TFLM ``kernels/elu.cc`` and ``reference/elu.h``: LiteRT's reference resolver does not have the operator.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.numerics import elementary
from mcu_lab.numerics.libm import expf
from mcu_lab.ops.functions import function_forms
from mcu_lab.ops.unary import by_formula, unary_spec


def function(x: float) -> np.float32:
    return expf(x) - np.float32(1) if x < 0 else np.float32(x)


SPEC = unary_spec(
    "ELU",
    function_forms(lambda graph, op: function, "int8")
    | by_formula(lambda op, x: np.where(x < 0, elementary.expm1(x), x), "elu"),
    notes="TFLM's bytes: LiteRT's reference kernels do not have it.",
)
