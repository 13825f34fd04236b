"""SQUEEZE: a tensor without some axes of length 1."""

from __future__ import annotations

from mcu_lab.ops.reshaping import reshape_spec

SPEC = reshape_spec("SQUEEZE")
