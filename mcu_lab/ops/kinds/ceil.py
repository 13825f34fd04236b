"""CEIL. Source: TFLite ``reference/ceil.h``: LiteRT's reference resolver does not have the operator, TFLM does."""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.unary import by_formula, unary_spec

SPEC = unary_spec(
    "CEIL", by_formula(lambda op, x: np.ceil(x), "ceil"), notes="LiteRT's reference kernels do not have it, TFLM does."
)
