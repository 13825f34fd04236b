"""Where buffers lie: memory, offset, capacity, alignment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mcu_lab.device.model import Device, Memory
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes
from mcu_lab.plan.model import APPLICATION, Buffer, Form, Plan, views_of
from mcu_lab.plan.verify.budget import MEMORY_BYTES, STEP_BYTES
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.structure import Named, element_bytes

_APPLICATION = Memory(APPLICATION, "external", 1 << 62, alignment=1, reach=False, writable=False)


def memories_of(device: Device) -> Mapping[str, Memory]:
    return {**{m.name: m for m in device.memories}, APPLICATION: _APPLICATION}


def unplaced(plan: Plan) -> Iterator[Problem]:
    """Buffers that are nowhere, or too far up or too large for every byte to be followed."""
    memories = memories_of(plan.device)
    for buffer in plan.buffers:
        if buffer.memory not in memories:
            message = f"Buffer {buffer.id} lies in {buffer.memory!r:.80}, but the device has {', '.join(memories)}."
            yield Problem(ProblemCode.UNKNOWN_MEMORY, None, buffer.id, message)
        if buffer.offset is None or buffer.offset < 0:
            message = f"Buffer {buffer.id} has offset {buffer.offset}. Place it with a search, or pin it."
            yield Problem(ProblemCode.UNPLACED, None, buffer.id, message)
        elif buffer.end > MEMORY_BYTES:
            message = f"Buffer {buffer.id} ends at {buffer.end:,}; bytes up to {MEMORY_BYTES:,} are followed."
            yield Problem(ProblemCode.TOO_LARGE, None, buffer.id, f"{message} Place it lower.")
        elif buffer.form in (Form.SCRATCH, Form.CODES, Form.CODEBOOK) and buffer.bytes > STEP_BYTES:
            message = f"Buffer {buffer.id} has {buffer.bytes:,} B; up to {STEP_BYTES:,} are followed. Make it smaller."
            yield Problem(ProblemCode.TOO_LARGE, None, buffer.id, message)


def misplaced(plan: Plan) -> Iterator[Problem]:
    """Buffers that stick out of their memory, or lie askew in it."""
    memories = memories_of(plan.device)
    elements = _largest_elements(plan)
    for buffer in plan.buffers:
        memory = memories[buffer.memory]
        if buffer.end > memory.bytes:
            seen = f"Buffer {buffer.id} ends at byte {buffer.end:,} of {memory.name}, which has {memory.bytes:,}"
            message = f"{seen}: {buffer.end - memory.bytes:,} too many. Try fit, or a larger board."
            yield Problem(ProblemCode.CAPACITY, None, buffer.id, message)
        yield from _askew(buffer, memory, elements.get(buffer.id, 1))
    constants = memories.get(plan.device.constants)
    if constants and (taken := flash_bytes(plan)) > constants.bytes >= arena_bytes(plan, constants.name):
        seen = f"Constants take {taken:,} B of {constants.name}, which has {constants.bytes:,}"
        message = f"{seen}: those kept in SRAM come from there as well. Keep some elsewhere, or try a larger board."
        yield Problem(ProblemCode.CAPACITY, None, None, message)


def _askew(buffer: Buffer, memory: Memory, element_bytes: int) -> Iterator[Problem]:
    assert buffer.offset is not None
    whose = {memory.alignment: f"memory {memory.name}", buffer.alignment: "the buffer", element_bytes: "an element"}
    for alignment, owner in whose.items():
        if buffer.offset % alignment:
            seen = f"Buffer {buffer.id} lies at byte {buffer.offset}, no multiple of {alignment} as {owner} asks for."
            better = -(-buffer.offset // alignment) * alignment
            yield Problem(ProblemCode.ALIGNMENT, None, buffer.id, f"{seen} Try {better}.")
            return


def _largest_elements(plan: Plan) -> dict[str, int]:
    """Buffer id -> bytes of the largest element that a View places in it. Codes are read byte by byte."""
    named = Named(plan.graph, {b.id: b for b in plan.buffers})
    largest: dict[str, int] = {}
    for view in (*plan.at_start, *(v for step in plan.steps for v in views_of(step)), *plan.at_end):
        if named.buffers[view.buffer].form is not Form.CODES:
            largest[view.buffer] = max(largest.get(view.buffer, 1), element_bytes(named, view))
    return largest
