"""Constants as numbers of a codebook's vectors, and back: the definition in :class:`mcu_lab.plan.model.Codes`."""

from __future__ import annotations

import numpy as np

from mcu_lab.errors import PlanError
from mcu_lab.plan.model import Buffer, Codebook, Codes

#: A codebook has no more vectors than two bytes can number.
MOST_VECTORS = 1 << 16
_ONE_BYTE = 256


def contents(buffer: Buffer) -> bytes:
    """What a buffer of codes, or a codebook, begins with from the start; nothing for others."""
    match buffer.holds:
        case Codes(numbers=numbers):
            return numbers
        case Codebook(vectors=vectors):
            return vectors
        case None:
            return b""


def vectors_of(codebook: Codebook) -> np.ndarray:
    """All vectors, of shape ``(count, length)``."""
    return np.frombuffer(codebook.vectors, codebook.dtype).reshape(-1, codebook.length)


def number_dtype(count: int) -> np.dtype:
    """What the numbers of so many vectors are stored as."""
    return np.dtype("u1" if count <= _ONE_BYTE else "<u2")


def decoded(numbers: np.ndarray, vectors: np.ndarray, elements: int) -> np.ndarray:
    """So many elements, in one row. A number beyond the last vector means the last one."""
    return np.take(vectors, numbers, axis=0, mode="clip").reshape(-1)[:elements]


def encoded(values: np.ndarray, name: str, codebook: Codebook) -> Codes:
    """``values`` in codes of the codebook called ``name``. Raises PlanError where it has no equal vector for some."""
    vectors = vectors_of(codebook)
    flat = np.ascontiguousarray(values, codebook.dtype).reshape(-1)
    missing = -flat.size % codebook.length
    found = {vector.tobytes(): number for number, vector in reversed(list(enumerate(vectors)))}
    numbers = [found.get(cut.tobytes()) for cut in _cut(flat, codebook.length)]
    if missing and flat.size:
        left = codebook.length - missing
        numbers.append(next((k for k, v in enumerate(vectors) if v[:left].tobytes() == flat[-left:].tobytes()), None))
    if None in numbers:
        raise PlanError(f"has no vector for elements from {numbers.index(None) * codebook.length} on.", where=name)
    return Codes(name, np.array(numbers, number_dtype(len(vectors))).tobytes())


def _cut(flat: np.ndarray, length: int) -> np.ndarray:
    return flat[: flat.size // length * length].reshape(-1, length)
