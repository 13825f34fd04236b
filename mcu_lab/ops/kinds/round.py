"""ROUND: to the nearest whole number, halves to the even one.

Source: TFLite ``reference/round.h``, whose zeros are positive but for that of -0. LiteRT's reference resolver does not
have the operator, TFLM does.
"""

from __future__ import annotations

import numpy as np

from mcu_lab.graph.ir import Operator
from mcu_lab.ops.unary import by_formula, unary_spec


def real(op: Operator, x: np.ndarray) -> np.ndarray:
    whole = np.floor(x)
    rest = x - whole
    stays = (rest < 0.5) | ((rest == 0.5) & (np.floor(whole * np.float32(0.5)) == whole * np.float32(0.5)))
    return np.where(stays, whole, whole + np.float32(1))


SPEC = unary_spec("ROUND", by_formula(real, "round"), notes="LiteRT's reference kernels do not have it, TFLM does.")
