"""Constants in codes: is the codebook there, does each code name a vector of it, and is the constant what comes out?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mcu_lab.graph.ir import ELEMENT_BYTES
from mcu_lab.plan.model import Buffer, Codebook, Codes, Copy, Form, Plan, View
from mcu_lab.plan.verify.problem import Problem, ProblemCode

#: Two bytes number so many vectors, one byte so many.
_MOST_VECTORS, _ONE_BYTE = 1 << 16, 1 << 8


def codebook_problems(plan: Plan) -> Iterator[Problem]:
    """What keeps codes from being decoded at all. Of buffers whose fields have the right types."""
    for buffer in plan.buffers:
        fault = _fault(buffer, {b.id: b for b in plan.buffers})
        if fault:
            yield Problem(ProblemCode.CODEBOOK, None, buffer.id, fault)


def decoding_problems(plan: Plan) -> Iterator[Problem]:
    """Codes that give something else than their constant. Of a plan of sound structure."""
    buffers = {b.id: b for b in plan.buffers}
    for buffer in plan.buffers:
        if isinstance(buffer.holds, Codes):
            count = _count(_codebook(buffer.holds, buffers))
            last = int(_numbers(buffer.holds, count).max(initial=0))
            if last >= count:
                seen = f"Buffer {buffer.id} has code {last}, but codebook {buffer.holds.codebook} has {count} vectors"
                yield Problem(ProblemCode.CODE_RANGE, None, buffer.id, f"{seen}. Number its vectors from 0.")
    found: dict[tuple[str, int], bool] = {}
    for step, view in _coded_views(plan):
        buffer = buffers[view.buffer]
        if buffer.form is not Form.CODES or (buffer.id, view.tensor) in found:
            continue
        found[buffer.id, view.tensor] = True
        tensor = plan.graph.tensors[view.tensor]
        fault = _wrong(plan, buffer, view, buffers)
        if fault:
            message = f"Buffer {buffer.id} {fault} {tensor}. Code the constant anew."
            yield Problem(ProblemCode.WRONG_CODES, step, buffer.id, message)


def _coded_views(plan: Plan) -> Iterator[tuple[int | None, View]]:
    yield from ((None, view) for view in plan.at_start)
    yield from ((step.id, step.src) for step in plan.steps if isinstance(step, Copy))


def _fault(buffer: Buffer, buffers: dict[str, Buffer]) -> str:
    held = {Form.CODES: Codes, Form.CODEBOOK: Codebook}.get(buffer.form)
    if not isinstance(buffer.holds, held or type(None)):
        what = type(buffer.holds).__name__ if buffer.holds is not None else "nothing"
        return f"Buffer {buffer.id} is a {buffer.form.value} buffer, but holds {what}. Give it what its form asks for."
    if isinstance(buffer.holds, Codebook):
        return _codebook_fault(buffer, buffer.holds)
    if not isinstance(buffer.holds, Codes):
        return ""
    named = buffers.get(buffer.holds.codebook)
    if named is None or not isinstance(named.holds, Codebook):
        seen = f"Buffer {buffer.id} names the codebook {buffer.holds.codebook!r:.80}, which the plan does not have."
        return f"{seen} Add it."
    if _codebook_fault(named, named.holds):
        return ""  # told of the codebook
    if len(buffer.holds.numbers) % _number_bytes(_count(named.holds)) or len(buffer.holds.numbers) > buffer.bytes:
        seen = f"Buffer {buffer.id} of {buffer.bytes} B holds {len(buffer.holds.numbers)} B of codes"
        return f"{seen}, of {_number_bytes(_count(named.holds))} B each. Correct its size."
    return ""


def _codebook_fault(buffer: Buffer, codebook: Codebook) -> str:
    unit = codebook.length * ELEMENT_BYTES.get(codebook.dtype, 0)
    size = len(codebook.vectors)
    if unit <= 0 or not size or size % unit or size // unit > _MOST_VECTORS or size > buffer.bytes:
        seen = f"Codebook {buffer.id} has {size} B of vectors of {codebook.length} elements of {codebook.dtype!r:.20}"
        return f"{seen} in {buffer.bytes} B. Give it whole vectors, at most {_MOST_VECTORS:,}, and room for them."
    return ""


def _wrong(plan: Plan, buffer: Buffer, view: View, buffers: dict[str, Buffer]) -> str:
    """How what the codes say is not the constant of the View; empty when it is."""
    assert isinstance(buffer.holds, Codes)
    codebook = _codebook(buffer.holds, buffers)
    tensor = plan.graph.tensors[view.tensor]
    if tensor.dtype != codebook.dtype:
        return f"holds codes of {codebook.dtype} vectors for"
    numbers = _numbers(buffer.holds, _count(codebook))
    if len(numbers) != -(-tensor.elements // codebook.length):
        return f"holds {len(numbers)} codes of {codebook.length} elements for"
    unit = codebook.length * tensor.element_bytes
    vectors = np.frombuffer(codebook.vectors, np.uint8).reshape(-1, unit)
    made = vectors[np.minimum(numbers, len(vectors) - 1)].tobytes()[: tensor.bytes]
    return "" if made == tensor.data else "holds codes that do not decode to"


def _codebook(codes: Codes, buffers: dict[str, Buffer]) -> Codebook:
    codebook = buffers[codes.codebook].holds
    assert isinstance(codebook, Codebook)
    return codebook


def _count(codebook: Codebook) -> int:
    return len(codebook.vectors) // (codebook.length * ELEMENT_BYTES[codebook.dtype])


def _number_bytes(count: int) -> int:
    return 1 if count <= _ONE_BYTE else 2


def _numbers(codes: Codes, count: int) -> np.ndarray:
    return np.frombuffer(codes.numbers, "u1" if _number_bytes(count) == 1 else "<u2")
