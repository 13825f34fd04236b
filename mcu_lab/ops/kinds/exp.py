"""EXP.

Source: TFLite ``kernels/exp.cc``: int8 and int16 through tables.
"""

from __future__ import annotations

from mcu_lab.numerics import elementary
from mcu_lab.numerics.libm import expf
from mcu_lab.ops.functions import function_forms
from mcu_lab.ops.unary import by_formula, unary_spec

SPEC = unary_spec(
    "EXP", function_forms(lambda graph, op: expf, "int8", "int16") | by_formula(lambda op, x: elementary.exp(x), "exp")
)
