"""COS. Source: TFLite ``kernels/elementwise.cc``."""

from __future__ import annotations

from mcu_lab.numerics.trigonometry import cos
from mcu_lab.ops.unary import by_formula, unary_spec

SPEC = unary_spec("COS", by_formula(lambda op, x: cos(x), "cos"))
