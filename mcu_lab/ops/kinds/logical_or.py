"""LOGICAL_OR: whether one of two bools holds, or both."""

from __future__ import annotations

from mcu_lab.ops.logic import logic_spec

SPEC = logic_spec("LOGICAL_OR", (1, 2))
