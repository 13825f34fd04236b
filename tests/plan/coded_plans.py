"""Plans with constants in codes, made from plans that read them as they are; to the byte, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mcu_lab.lowering.place import placed
from mcu_lab.plan.address import dense_view
from mcu_lab.plan.codes import encoded
from mcu_lab.plan.model import Buffer, Codebook, Compute, Copy, Form, Plan, Step, View

BOOK = "book"


def codebook_of(arrays: Sequence[np.ndarray], length: int) -> Codebook:
    """All vectors that these arrays of one dtype are made of, each once."""
    rows = []
    for array in arrays:
        flat = array.reshape(-1)
        rows.append(np.pad(flat, (0, -flat.size % length)).reshape(-1, length))
    return Codebook(length, arrays[0].dtype.name, np.unique(np.concatenate(rows), axis=0).tobytes())


def coded(
    plan: Plan, tensors: Sequence[int], length: int, *, book: Codebook | None = None, memory: str | None = None
) -> Plan:
    """Constants, each read where it lies by whole operators, in codes of one codebook; decoded before they are read.

    ``memory``: where codes and codebook lie, if not in the device's constant memory.
    """
    memory = memory or plan.device.constants
    book = book or codebook_of([plan.graph.tensors[t].array for t in tensors], length)
    size = len(book.vectors)
    buffers = [b for b in plan.buffers if b.id not in {f"c{t}" for t in tensors}]
    buffers.append(Buffer(BOOK, memory, size, 4, None, (size,), book.dtype, Form.CODEBOOK, book))
    views: dict[int, View] = {}
    for t in tensors:
        tensor = plan.graph.tensors[t]
        codes = encoded(tensor.array, BOOK, book)
        count = len(codes.numbers)
        buffers.append(Buffer(f"k{t}", memory, count, 4, None, (count,), "uint8", Form.CODES, codes))
        buffers.append(Buffer(f"d{t}", plan.device.arena, tensor.bytes, 4, None, tensor.shape, tensor.dtype))
        views[t] = dense_view(f"d{t}", t, tensor.shape)
    steps: list[Step] = []
    seen: set[int] = set()
    for step in plan.steps:
        assert isinstance(step, Compute)
        for t in {v.tensor for slot in step.reads for v in slot} & views.keys() - seen:
            seen.add(t)
            steps.append(Copy(len(steps), replace(views[t], buffer=f"k{t}"), views[t]))
        reads = tuple(
            tuple(replace(v, buffer=f"d{v.tensor}") if v.tensor in views else v for v in slot) for slot in step.reads
        )
        steps.append(replace(step, id=len(steps), reads=reads))
    start = tuple(replace(v, buffer=f"k{v.tensor}") if v.tensor in views else v for v in plan.at_start)
    unplaced = tuple(replace(b, offset=None) for b in buffers)
    return placed(replace(plan, buffers=unplaced, steps=tuple(steps), at_start=start), {})
