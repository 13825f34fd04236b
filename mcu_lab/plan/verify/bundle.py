"""Do the plans of a bundle leave each other alone? What lasts of one is not written by another, byte by byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from mcu_lab.plan.bundle import Bundle, bundle_bytes, bundle_used_bytes
from mcu_lab.plan.codes import contents
from mcu_lab.plan.model import Codebook, Compute, Copy, Plan, View
from mcu_lab.plan.verify.budget import Budget
from mcu_lab.plan.verify.cells import byte_numbers
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.structure import Named, element_bytes

#: More plans are followed of no bundle.
PLANS = 64
_NOTHING, _STATE = -1, 256


def bundle_fault(bundle: Bundle) -> Problem | None:
    """Why this is no bundle at all."""
    plans = bundle.plans
    if not isinstance(plans, Mapping) or not 0 < len(plans) <= PLANS or not all(isinstance(n, str) for n in plans):
        message = f"A bundle maps names to plans, 1 to {PLANS} of them."
        return Problem(ProblemCode.MALFORMED, None, None, message)
    first = next(iter(plans.values()))
    for name, plan in plans.items():
        if isinstance(plan, Plan) and isinstance(first, Plan) and plan.device != first.device:
            message = "The plan is for another device than the first one. Lower it for the same."
            return Problem(ProblemCode.OTHER_DEVICE, None, None, message, name)
    return None


def apart_problems(bundle: Bundle) -> Iterator[Problem]:
    """What keeps plans, each of which is right alone, from taking turns."""
    yield from _too_much(bundle)
    yield from _codebooks(bundle)
    budget = Budget()
    ends: dict[str, int] = {}
    for plan in bundle.plans.values():
        for one in plan.buffers:
            ends[one.memory] = max(ends.get(one.memory, 0), one.end)
    lasts = {memory: np.full(end, _NOTHING, np.int16) for memory, end in ends.items()}
    for number, (name, plan) in enumerate(bundle.plans.items()):
        for buffer, cells, values in _lasting(plan, number, budget):
            held = lasts[plan.buffer[buffer].memory]
            conflict = (held[cells] != _NOTHING) & (held[cells] != values)
            if conflict.any():
                message = f"What lasts in buffer {buffer} lies on what lasts of another model. Place them apart."
                yield Problem(ProblemCode.SHARED_PLACE, None, buffer, message, name)
            held[cells] = values
    own = {memory: np.zeros(end, bool) for memory, end in ends.items()}
    for number, (name, plan) in enumerate(bundle.plans.items()):
        mine = [(plan.buffer[b].memory, cells) for b, cells, _ in _lasting(plan, number, budget)]
        for memory, cells in mine:
            own[memory][cells] = True
        yield from (replace(problem, model=name) for problem in _trespasses(plan, lasts, own, budget))
        for memory, cells in mine:
            own[memory][cells] = False


def _too_much(bundle: Bundle) -> Iterator[Problem]:
    """Constant memory that has room for each plan, and not for what all of them copy to RAM."""
    memory = bundle.device.memory(bundle.device.constants)
    taken = bundle_used_bytes(bundle, memory.name)
    if taken > memory.bytes >= bundle_bytes(bundle, memory.name):
        seen = f"Constants of all models take {taken:,} B of {memory.name}, which has {memory.bytes:,}"
        message = f"{seen}: those kept in SRAM come from there as well. Keep some elsewhere, or try a larger board."
        yield Problem(ProblemCode.CAPACITY, None, None, message)


def _codebooks(bundle: Bundle) -> Iterator[Problem]:
    found: dict[str, tuple[Codebook, str, int | None]] = {}
    for name, plan in bundle.plans.items():
        for buffer in plan.buffers:
            if isinstance(buffer.holds, Codebook):
                here = buffer.holds, buffer.memory, buffer.offset
                if found.setdefault(buffer.id, here) != here:
                    message = f"Codebook {buffer.id} is not that of another model. Rename it, or have one for both."
                    yield Problem(ProblemCode.OTHER_CODEBOOK, None, buffer.id, message, name)


def _lasting(plan: Plan, number: int, budget: Budget) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Buffers with numbers of bytes in their memory, and what lasts there: a constant's byte, or a model's state."""
    for view in plan.at_start:
        tensor = plan.graph.tensors[view.tensor]
        if plan.buffer[view.buffer].holds is not None or not (tensor.is_const or tensor.variable):
            continue
        cells = _cells(plan, view, budget)
        values = np.full(cells.shape, _STATE + number, np.int16)
        if tensor.is_const:
            part = np.ascontiguousarray(tensor.array[view.box.slices])
            values[...] = part.reshape(*view.box.shape, 1).view(np.uint8)
        yield view.buffer, cells, values
    for buffer in plan.buffers:
        if buffer.holds is not None:
            assert buffer.offset is not None
            data = np.frombuffer(contents(buffer), np.uint8)
            yield buffer.id, buffer.offset + np.arange(len(data)), data.astype(np.int16)


def _cells(plan: Plan, view: View, budget: Budget) -> np.ndarray:
    buffer = plan.buffer[view.buffer]
    assert buffer.offset is not None
    size = element_bytes(Named(plan.graph, {buffer.id: buffer}), view)
    budget.spend(view.box.size * size)
    return byte_numbers(view, buffer.offset, size)


def _trespasses(
    plan: Plan, lasts: Mapping[str, np.ndarray], own: Mapping[str, np.ndarray], budget: Budget
) -> Iterator[Problem]:
    """Where the plan, or the application for it, writes to what lasts of others and is not its own as well."""

    def others(memory: str, cells: np.ndarray | slice) -> bool:
        return bool(((lasts[memory][cells] != _NOTHING) & ~own[memory][cells]).any())

    def problem(step: int | None, buffer: str, what: str) -> Problem:
        message = f"{what} is written to buffer {buffer}, on what lasts of another model. Place them apart."
        return Problem(ProblemCode.TRESPASS, step, buffer, message)

    # Most buffers lie where nothing lasts at all; of the others every View is looked at.
    near = {b.id for b in plan.buffers if others(b.memory, slice(b.offset, b.end))}
    written: list[tuple[int | None, View]] = [
        (None, v)
        for v in plan.at_start
        if not (plan.graph.tensors[v.tensor].is_const or plan.graph.tensors[v.tensor].variable)
    ]
    for step in plan.steps:
        if isinstance(step, Compute):
            written += [(step.id, v) for v in (*step.writes, step.sums) if v]
            if step.scratch in near:
                yield problem(step.id, step.scratch, "Working memory")
        elif isinstance(step, Copy):
            written.append((step.id, step.dst))
    for at, view in written:
        if view.buffer in near and others(plan.buffer[view.buffer].memory, _cells(plan, view, budget)):
            yield problem(at, view.buffer, f"t{view.tensor}{view.box}")
