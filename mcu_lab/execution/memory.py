"""The memories of a device as byte arrays, read and written only through Views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from mcu_lab.errors import PlanError
from mcu_lab.execution.checksum import POISON
from mcu_lab.graph.box import Box
from mcu_lab.ops.spec import Region
from mcu_lab.plan.address import affine_pieces, element_bytes, element_indices
from mcu_lab.plan.codes import decoded, number_dtype, vectors_of
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Codebook, Codes, Form, Plan, View


def poisoned(plans: Iterable[Plan]) -> dict[str, np.ndarray]:
    """One uint8 array for each memory of these plans, as long as their buffers reach."""
    sizes: dict[str, int] = {}
    for plan in plans:
        for name in dict.fromkeys(b.memory for b in plan.buffers):
            sizes[name] = max(sizes.get(name, 0), arena_bytes(plan, name))
    return {name: np.full(size, POISON, dtype=np.uint8) for name, size in sizes.items()}


class Memories:
    """The memories of a plan as :func:`poisoned` makes them, at the Views of the plan."""

    def __init__(self, plan: Plan, held: dict[str, np.ndarray]) -> None:
        self._plan = plan
        self.bytes = held

    def array(self, view: View) -> np.ndarray:
        """The elements of a View without a ring: no copy, strided as they lie."""
        buffer = self._plan.buffer[view.buffer]
        sums = buffer.form is Form.SUMS
        dtype = np.dtype(np.int32) if sums else np.dtype(self._plan.graph.tensors[view.tensor].dtype)
        if view.box.size == 0:
            return np.empty(view.box.shape, dtype)
        first = view.origin + sum(s * i.lo for s, i in zip(view.strides, view.box, strict=True))
        # Where there is one element along an axis, its stride may be any number, also one that numpy cannot hold.
        strides = tuple(
            s * dtype.itemsize if i.hi - i.lo > 1 else 0 for s, i in zip(view.strides, view.box, strict=True)
        )
        assert buffer.offset is not None
        try:
            return np.ndarray(
                view.box.shape,
                dtype,
                self.bytes[buffer.memory],
                offset=buffer.offset + first * dtype.itemsize,
                strides=strides,
            )
        except (TypeError, ValueError, OverflowError) as error:  # numpy has one for each way of not fitting
            name, used = self._plan.graph.tensors[view.tensor].name, len(self.bytes[buffer.memory])
            raise PlanError(
                f"{name}{view.box} reaches beyond the {used} bytes of {buffer.memory} in use.",
                where=f"buffer {buffer.id}",
            ) from error

    def gather(self, view: View) -> np.ndarray:
        """The elements of any View, in the shape of its box; a copy when there is a ring, or when they are decoded."""
        codes = self._plan.buffer[view.buffer].holds
        if isinstance(codes, Codes):
            return self._decoded(view, codes)
        if view.ring is None:
            return self.array(view)
        axis = view.ring.axis
        pieces = [self.array(piece) for piece in affine_pieces(view)]
        return np.concatenate(pieces, axis) if pieces else self.array(replace(view, ring=None))

    def _decoded(self, view: View, codes: Codes) -> np.ndarray:
        """From the bytes that are there now, of codes and codebook."""
        codebook, tensor = self._plan.buffer[codes.codebook].holds, self._plan.graph.tensors[view.tensor]
        assert isinstance(codebook, Codebook)
        count = len(vectors_of(codebook))
        vectors = self._held(codes.codebook, np.dtype(codebook.dtype))[: count * codebook.length]
        numbers = self._held(view.buffer, number_dtype(count))
        elements = decoded(numbers, vectors.reshape(count, -1), tensor.elements)
        if elements.size < tensor.elements or elements.dtype != np.dtype(tensor.dtype):
            raise PlanError(f"has codes for other elements than {tensor}.", where=f"buffer {view.buffer}")
        return elements.reshape(tensor.shape)[view.box.slices]

    def _held(self, buffer_id: str, dtype: np.dtype) -> np.ndarray:
        """All that lies in a buffer, as far as there are whole elements."""
        buffer = self._plan.buffer[buffer_id]
        size = buffer.bytes // dtype.itemsize * dtype.itemsize
        return self.bytes[buffer.memory][buffer.offset : buffer.end][:size].view(dtype)

    def scatter(self, view: View, values: np.ndarray) -> None:
        """Write ``values``, in the shape of the View's box, where the View says."""
        for piece in affine_pieces(view):
            self.array(piece)[...] = values[piece.box.within(view.box)]

    def region(self, views: Sequence[View], needed: Box | None) -> Region | None:
        """What Views of one tensor hold together, at least ``needed``; None where nothing is.

        Raises PlanError when they do not hold all that is needed.
        """
        if needed is None or needed.size == 0:
            return None
        if not views:
            raise PlanError(f"has none of the {needed.size} elements {needed} that are needed.")
        if len(views) == 1 and needed in views[0].box:
            view = views[0]
            return Region(view.box, self.array(view)) if view.ring is None else Region(needed, self._cut(view, needed))
        values = np.empty(needed.shape, self.array(replace(views[0], ring=None, box=_nothing(needed))).dtype)
        missing = np.ones(needed.shape, dtype=bool)
        for view in views:
            common = view.box & needed
            if common.size:
                values[common.within(needed)] = self._cut(view, common)
                missing[common.within(needed)] = False
        if missing.any():
            name = self._plan.graph.tensors[views[0].tensor].name
            raise PlanError(f"reads only {missing.size - missing.sum()} of the {missing.size} elements {name}{needed}.")
        return Region(needed, values)

    def _cut(self, view: View, box: Box) -> np.ndarray:
        return self.gather(replace(view, box=box))

    def store(self, buffer_id: str, data: bytes) -> None:
        """Put bytes at the beginning of a buffer."""
        buffer = self._plan.buffer[buffer_id]
        self.bytes[buffer.memory][buffer.offset : buffer.end][: len(data)] = np.frombuffer(data, np.uint8)

    def poison(self, view: View) -> None:
        for piece in affine_pieces(view):
            array = self.array(piece)
            array[...] = np.full(array.dtype.itemsize, POISON, np.uint8).view(array.dtype)[0]

    def poison_buffer(self, buffer_id: str) -> None:
        buffer = self._plan.buffer[buffer_id]
        self.bytes[buffer.memory][buffer.offset : buffer.end] = POISON

    def addresses(self, view: View) -> np.ndarray:
        """Offsets in its memory of every byte of a View: int64, the box's shape and the bytes of an element."""
        size = element_bytes(self._plan, view)
        start = self._plan.buffer[view.buffer].offset
        assert start is not None
        return start + element_indices(view)[..., None] * size + np.arange(size)


def _nothing(box: Box) -> Box:
    return Box(tuple(replace(i, hi=i.lo) for i in box))
