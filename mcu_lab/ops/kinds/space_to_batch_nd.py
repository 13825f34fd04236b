"""SPACE_TO_BATCH_ND: an image, padded, becomes a batch of images, each with every so many of its rows and columns."""

from __future__ import annotations

from mcu_lab.ops.batches import batch_spec

SPEC = batch_spec("SPACE_TO_BATCH_ND", unfolds=False)
