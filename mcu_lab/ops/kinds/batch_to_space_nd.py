"""BATCH_TO_SPACE_ND: images of a batch become one, of which each has every so many rows and columns; then cropped."""

from __future__ import annotations

from mcu_lab.ops.batches import batch_spec

SPEC = batch_spec("BATCH_TO_SPACE_ND", unfolds=True)
