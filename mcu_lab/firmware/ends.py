"""Tensors that come from outside a run or leave it, as row-major arrays beside the Views that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcu_lab.errors import PlanError
from mcu_lab.firmware.layout import Bank, CView, Role, byte_offsets, c_view, step_rank, whole_run, wrapped
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Tensor
from mcu_lab.plan.address import dense_strides
from mcu_lab.plan.codes import contents
from mcu_lab.plan.model import Form, Plan, View


@dataclass(frozen=True)
class Array:
    """As mcu_tensor_t in mcu_lab.h. ``strides`` in bytes, one for each axis of the Views; none where they follow."""

    views: tuple[CView, ...]
    strides: tuple[int, ...]
    element_bytes: int


@dataclass(frozen=True)
class Start:
    """What has to lie in a caller's memory before the first run: ``value`` in every byte, or what is stored.

    ``run`` are its bytes where the tensor lies there whole, as one run.
    """

    view: View
    value: int | None
    run: Interval | None


def input_views(plan: Plan) -> tuple[tuple[View, ...], ...]:
    """For each input where the caller's values go: nowhere for a constant, or for one that nothing reads."""
    tensors = plan.graph.tensors
    return tuple(
        tuple(v for v in plan.at_start if v.tensor == t and not tensors[t].is_const) for t in plan.graph.inputs
    )


def output_views(plan: Plan) -> tuple[tuple[View, ...], ...]:
    """For each output where its values come from."""
    return tuple(tuple(v for v in plan.at_end if v.tensor == t) for t in plan.graph.outputs)


def stored(tensor: Tensor) -> np.ndarray:
    """What a constant, or a variable before the first run, holds."""
    return tensor.array if tensor.is_const else tensor.fresh


def starts(plan: Plan, found: Iterable[Bank]) -> tuple[Start, ...]:
    """The constants and variables of memories that the caller provides."""
    writable = {bank.memory for bank in found if bank.role is Role.CALLER}
    for buffer in plan.buffers:
        if buffer.holds is not None and buffer.memory in writable:
            seen = f"is in codes, or a codebook, and lies in {buffer.memory}, where an export puts none of them."
            raise PlanError(seen, where=f"buffer {buffer.id}", hint="Keep it in constant memory.")
    held = [v for v in plan.at_start if plan.buffer[v.buffer].memory in writable]
    return tuple(
        Start(view, None if tensor.is_const else tensor.fresh_byte, whole_run(plan, view))
        for view, tensor in ((v, plan.graph.tensors[v.tensor]) for v in held)
        if tensor.is_const or tensor.variable
    )


@dataclass(frozen=True)
class Arrays:
    """All arrays of an export: of its inputs, its outputs, and of what init scatters."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    starts: tuple[Array, ...]

    @property
    def all(self) -> tuple[Array, ...]:
        return (*self.inputs, *self.outputs, *self.starts)


def arrays(plan: Plan, found: Sequence[Bank]) -> Arrays:
    numbers = {b.memory: b.index for b in found}

    def array(tensor: int, views: tuple[View, ...], *, one_value: bool = False) -> Array:
        held = plan.graph.tensors[tensor]
        rank = step_rank(views)
        strides = [0] * (rank - len(held.shape))
        strides += [0 if one_value else wrapped(s * held.element_bytes) for s in dense_strides(held.shape)]
        follow = not views or (len(views) == 1 and views[0].box == Box.full(held.shape) and not one_value)
        placed = tuple(c_view(plan, numbers, v, rank) for v in views)
        return Array(placed, () if follow else tuple(strides), held.element_bytes)

    graph = plan.graph
    return Arrays(
        tuple(array(t, views) for t, views in zip(graph.inputs, input_views(plan), strict=True)),
        tuple(array(t, views) for t, views in zip(graph.outputs, output_views(plan), strict=True)),
        tuple(
            array(s.view.tensor, (s.view,), one_value=s.value is not None) for s in starts(plan, found) if s.run is None
        ),
    )


def places(views: Iterable[CView]) -> tuple[CView, ...]:
    """The Views without what C does not see of them."""
    return tuple(replace(v, tensor=-1) for v in views)


def image(plans: Iterable[Plan], bank: Bank) -> bytes:
    """What a memory holds before the first run: constants, codes and fresh variables of all plans, gaps zero."""
    held = np.zeros(bank.bytes, dtype=np.uint8)
    for plan in plans:
        _put_plan(plan, bank, held)
    return held.tobytes()


def _put_plan(plan: Plan, bank: Bank, held: np.ndarray) -> None:
    for view in (v for v in plan.at_start if plan.buffer[v.buffer].memory == bank.memory):
        tensor = plan.graph.tensors[view.tensor]
        run = whole_run(plan, view)
        if not (tensor.is_const or tensor.variable) or plan.buffer[view.buffer].form is Form.CODES:
            continue
        values = stored(tensor)
        if run:
            held[run.lo : run.hi] = np.frombuffer(values.tobytes(), dtype=np.uint8)
        else:
            part = np.ascontiguousarray(values[view.box.slices])
            held[byte_offsets(plan, view)] = part.reshape(*view.box.shape, 1).view(np.uint8)
    for buffer in (b for b in plan.buffers if b.memory == bank.memory):
        held[buffer.offset :][: len(contents(buffer))] = np.frombuffer(contents(buffer), dtype=np.uint8)
