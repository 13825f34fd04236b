"""RELU_0_TO_1: ``min(max(x, 0), 1)``."""

from __future__ import annotations

from mcu_lab.ops.clamp import clamp_spec

SPEC = clamp_spec("RELU_0_TO_1")
