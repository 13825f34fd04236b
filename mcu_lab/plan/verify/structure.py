"""Is this a plan at all? What must hold before bytes can be followed: types, ids, ranks, boxes, extents.

A plan that fails here is not followed any further, because its steps do not mean anything definite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import ELEMENT_BYTES, Graph, Operator
from mcu_lab.ops import problems
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, View, views_of
from mcu_lab.plan.verify.budget import STEP_BYTES, VIEWS
from mcu_lab.plan.verify.cells import extent
from mcu_lab.plan.verify.codes import codebook_problems
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.values import SUM_BYTES
from mcu_lab.plan.verify.wellformed import graph_problems, type_problems

_HOLDS_VALUES = (Form.PLAIN,)


@dataclass(frozen=True)
class Named:
    """What the names in a plan stand for."""

    graph: Graph
    buffers: dict[str, Buffer]


def structure_problems(plan: Plan) -> Iterator[Problem]:
    """Everything that keeps the plan from being followed byte by byte."""
    found = False
    for problem in (*type_problems(plan), *graph_problems(plan)):
        found = True
        yield problem
    if found:
        return
    views = len(plan.at_start) + len(plan.at_end) + sum(len(views_of(step)) for step in plan.steps)
    if views > VIEWS:
        message = f"The plan has {views:,} Views; up to {VIEWS:,} are followed. Use larger tiles."
        yield Problem(ProblemCode.TOO_LARGE, None, None, message)
        return
    named = Named(plan.graph, {b.id: b for b in plan.buffers})
    yield from _duplicates(plan.buffers)
    yield from codebook_problems(plan)
    for view in plan.at_start:
        yield from _view_problems(named, view, None, (Form.PLAIN, Form.CODES))
    for view in plan.at_end:
        yield from _view_problems(named, view, None, _HOLDS_VALUES)
    for view in (*plan.at_start, *plan.at_end):
        yield from _too_large(named, (view,), None)
    unsupported = _unsupported(plan.graph)
    for index, step in enumerate(plan.steps):
        if step.id != index:
            yield Problem(
                ProblemCode.STEP_ID, index, None, f"The step at index {index} has id {step.id}. Number steps from 0."
            )
        if isinstance(step, Compute):
            yield from _compute_problems(named, step, index, unsupported)
        elif isinstance(step, Copy):
            yield from _view_problems(named, step.src, index, (Form.PLAIN, Form.CODES))
            yield from _view_problems(named, step.dst, index, _HOLDS_VALUES)
        yield from _too_large(named, views_of(step), index)


def _duplicates(buffers: Sequence[Buffer]) -> Iterator[Problem]:
    seen: set[str] = set()
    for buffer in buffers:
        if buffer.id in seen:
            yield Problem(
                ProblemCode.DUPLICATE_BUFFER, None, buffer.id, f"Two buffers are called {buffer.id}. Rename one."
            )
        seen.add(buffer.id)


def element_bytes(named: Named, view: View) -> int:
    """Bytes of one element of the view in its buffer."""
    if named.buffers[view.buffer].form is Form.SUMS:
        return SUM_BYTES
    return named.graph.tensors[view.tensor].element_bytes


def _view_problems(named: Named, view: View, step: int | None, forms: tuple[Form, ...]) -> Iterator[Problem]:
    def problem(code: ProblemCode, message: str) -> Problem:
        return Problem(code, step, view.buffer, message)

    buffer = named.buffers.get(view.buffer)
    if buffer is None:
        yield problem(
            ProblemCode.UNKNOWN_BUFFER,
            f"A View names buffer {view.buffer!r:.80}, which the plan does not have. Add it.",
        )
        return
    if not 0 <= view.tensor < len(named.graph.tensors):
        last = len(named.graph.tensors) - 1
        yield problem(ProblemCode.WRONG_TENSOR, f"A View holds tensor {view.tensor}; the graph's go from 0 to {last}.")
        return
    tensor = named.graph.tensors[view.tensor]
    if tensor.dtype not in ELEMENT_BYTES:
        yield problem(ProblemCode.UNSUPPORTED, f"{tensor} has a dtype without a fixed size; it cannot be in a plan.")
        return
    if buffer.form not in forms:
        allowed = " or ".join(f.value for f in forms)
        yield problem(
            ProblemCode.WRONG_FORM,
            f"A View of t{tensor.id} lies in the {buffer.form.value} buffer {buffer.id}. Use one of form {allowed}.",
        )
        return
    if not _is_part(view.box, tensor.shape):
        yield problem(ProblemCode.BOX, f"Box {view.box} is no part of {tensor}. Clip it to the tensor.")
        return
    ring = view.ring
    if ring is not None and not (0 <= ring.axis < len(tensor.shape) and 0 <= ring.phase < ring.rows):
        seen = f"A ring of {ring.rows} rows with phase {ring.phase} on axis {ring.axis} does not suit {tensor}."
        yield problem(ProblemCode.RING, f"{seen} Name one of its axes, and a phase below the rows.")
        return
    if buffer.form is Form.CODES:
        if not tensor.is_const:
            yield problem(ProblemCode.WRONG_FORM, f"Buffer {buffer.id} holds codes, but {tensor} is no constant.")
        elif (view.origin, view.ring) != (0, None) or view.strides != _row_major(tensor.shape):
            seen = f"The codes of {tensor} in buffer {buffer.id} follow its elements, which the View does not."
            yield problem(ProblemCode.WRONG_CODES, f"{seen} Give it origin 0 and row-major strides.")
        return
    if not view.box.size:
        return
    lowest, highest = extent(view)
    size = element_bytes(named, view)
    if lowest < 0 or (highest + 1) * size > buffer.bytes:
        yield problem(
            ProblemCode.OUTSIDE_BUFFER,
            f"t{tensor.id}{view.box} takes bytes {lowest * size}:{(highest + 1) * size} of {buffer.bytes} of "
            f"buffer {buffer.id}. Make the buffer larger, or correct origin and strides.",
        )


def _is_part(box: Box, shape: tuple[int, ...]) -> bool:
    """Of an axis of size 0, all that there is."""
    return len(box) == len(shape) and all(
        0 <= i.lo < i.hi <= n or (i.lo, i.hi, n) == (0, 0, 0) for i, n in zip(box, shape, strict=True)
    )


def _row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _too_large(named: Named, views: Sequence[View], step: int | None) -> Iterator[Problem]:
    tensors = named.graph.tensors
    known = (v for v in views if v.buffer in named.buffers and 0 <= v.tensor < len(tensors))
    whole = (v for v in known if _is_part(v.box, tensors[v.tensor].shape))
    touched_bytes = sum(v.box.size * element_bytes(named, v) for v in whole)
    if touched_bytes > STEP_BYTES:
        message = f"{touched_bytes:,} B are touched at once; up to {STEP_BYTES:,} are followed. Use smaller tiles."
        yield Problem(ProblemCode.TOO_LARGE, step, None, message)


def _compute_problems(
    named: Named, step: Compute, index: int, unsupported: Mapping[int, Sequence[str]]
) -> Iterator[Problem]:
    graph = named.graph
    if not 0 <= step.op < len(graph.operators):
        seen = f"The step runs operator {step.op}; the graph's go from 0 to {len(graph.operators) - 1}."
        yield Problem(ProblemCode.ARITY, index, None, seen)
        return
    op = graph.operators[step.op]
    for reason in unsupported.get(step.op, ()):
        yield Problem(ProblemCode.UNSUPPORTED, index, None, f"{op} cannot be executed: {reason}")
    if len(step.writes) != len(op.outputs) or len(step.reads) != len(op.inputs):
        yield Problem(
            ProblemCode.ARITY,
            index,
            None,
            f"{op} has {len(op.inputs)} inputs and {len(op.outputs)} outputs, but the step reads {len(step.reads)} and "
            f"writes {len(step.writes)}. Give one for each.",
        )
        return
    if step.reduce is None and not any(step.writes):
        yield Problem(ProblemCode.ARITY, index, None, f"The step runs {op} but writes nothing. Drop it.")
    yield from _slot_problems(named, step, op, index)
    if step.scratch is not None:
        scratch = named.buffers.get(step.scratch)
        if scratch is None:
            message = f"The step's scratch is buffer {step.scratch!r:.80}, which the plan does not have. Add it."
            yield Problem(ProblemCode.UNKNOWN_BUFFER, index, step.scratch, message)
        elif scratch.form is not Form.SCRATCH:
            message = f"The step's scratch {scratch.id} is a {scratch.form.value} buffer. Use one of form scratch."
            yield Problem(ProblemCode.WRONG_FORM, index, scratch.id, message)


def _slot_problems(named: Named, step: Compute, op: Operator, index: int) -> Iterator[Problem]:
    expected: list[tuple[View, int, str, tuple[Form, ...]]] = []
    for slot, (views, tensor) in enumerate(zip(step.reads, op.inputs, strict=True)):
        expected += [(v, tensor, f"input {slot}", _HOLDS_VALUES) for v in views]
    for slot, (write, tensor) in enumerate(zip(step.writes, op.outputs, strict=True)):
        expected += [(write, tensor, f"output {slot}", _HOLDS_VALUES)] if write else []
    if step.sums is not None:
        expected.append((step.sums, op.outputs[0] if op.outputs else -1, "the sums", (Form.SUMS,)))
    for view, tensor, place, forms in expected:
        if view.tensor != tensor:
            what = f"tensor {tensor}" if tensor >= 0 else "absent"
            message = f"{place} of {op} is {what}, but the View there holds tensor {view.tensor}."
            yield Problem(ProblemCode.WRONG_TENSOR, index, view.buffer, message[0].upper() + message[1:])
        else:
            yield from _view_problems(named, view, index, forms)


def _unsupported(graph: Graph) -> Mapping[int, Sequence[str]]:
    """Why operators cannot be executed, by their ids."""
    reasons: dict[int, list[str]] = {}
    for found in problems(graph):
        if found.op is not None:
            reasons.setdefault(found.op, []).append(found.reason)
    return reasons
