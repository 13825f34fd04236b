"""What holds before the first step, and what must hold after the last one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mcu_lab.graph.box import Box
from mcu_lab.plan.model import APPLICATION, Form, View
from mcu_lab.plan.verify.image import Image, out_of_reach
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.values import NOTHING


def start(image: Image) -> Iterator[Problem]:
    """Fill the image with constants, inputs and variables."""
    for view in image.plan.at_start:
        tensor = image.graph.tensors[view.tensor]
        if not (tensor.is_const or tensor.variable or tensor.id in image.graph.inputs):
            message = f"Buffer {view.buffer} claims to hold {tensor} before the first step, but an operator makes it."
            yield Problem(ProblemCode.START_TENSOR, None, view.buffer, f"{message} Take it out of at_start.")
            continue
        memory = image.memory(view.buffer)
        if not (tensor.is_const or memory.writable or memory.name == APPLICATION):
            message = (
                f"{tensor} changes from one inference to the next, but buffer {view.buffer} lies in {memory.name}."
            )
            yield Problem(ProblemCode.READ_ONLY, None, view.buffer, f"{message} Put it into writable memory.")
        if image.buffer(view.buffer).form is not Form.CODES:
            yield from _fill(image, view)
        if tensor.variable:
            image.keep(image.place(view))
    coded = {view.buffer for view in image.plan.at_start}
    for buffer in image.plan.buffers:
        if buffer.form is Form.CODEBOOK or (buffer.form is Form.CODES and buffer.id in coded):
            cells, tags = slice(buffer.offset, buffer.end), image.values.of_codes(buffer)
            yield from _put(image, buffer.id, cells, tags, f"what buffer {buffer.id} holds")


def _put(image: Image, buffer: str, cells: np.ndarray | slice, tags: np.ndarray, what: str) -> Iterator[Problem]:
    shadow = image.shadow(buffer)
    held = shadow.tags[cells]
    conflict = (held != NOTHING) & (held != tags)
    shadow.tags[cells] = tags
    if conflict.any():
        other = image.values.describe(int(held[conflict][0]))
        message = f"Before the first step {what} lies on {other}. Place them apart."
        yield Problem(ProblemCode.START_CONFLICT, None, buffer, message)


def _fill(image: Image, view: View) -> Iterator[Problem]:
    shadow = image.shadow(view.buffer)
    cells, tags = image.place(view).cells, image.values.of_tensor(view.tensor, view.box)
    conflicts = tuple(_put(image, view.buffer, cells, tags, f"t{view.tensor}{view.box}"))
    yield from conflicts
    if not conflicts and (shadow.tags[cells] != tags).any():
        message = f"Elements of t{view.tensor}{view.box} lie on top of each other. Correct the strides."
        yield Problem(ProblemCode.SELF_OVERWRITE, None, view.buffer, message)


def end(image: Image) -> Iterator[Problem]:
    """Every output is complete, and what lasts from one inference to the next has lasted."""
    for view in image.plan.at_end:
        placed = image.place(view)
        if not placed.memory.reach:
            yield out_of_reach(None, placed)
        yield from image.expect_tensor(None, placed, image.values.versions(view.tensor)[-1], "The end of the plan")
    for output in dict.fromkeys(image.graph.outputs):
        tensor = image.graph.tensors[output]
        missing = image.uncovered(Box.full(tensor.shape), (v for v in image.plan.at_end if v.tensor == output))
        if missing:
            message = f"at_end lacks {missing} of {tensor.elements} elements of output {tensor}. Add Views of them."
            yield Problem(ProblemCode.MISSING_OUTPUT, None, None, message)
    for view in image.plan.at_start:
        yield from _lost(image, view)
    for buffer in image.plan.buffers:
        if buffer.holds is not None and image.memory(buffer.id).writable and not image.holds_codes(buffer.id):
            message = f"Buffer {buffer.id} of form {buffer.form.value} lies in writable memory and is overwritten."
            hint = "Leave its place alone, or put it into flash."
            yield Problem(ProblemCode.LOST_STATE, None, buffer.id, f"{message} {hint}")


def _lost(image: Image, view: View) -> Iterator[Problem]:
    tensor = image.graph.tensors[view.tensor]
    if tensor.variable and view not in image.plan.at_end:
        message = f"Variable {tensor} starts in buffer {view.buffer}, but at_end does not have it in the same place."
        yield Problem(ProblemCode.LOST_STATE, None, view.buffer, f"{message} Bring it back there.")
    if not tensor.is_const or not image.memory(view.buffer).writable or image.buffer(view.buffer).form is Form.CODES:
        return
    if (image.held(image.place(view)) != image.values.of_tensor(view.tensor, view.box)).any():
        message = f"Constant {tensor} starts in writable buffer {view.buffer} and is overwritten by the end."
        hint = "Copy it from flash in every inference, or leave its place alone."
        yield Problem(ProblemCode.LOST_STATE, None, view.buffer, f"{message} {hint}")
