"""LOGICAL_AND: whether both of two bools hold."""

from __future__ import annotations

from mcu_lab.ops.logic import logic_spec

SPEC = logic_spec("LOGICAL_AND", (2,))
