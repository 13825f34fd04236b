"""EXPAND_DIMS: a tensor with one more axis of length 1."""

from __future__ import annotations

from mcu_lab.ops.reshaping import reshape_spec

SPEC = reshape_spec("EXPAND_DIMS")
