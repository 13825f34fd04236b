"""Where a plan's memories and Views are for the C runtime: numbers, bytes, and roles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from mcu_lab.errors import PlanError
from mcu_lab.firmware.c_text import identifier
from mcu_lab.graph.box import Box, Interval
from mcu_lab.plan.address import element_bytes, element_indices, is_dense
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import APPLICATION, Plan, View

_LARGEST_OFFSET = 2**31 - 1
_LEAST_RANK = 4
_ROW_AXIS = 1
_WINDOWED = ("conv_2d", "depthwise_conv_2d", "average_pool_2d", "max_pool_2d")
#: Kernels that look anew where a ring turns or a View ends along the last axis, too.
_ANY_AXIS = ("copy", "move", "fully_connected")
_SPLIT_ANYWHERE = ("concatenation", "move", "fully_connected")


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


def banks(plan: Plan) -> tuple[Bank, ...]:
    """The memories that the plan uses, the arena first. Raises PlanError for one that 32-bit offsets cannot span."""
    used = dict.fromkeys((plan.device.arena, plan.device.constants, *(b.memory for b in plan.buffers)))
    found = tuple(
        Bank(i, name, _c_name(plan, name), _role(plan, name), arena_bytes(plan, name)) for i, name in enumerate(used)
    )
    for bank in found:
        if bank.bytes > _LARGEST_OFFSET:
            raise PlanError(f"needs {bank.bytes:,} bytes; the runtime counts in 32 bits.", where=bank.memory)
    return found


def _c_name(plan: Plan, memory: str) -> str:
    return {plan.device.arena: "arena", plan.device.constants: "weights"}.get(memory, identifier(memory))


def _role(plan: Plan, memory: str) -> Role:
    if memory == APPLICATION or not plan.device.memory(memory).reach:
        return Role.PORT
    return Role.CALLER if plan.device.memory(memory).writable else Role.CONSTANT


def c_view(plan: Plan, numbers: dict[str, int], view: View, rank: int) -> CView:
    """The View in bytes; ``numbers`` maps memory names to table numbers."""
    buffer = plan.buffer[view.buffer]
    if buffer.offset is None:
        raise PlanError("has no offset; place it before export.", where=f"buffer {buffer.id}")
    unit = element_bytes(plan, view)
    pad = rank - len(view.box)
    shape = plan.graph.tensors[view.tensor].shape
    # Along axes of size 1 in front nothing ever moves: no strides there, so that Views of one place are equal.
    still = next((i for i, n in enumerate(shape[:-1]) if n != 1), max(len(shape) - 1, 0))
    still = still if len(shape) == len(view.box) else 0
    strides = (0,) * still + tuple(s * unit for s in view.strides[still:])
    axes = tuple((i.lo, i.hi, s) for i, s in zip(view.box, strides, strict=True))
    return CView(
        tensor=view.tensor,
        axes=((0, 1, 0),) * pad + axes,
        offset=buffer.offset + view.origin * unit,
        ring_rows=view.ring.rows if view.ring else 0,
        ring_phase=view.ring.phase if view.ring else 0,
        ring_axis=view.ring.axis + pad if view.ring else None,
        memory=numbers[buffer.memory],
    )


def check_rings(kernel: str, views: Iterable[View], step: int) -> None:
    """Raises PlanError for a ring along which a kernel walks straight on.

    ``kernel`` is a family of kernels. Those with windows find rows alone, and most take what lies along the last axis
    for one run.
    """
    for view in (v for v in views if v.ring):
        assert view.ring
        axis, last = view.ring.axis, len(view.box) - 1
        if (kernel in _WINDOWED and axis != _ROW_AXIS) or (kernel not in _ANY_AXIS and axis == last):
            raise PlanError(
                f"has a ring along axis {axis} of tensor {view.tensor}, which the kernel {kernel} cannot follow.",
                where=f"step {step}",
            )


def check_split(kernel: str, slots: Iterable[tuple[View, ...]], step: int) -> None:
    """Raises PlanError for an input in several Views that a kernel takes for one.

    Kernels with windows and FULLY_CONNECTED look for the View of a row in their first input alone; those with windows
    find rows alone, and most kernels take what lies along the last axis for one run.
    """
    for number, slot in enumerate(slots):
        if len(slot) < 2:
            continue
        boxes = [v.box for v in slot]
        last = len(boxes[0]) - 1
        split = {axis for axis in range(last + 1) if len({box[axis] for box in boxes}) > 1}
        found_by = {_ROW_AXIS} if kernel in _WINDOWED else set(range(last + 1 if kernel in _SPLIT_ANYWHERE else last))
        first_alone = kernel in _WINDOWED or kernel == "fully_connected"
        if not split <= found_by or (first_alone and number):
            raise PlanError(
                f"reads input {number} in {len(slot)} parts along {'axes' if len(split) > 1 else 'axis'} "
                f"{', '.join(map(str, sorted(split)))}, which the kernel {kernel} cannot follow.",
                where=f"step {step}",
            )


def one_run(view: View) -> View | None:
    """A dense View as one run along one axis, with the elements in the same order; None for one with gaps."""
    if not is_dense(view) or not view.box.size:
        return None
    first = sum(s * i.lo for s, i in zip(view.strides, view.box, strict=True))
    return View(view.buffer, view.tensor, Box.of((first, first + view.box.size)), view.origin, (1,))


def step_rank(views: tuple[View, ...]) -> int:
    """The rank that all Views of a step are padded to."""
    return max((_LEAST_RANK, *(len(v.box) for v in views)))


def bytes_of(plan: Plan, view: View) -> Interval:
    """The bytes of the View's memory that hold a View without gaps. Raises PlanError for one with gaps."""
    indices = element_indices(view).reshape(-1)
    first = int(indices[0]) if indices.size else 0
    if indices.size and not bool((indices == range(first, first + indices.size)).all()):
        raise PlanError("must lie dense in its memory to be initialised.", where=f"tensor {view.tensor}")
    start = (plan.buffer[view.buffer].offset or 0) + first * element_bytes(plan, view)
    return Interval(start, start + indices.size * element_bytes(plan, view))
