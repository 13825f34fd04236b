"""SQUARE. Source: TFLite ``kernels/elementwise.cc``."""

from __future__ import annotations

from mcu_lab.ops.unary import by_formula, unary_spec

SPEC = unary_spec("SQUARE", by_formula(lambda op, x: x * x, "square"))
