"""One Compute: what it reads is there, what it needs is read, and nothing it writes is in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mcu_lab.graph.box import Interval
from mcu_lab.graph.ir import Operator
from mcu_lab.ops import SPECS
from mcu_lab.ops.spec import OpSpec, WriteBoxes
from mcu_lab.plan.model import Compute
from mcu_lab.plan.verify.access import granule_axes, last_reads, write_order
from mcu_lab.plan.verify.budget import RULE_BYTES
from mcu_lab.plan.verify.image import Image, Placed, disturbed, not_the_state, not_writable, out_of_reach
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.values import NOTHING
from mcu_lab.plan.verify.zero_copy import moves_nothing

#: Activations whose products and sums int32 holds whatever the order of the slices.
SUMMED_DTYPES = ("int8", "uint8", "int16")


@dataclass(frozen=True)
class Touched:
    """What a step touches, placed. ``reads`` and ``writes`` are (slot, view) pairs."""

    reads: tuple[tuple[int, Placed], ...]
    writes: tuple[tuple[int, Placed], ...]
    sums: Placed | None

    def all(self) -> Iterator[Placed]:
        yield from (placed for _, placed in self.reads)
        yield from self.written()

    def written(self) -> Iterator[Placed]:
        yield from (placed for _, placed in self.writes)
        if self.sums:
            yield self.sums


def follow(image: Image, step: Compute) -> Iterator[Problem]:
    """What is wrong with it, and its effect on the image."""
    op = image.graph.operators[step.op]
    spec = SPECS[op.kind]
    faults = tuple(_slice_problems(image, step, op, spec))
    yield from faults
    if faults:
        return
    boxes: WriteBoxes = (step.sums.box,) if step.sums else tuple(v.box if v else None for v in step.writes)
    yield from _uncovered(image, step, op, spec, boxes)

    touched = Touched(
        tuple((slot, image.place(v)) for slot, views in enumerate(step.reads) for v in views),
        tuple((slot, image.place(v)) for slot, v in enumerate(step.writes) if v),
        image.place(step.sums) if step.sums else None,
    )
    yield from (out_of_reach(step.id, placed) for placed in touched.all() if not placed.memory.reach)
    yield from (not_writable(step.id, placed) for placed in touched.written() if not placed.memory.writable)
    yield from _found(image, step, op, touched)
    yield from _scratch(image, step, op, spec.scratch_bytes(image.graph, op, boxes), touched)
    yield from _overlaps(image, step, op, spec, touched)
    yield from _left_behind(image, step, op, touched)


def _slice_problems(image: Image, step: Compute, op: Operator, spec: OpSpec) -> Iterator[Problem]:
    def problem(message: str) -> Problem:
        return Problem(ProblemCode.REDUCE, step.id, step.sums.buffer if step.sums else None, message)

    if step.reduce is None and step.sums is None:
        return
    if step.reduce is None or step.sums is None:
        yield problem("A step has a slice and sums, or neither. Give both.")
        return
    dtype = image.graph.tensors[op.inputs[0]].dtype
    axis = spec.reduce_axis(image.graph, op)
    summable = spec.accumulate is not None and spec.finish is not None and axis is not None
    if not summable or axis is None or len(op.outputs) != 1 or dtype not in SUMMED_DTYPES:
        yield problem(f"{op} on {dtype} cannot take its input in slices. Split its output instead.")
        return
    piece, write, extent = step.reduce, step.writes[0], image.graph.tensors[op.inputs[0]].shape[axis]
    if not 0 <= piece.lo < piece.hi <= extent:
        yield problem(f"The slice {piece} is no part of axis {axis} of {op}'s input, 0:{extent}. Clip it.")
    elif (write is not None) != (piece.hi == extent):
        does = "writes" if write else "does not write"
        yield problem(f"The slice {piece} of 0:{extent} {does} the output. Let the last slice do so, only it.")
    elif write is not None and write.box != step.sums.box:
        yield problem(
            f"The sums are those of {step.sums.box}, but the output written is {write.box}. Make them the same."
        )


def _uncovered(image: Image, step: Compute, op: Operator, spec: OpSpec, boxes: WriteBoxes) -> Iterator[Problem]:
    image.budget.spend(RULE_BYTES)
    for slot, box in enumerate(spec.needs(image.graph, op, boxes, step.reduce)):
        missing = image.uncovered(box, step.reads[slot]) if box is not None and box.size else 0
        if missing:
            seen = ", ".join(str(v.box) for v in step.reads[slot]) or "nothing"
            message = f"Input {slot} of {op} needs {box}, but the step reads {seen}: {missing} elements are missing."
            buffer = step.reads[slot][0].buffer if step.reads[slot] else None
            yield Problem(ProblemCode.UNCOVERED_READ, step.id, buffer, f"{message} Widen the read.")


def _found(image: Image, step: Compute, op: Operator, touched: Touched) -> Iterator[Problem]:
    for slot, placed in touched.reads:
        version = image.values.version_read_by(op, placed.view.tensor)
        yield from image.expect_tensor(step.id, placed, version, f"Input {slot} of {op}")
    if touched.sums and step.reduce and step.reduce.lo > 0:
        tags = image.values.of_sums(op.outputs[0], touched.sums.view.box, step.reduce.lo)
        yield from image.expect(step.id, touched.sums, tags, f"Slice {step.reduce} of {op}", ProblemCode.WRONG_SUMS)


def _left_behind(image: Image, step: Compute, op: Operator, touched: Touched) -> Iterator[Problem]:
    if touched.sums and step.reduce:
        tags = image.values.of_sums(op.outputs[0], touched.sums.view.box, step.reduce.hi)
        yield from image.store(step.id, touched.sums, tags)
    for _, placed in touched.writes:
        version = image.values.versions(placed.view.tensor)[-1]
        tags = image.values.of_tensor(placed.view.tensor, placed.view.box, version)
        yield from image.store(step.id, placed, tags)


def _scratch(image: Image, step: Compute, op: Operator, wanted_bytes: int, touched: Touched) -> Iterator[Problem]:
    def problem(code: ProblemCode, message: str) -> Problem:
        return Problem(code, step.id, step.scratch, message)

    buffer = image.buffer(step.scratch) if step.scratch is not None else None
    if (buffer.bytes if buffer else 0) < wanted_bytes:
        given = f"scratch {buffer.id} has {buffer.bytes}" if buffer else "the step names no scratch"
        message = f"The kernel of {op} needs {wanted_bytes} B of working memory, but {given}. Give it as much."
        yield problem(ProblemCode.SCRATCH, message)
    if buffer is None:
        return
    memory, shadow = image.memory(buffer.id), image.shadow(buffer.id)
    if not memory.reach or not memory.writable:
        code = ProblemCode.READ_ONLY if memory.reach else ProblemCode.OUT_OF_REACH
        yield problem(code, f"Scratch {buffer.id} lies in {memory.name}. Place it in the arena.")
    assert buffer.offset is not None
    image.budget.spend(buffer.bytes)
    for placed in touched.all():
        if placed.memory.name != memory.name or not placed.span & Interval(buffer.offset, buffer.end):
            continue
        if ((placed.cells >= buffer.offset) & (placed.cells < buffer.end)).any():
            other = f"t{placed.view.tensor} in buffer {placed.view.buffer}"
            message = f"Scratch {buffer.id} shares bytes with {other}, which the same step uses. Place them apart."
            yield problem(ProblemCode.OVERLAP, message)
    cells = slice(buffer.offset, buffer.end)
    if not shadow.may_write(cells):
        yield disturbed(step.id, buffer.id)
    if not shadow.may_hold(cells, NOTHING):
        yield not_the_state(step.id, buffer.id, "Working memory")
    shadow.destroy(cells)


def _overlaps(image: Image, step: Compute, op: Operator, spec: OpSpec, touched: Touched) -> Iterator[Problem]:
    writes = [placed for _, placed in touched.writes]
    apart = [(one, other) for number, one in enumerate(writes) for other in writes[number + 1 :]]
    if touched.sums:
        apart += [(touched.sums, other) for other in touched.all() if other is not touched.sums]
    for one, other in apart:
        if image.share_bytes(one, other):
            yield _overlap(step, one, other, "Place them apart.")

    sharing = [
        (w, r)
        for w in touched.writes
        for r in touched.reads
        if image.share_bytes(w[1], r[1]) and not ((r[0], w[0]) in spec.updates and r[1].view == w[1].view)
    ]
    first = {id(views[0]) for views in step.reads if views}
    reads = [placed for _, placed in touched.reads if id(placed.view) in first]
    if not sharing or moves_nothing(image.graph, op, spec, reads, writes, image.budget):
        return
    for (output, write), (slot, read) in sharing:
        axes = granule_axes(spec.access, image.graph.tensors[write.view.tensor].shape)
        if axes is None or len(writes) > 1 or touched.sums:
            yield _overlap(step, write, read, f"{op.kind} promises no order of access here: place them apart.")
            continue
        box = write.view.box
        last = last_reads(spec, image.graph, op, (slot, output), (read.view.box, box), axes, image.budget)
        early = image.shadow(write.view.buffer).overwritten_too_early(
            write.cells,
            np.broadcast_to(write_order(box, axes)[..., None], write.cells.shape),
            read.cells,
            np.broadcast_to(last[..., None], read.cells.shape),
        )
        if early.any():
            needed = f"{op.kind} still needs {int(early.sum())} of the bytes when it overwrites them"
            yield _overlap(step, write, read, f"{needed}: move the output down, or apart.")


def _overlap(step: Compute, one: Placed, other: Placed, hint: str) -> Problem:
    first, second = (f"t{placed.view.tensor} in buffer {placed.view.buffer}" for placed in (one, other))
    message = f"The step writes {first}, which shares bytes with {second} that it uses too. {hint}"
    return Problem(ProblemCode.OVERLAP, step.id, one.view.buffer, message)
