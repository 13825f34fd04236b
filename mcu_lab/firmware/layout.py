"""Where a plan's memories and Views are for the C runtime: numbers, bytes, and roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count

import numpy as np

from mcu_lab.errors import PlanError
from mcu_lab.firmware.c_text import identifier
from mcu_lab.graph.box import Box, Interval
from mcu_lab.ops.spec import Follow
from mcu_lab.plan.address import element_bytes, element_indices, is_dense
from mcu_lab.plan.codes import vectors_of
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import APPLICATION, Codebook, Plan, View

_LARGEST_OFFSET = 2**31 - 1
_LARGEST_COORDINATE = 2**30
#: In elements; no two elements of what verify follows lie further apart.
_LARGEST_STRIDE = 2**27
_LEAST_RANK = 4
#: Fields of a context, and what a model's C names end with.
_TAKEN = re.compile(
    "arena|weights|port|.*_t|init|reset|run|run_rows|memories|input|output|set_input|get_output|begin|push_rows|finish|"
    "start(_[0-9]+)?|arena_is_too_small|test_.*|memory_.*"
)


class Role(Enum):
    """Who provides a memory to the exported model."""

    CALLER = "caller"
    """A writable array that the caller hands over."""
    CONSTANT = "constant"
    """A const array in the generated sources."""
    PORT = "port"
    """Out of the core's reach: only the port's callbacks touch it."""


@dataclass(frozen=True)
class Bank:
    """One memory of the plan as the C code sees it. ``index`` is its number in the tables."""

    index: int
    memory: str
    c_name: str
    role: Role
    bytes: int


@dataclass(frozen=True)
class CView:
    """A View in bytes: one (lo, hi, stride) for each axis, padded on the left to the step's rank.

    ``tensor`` is for those who look for likeness; the C code does not see it.
    """

    tensor: int
    axes: tuple[tuple[int, int, int], ...]
    offset: int
    ring_rows: int
    ring_phase: int
    ring_axis: int | None
    memory: int


def banks(*plans: Plan) -> tuple[Bank, ...]:
    """The memories that plans for one device use, the arena first.

    Raises PlanError for one that 32-bit offsets cannot span.
    """
    plan = plans[0]
    memories = (b.memory for each in plans for b in each.buffers)
    used = tuple(dict.fromkeys((plan.device.arena, plan.device.constants, *memories)))
    found = tuple(
        Bank(i, name, c_name, _role(plan, name), max(arena_bytes(each, name) for each in plans))
        for i, (name, c_name) in enumerate(zip(used, _c_names(plan, used), strict=True))
    )
    for bank in found:
        if bank.bytes > _LARGEST_OFFSET:
            raise PlanError(f"needs {bank.bytes:,} bytes; the runtime counts in 32 bits.", where=bank.memory)
    return found


def _c_names(plan: Plan, memories: Sequence[str]) -> list[str]:
    """A name of its own for each memory, which nothing generated has: a field of the context, an array, an image."""
    names: list[str] = []
    for memory in memories:
        plain = {plan.device.constants: "weights", plan.device.arena: "arena"}.get(memory)
        if plain is None:
            plain = identifier(memory)
            plain = f"memory_{plain}" if _TAKEN.fullmatch(plain) else plain
        again = (f"{plain}_{number}" for number in count(2))
        names.append(plain if plain not in names else next(name for name in again if name not in names))
    return names


def _role(plan: Plan, memory: str) -> Role:
    if memory == APPLICATION or not plan.device.memory(memory).reach:
        return Role.PORT
    return Role.CALLER if plan.device.memory(memory).writable else Role.CONSTANT


def c_view(plan: Plan, numbers: dict[str, int], view: View, rank: int) -> CView:
    """The View in bytes; ``numbers`` maps memory names to table numbers.

    The C code reckons offsets modulo 2**32: what a stride gives and the offset takes again may be large.
    """
    buffer = plan.buffer[view.buffer]
    if buffer.offset is None:
        raise PlanError("has no offset; place it before export.", where=f"buffer {buffer.id}")
    tensor = plan.graph.tensors[view.tensor]
    if any(i.hi > _LARGEST_COORDINATE for i in view.box):
        raise PlanError(f"{view.box} is too long; the runtime counts in 32 bits.", where=f"tensor {tensor.name}")
    view = _in_range(view)
    unit = element_bytes(plan, view)
    pad = rank - len(view.box)
    # Along axes of size 1 in front nothing ever moves: no strides there, so that Views of one place are equal.
    still = next((i for i, n in enumerate(tensor.shape[:-1]) if n != 1), max(len(tensor.shape) - 1, 0))
    still = still if len(tensor.shape) == len(view.box) else 0
    if view.ring and view.ring.axis < still:
        view = unturned(view)
    strides = (0,) * still + tuple(s * unit for s in view.strides[still:])
    axes = tuple((i.lo, i.hi, s) for i, s in zip(view.box, strides, strict=True))
    return CView(
        tensor=view.tensor,
        axes=((0, 1, 0),) * pad + axes,
        offset=wrapped(buffer.offset + view.origin * unit),
        ring_rows=view.ring.rows if view.ring else 0,
        ring_phase=view.ring.phase if view.ring else 0,
        ring_axis=view.ring.axis + pad if view.ring else None,
        memory=numbers[buffer.memory],
    )


def codebook_view(plan: Plan, numbers: dict[str, int], name: str, rank: int) -> CView:
    """All of a codebook: its vectors along the last axis, their numbers along the one before it."""
    buffer = plan.buffer[name]
    assert isinstance(buffer.holds, Codebook) and buffer.offset is not None
    vectors = vectors_of(buffer.holds)
    axes = tuple((0, n, s) for n, s in zip(vectors.shape, vectors.strides, strict=True))
    padded = ((0, 1, 0),) * (rank - len(axes)) + axes
    return CView(-1, padded, buffer.offset, 0, 0, None, numbers[buffer.memory])


def wrapped(number: int) -> int:
    """As a 32-bit integer that counts modulo 2**32."""
    return (number + 2**31) % 2**32 - 2**31


def _in_range(view: View) -> View:
    """The same elements at the same places, without numbers that only cancel each other out."""
    if view.ring and (view.ring.rows > _LARGEST_STRIDE or abs(view.strides[view.ring.axis]) > _LARGEST_STRIDE):
        view = unturned(view)
    far = {a for a, (i, s) in enumerate(zip(view.box, view.strides, strict=True)) if abs(s) > _LARGEST_STRIDE}
    if not far:
        return view
    # Inside a buffer, only an axis with a single coordinate can have such a stride.
    origin = view.origin + sum(view.strides[a] * view.box[a].lo for a in far)
    return replace(view, origin=origin, strides=tuple(0 if a in far else s for a, s in enumerate(view.strides)))


def followed(view: View, follow: Follow) -> View:
    """The View without a ring that does not turn, where its kernel would not look whether it does."""
    return unturned(view) if view.ring and view.ring.axis not in follow.axes(len(view.box)) else view


def unturned(view: View) -> View:
    """The View without its ring. Raises PlanError for a box in which it turns."""
    assert view.ring
    axis, rows, phase = view.ring.axis, view.ring.rows, view.ring.phase
    if rows == 1 or view.strides[axis] == 0:  # wherever it turns, all lies in one place
        strides = tuple(0 if a == axis else s for a, s in enumerate(view.strides))
        return replace(view, strides=strides, ring=None)
    turn = (view.box[axis].lo + phase) // rows
    if turn != (view.box[axis].hi - 1 + phase) // rows:
        raise PlanError(f"turns in the middle of {view.box}.", where=f"the ring of buffer {view.buffer}")
    return replace(view, origin=view.origin + view.strides[axis] * (phase - turn * rows), ring=None)


def one_run(view: View) -> View | None:
    """A dense View as one run along one axis, with the elements in the same order; None for one with gaps."""
    if not is_dense(view) or not view.box.size:
        return None
    view = _in_range(view)
    first = sum(s * i.lo for s, i in zip(view.strides, view.box, strict=True))
    return View(view.buffer, view.tensor, Box.of((first, first + view.box.size)), view.origin, (1,))


def step_rank(views: tuple[View, ...]) -> int:
    """The rank that all Views of a step are padded to."""
    return max((_LEAST_RANK, *(len(v.box) for v in views)))


def whole_run(plan: Plan, view: View) -> Interval | None:
    """The bytes of the View's memory that hold its whole tensor as one row-major run; None where they do not."""
    run = one_run(view) if view.box == Box.full(plan.graph.tensors[view.tensor].shape) else None
    if run is None:
        return None
    unit = element_bytes(plan, view)
    start = (plan.buffer[view.buffer].offset or 0) + (run.origin + run.box[0].lo) * unit
    return Interval(start, start + run.box.size * unit)


def byte_offsets(plan: Plan, view: View) -> np.ndarray:
    """Where in its memory each byte of a View lies: int64, the box's shape and the bytes of an element."""
    unit = element_bytes(plan, view)
    start = plan.buffer[view.buffer].offset or 0
    return start + element_indices(view)[..., None] * unit + np.arange(unit)
