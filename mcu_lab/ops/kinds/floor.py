"""FLOOR. Source: TFLite ``reference/floor.h``."""

from __future__ import annotations

import numpy as np

from mcu_lab.ops.unary import by_formula, unary_spec

SPEC = unary_spec("FLOOR", by_formula(lambda op, x: np.floor(x), "floor"))
