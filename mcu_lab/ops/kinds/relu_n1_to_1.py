"""RELU_N1_TO_1: ``min(max(x, -1), 1)``."""

from __future__ import annotations

from mcu_lab.ops.clamp import clamp_spec

SPEC = clamp_spec("RELU_N1_TO_1")
