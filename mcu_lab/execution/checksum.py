"""Checksums that let two runs of one plan be compared step by step: the executor's and the exported C's.

A checksum is CRC-32 as in IEEE 802.3 and zlib: polynomial 0x04C11DB7 reflected (0xEDB88320), start and final xor
0xFFFFFFFF, so that the CRC of no bytes is 0 and of b"123456789" is 0xCBF43926. In C, one byte at a time:

    crc ^= 0xFFFFFFFF; for each byte: crc = table[(crc ^ byte) & 255] ^ (crc >> 8); crc ^= 0xFFFFFFFF;

What is summed after a step, by kind of trace:

``written``  the bytes the step wrote: for a Compute its ``sums`` View, if any, and then its write Views in output
             order; for a blocking Copy its destination; for a Wait the destination of its Copy; for the start of a
             transfer nothing (0). The elements of each View come in row-major order of its box, little-endian,
             without what lies between them; one CRC runs through all of them. A zero-copy step is no exception:
             its bytes are summed where they lie.
``arena``    all bytes of the arena from offset 0 to the plan's arena size. For this every byte of the arena has to
             be POISON before the values present at the start are put in, and a step's scratch buffer has to be set to
             POISON again when the step is done. Transfers in flight have to be done at their start.
"""

from __future__ import annotations

import zlib
from typing import Literal

import numpy as np

Trace = Literal["written", "arena"]

#: What every byte of writable memory holds before a run.
POISON = 0xA5


def checksum(array: np.ndarray, crc: int = 0) -> int:
    """CRC-32 of an array's elements in row-major order, continuing from ``crc``."""
    return zlib.crc32(np.ascontiguousarray(array).data, crc)
