"""Constants that a file stores in less space than their elements take: four bits each, or only those that are not 0.

Here they are whole: int4 is held as int8, and what is sparse is filled up with zeros. So they take the room on a board
that :attr:`Tensor.bytes` says, which is more than in the file.
Source: TFLite ``schema.fbs`` (SparsityParameters), ``kernels/internal/utils/sparsity_format_converter.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from mcu_lab.errors import ModelError
from mcu_lab.graph.flatbuffer import Span, Table

#: A sparse tensor of more elements is damage, and would take the memory of this machine.
MOST_SPARSE_ELEMENTS = 1 << 26
_DENSE = 0
_INDEX_VECTORS = {1: "Int32Vector", 2: "Uint16Vector", 3: "Uint8Vector"}


def unpacked(data: bytes, elements: int) -> bytes:
    """Elements of four bits, the first of each byte in its low half -> int8."""
    packed = np.frombuffer(data, np.uint8)
    halves = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1)[:elements].astype(np.int8)
    return (halves - 16 * (halves > 7)).astype(np.int8).tobytes()


def packed(data: bytes) -> bytes:
    """The inverse of :func:`unpacked`, for elements between -8 and 7."""
    halves = np.frombuffer(data, np.uint8) & 15
    halves = np.append(halves, np.zeros(len(halves) % 2, np.uint8))
    return (halves[::2] | halves[1::2] << 4).astype(np.uint8).tobytes()


def densified(sparsity: Table, shape: Sequence[int], data: bytes, element_bytes: int, where: str) -> bytes:
    """The bytes of all elements, of which ``data`` holds those that are stored. Raises ModelError for nonsense."""
    if prod(shape) > MOST_SPARSE_ELEMENTS:
        raise ModelError(f"a sparse tensor of {prod(shape):,} elements is too large.", where=where)
    try:
        coordinates, place = _stored_elements(sparsity, len(shape))
    except ValueError as error:
        raise ModelError(f"its sparsity {error}.", where=where) from None
    if any(((c < 0) | (c >= n)).any() for c, n in zip(coordinates, shape, strict=True)):
        raise ModelError("its sparsity has elements outside of its shape.", where=where)
    values = np.frombuffer(data, np.uint8)[: len(data) // element_bytes * element_bytes].reshape(-1, element_bytes)
    if place.max(initial=-1) >= len(values):
        raise ModelError(f"{len(data):,} bytes are stored; its sparsity wants more.", where=where)
    whole = np.zeros((prod(shape), element_bytes), np.uint8)
    if place.size:
        whole[np.ravel_multi_index(coordinates, tuple(shape))] = values[place]
    return whole.tobytes()


def _stored_elements(sparsity: Table, rank: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Along each axis where the stored elements lie, and which of the values each is. Raises ValueError for nonsense.

    Each level says along one axis of the blocked shape, whose blocks are its last axes, what is stored below each place
    of the level above.
    """
    order, blocks = tuple(sparsity["traversal_order"] or ()), tuple(sparsity["block_map"] or ())
    levels = sparsity.tables("dim_metadata", "DimensionMetadata")
    known = sorted(order) == list(range(rank + len(blocks))) and len(levels) == len(order)
    if not known or any(not 0 <= axis < rank for axis in blocks) or len(set(blocks)) < len(blocks):
        raise ValueError("names no axes of its own")
    at: dict[int, np.ndarray] = {}
    sizes: dict[int, int] = {}
    place = np.zeros(1, np.int64)
    for axis, level in zip(order, levels, strict=True):
        sizes[axis] = level["dense_size"]
        counts, place, found = _dense(sizes[axis], place) if level["format"] == _DENSE else _compressed(level, place)
        at = {a: np.repeat(c, counts) for a, c in at.items()} | {axis: found}
    blocked = {axis: rank + k for k, axis in enumerate(blocks)}
    return [at[a] * sizes[blocked[a]] + at[blocked[a]] if a in blocked else at[a] for a in range(rank)], place


_Level = tuple[np.ndarray, np.ndarray, np.ndarray]  # how many below each place, their places, their coordinates


def _dense(size: int, place: np.ndarray) -> _Level:
    if size < 0 or len(place) * size > MOST_SPARSE_ELEMENTS:
        raise ValueError(f"has {len(place):,} times {size:,} places")
    found = np.tile(np.arange(size), len(place))
    return np.full(len(place), size), np.repeat(place * size, size) + found, found


def _compressed(level: Table, place: np.ndarray) -> _Level:
    segments, indices = _index_vector(level, "array_segments"), _index_vector(level, "array_indices")
    if place.max(initial=-1) + 1 >= len(segments):
        raise ValueError("has too few segments")
    starts, counts = segments[place], segments[place + 1] - segments[place]
    if starts.min(initial=0) < 0 or counts.min(initial=0) < 0 or counts.sum() > MOST_SPARSE_ELEMENTS:
        raise ValueError("has segments that run backwards")
    below = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    if below.max(initial=-1) >= len(indices):
        raise ValueError("has too few indices")
    return counts, below, indices[below]


def _index_vector(level: Table, field: str) -> np.ndarray:
    name = _INDEX_VECTORS.get(level[f"{field}_type"])
    table = level.table(field, name) if name else None
    values = table["values"] if table else None
    if values is None:
        raise ValueError("has no indices")
    return (
        np.frombuffer(values.cut(), np.uint8).astype(np.int64)
        if isinstance(values, Span)
        else np.array(values, np.int64)
    )
