"""The shadow of a whole device while a plan is followed, and the two questions every step asks of it.

``expect``: does memory hold what this View says? ``store``: may this View be written, and if so, it now is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcu_lab.device.model import Memory
from mcu_lab.graph.box import Box, Interval
from mcu_lab.plan.model import Buffer, Plan, View
from mcu_lab.plan.verify.budget import VIEW_BYTES, Budget
from mcu_lab.plan.verify.cells import byte_numbers, extent
from mcu_lab.plan.verify.placement import memories_of
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.shadow import Shadow
from mcu_lab.plan.verify.structure import Named, element_bytes
from mcu_lab.plan.verify.values import Values


@dataclass(frozen=True)
class Placed:
    """A View, the memory it lies in, and where: its buffer's offset and the bytes of one element."""

    view: View
    memory: Memory
    offset: int
    element_bytes: int

    @cached_property
    def cells(self) -> np.ndarray:
        """Byte numbers in the memory: int64, shape ``(*box.shape, element_bytes)``."""
        return byte_numbers(self.view, self.offset, self.element_bytes)

    @cached_property
    def span(self) -> Interval:
        """The least interval that holds all of ``cells``."""
        lowest, highest = extent(self.view)
        return Interval(self.offset + lowest * self.element_bytes, self.offset + (highest + 1) * self.element_bytes)


class Image:
    """All memories that a plan uses, as shadows. Only for a plan of sound structure whose buffers are placed."""

    def __init__(self, plan: Plan, budget: Budget) -> None:
        self.plan = plan
        self.graph = plan.graph
        self.budget = budget
        self.values = Values(plan.graph)
        self._named = Named(plan.graph, {b.id: b for b in plan.buffers})
        self._memories = memories_of(plan.device)
        ends: dict[str, int] = {}
        for buffer in plan.buffers:
            ends[buffer.memory] = max(ends.get(buffer.memory, 0), buffer.end)
        self._shadows = {name: Shadow(end) for name, end in ends.items()}
        self._found_sound: set[tuple[View, int]] = set()

    def buffer(self, name: str) -> Buffer:
        return self._named.buffers[name]

    def memory(self, buffer: str) -> Memory:
        return self._memories[self._named.buffers[buffer].memory]

    def shadow(self, buffer: str) -> Shadow:
        return self._shadows[self._named.buffers[buffer].memory]

    def place(self, view: View) -> Placed:
        buffer = self._named.buffers[view.buffer]
        assert buffer.offset is not None
        size = element_bytes(self._named, view)
        self.budget.spend(view.box.size * size + VIEW_BYTES)
        return Placed(view, self._memories[buffer.memory], buffer.offset, size)

    def held(self, placed: Placed) -> np.ndarray:
        """Tags of the values that live at the view's bytes."""
        return self._shadows[placed.memory.name].tags[placed.cells]

    def holds_codes(self, name: str) -> bool:
        """Whether a buffer of codes, or a codebook, has all that lies there from the start."""
        buffer = self._named.buffers[name]
        held = self._shadows[buffer.memory].tags[buffer.offset : buffer.end]
        return bool((held == self.values.of_codes(buffer)).all())

    def share_bytes(self, one: Placed, other: Placed) -> bool:
        if one.memory.name != other.memory.name or not one.span & other.span:
            return False
        return bool(self._shadows[one.memory.name].among(one.cells, other.cells).any())

    def uncovered(self, box: Box, views: Iterable[View]) -> int:
        """How many elements of the box none of the views holds."""
        candidates = list(views)
        if any(box in view.box for view in candidates):
            return 0
        self.budget.spend_at_once(box.size)
        missing = np.ones(box.shape, dtype=bool)
        for view in candidates:
            common = box & view.box
            if common.size:
                missing[common.within(box)] = False
        return int(missing.sum())

    def expect_tensor(self, step: int | None, placed: Placed, version: int, who: str) -> Iterator[Problem]:
        """Every element of the tensor's box is where the view says, and no copy is landing there."""
        seen = (placed.view, version)
        if seen in self._found_sound:
            return
        tags = self.values.of_tensor(placed.view.tensor, placed.view.box, version)
        faults = tuple(self.expect(step, placed, tags, who))
        yield from faults
        if not faults and not placed.memory.writable:
            self._found_sound.add(seen)

    def expect(
        self,
        step: int | None,
        placed: Placed,
        tags: np.ndarray,
        who: str,
        code: ProblemCode = ProblemCode.WRONG_VALUE,
    ) -> Iterator[Problem]:
        """``tags`` live at the view's bytes, and no copy is landing there."""
        if not self._shadows[placed.memory.name].may_read(placed.cells):
            message = f"{who} reads t{placed.view.tensor} where a copy is still landing. Put its Wait before this step."
            yield Problem(ProblemCode.IN_FLIGHT, step, placed.view.buffer, message)
            return
        found = self.held(placed)
        wrong = np.flatnonzero((found != tags).ravel())
        if not wrong.size:
            return
        at, want, have = (int(numbers.ravel()[wrong[0]]) for numbers in (placed.cells, tags, found))
        yield Problem(
            code,
            step,
            placed.view.buffer,
            f"{who} expects {self.values.describe(want)} at byte {at} of {placed.memory.name}, which holds "
            f"{self.values.describe(have)}; {wrong.size} of {tags.size} bytes differ. "
            "Keep the value until here, or move what overwrote it.",
        )

    def keep(self, placed: Placed) -> None:
        """From now on the view's bytes hold what its variable was, or becomes."""
        shadow, view = self._shadows[placed.memory.name], placed.view
        versions = self.values.versions(view.tensor)
        was, becomes = (self.values.of_tensor(view.tensor, view.box, v) for v in (versions[0], versions[-1]))
        shadow.keep(placed.cells, was, becomes)

    def store(self, step: int, placed: Placed, tags: np.ndarray) -> Iterator[Problem]:
        """From now on ``tags`` live at the view's bytes."""
        shadow = self._shadows[placed.memory.name]
        if not shadow.may_write(placed.cells):
            yield disturbed(step, placed.view.buffer)
        if not shadow.may_hold(placed.cells, tags):
            yield not_the_state(step, placed.view.buffer, f"t{placed.view.tensor}")
        shadow.tags[placed.cells] = tags
        if (shadow.tags[placed.cells] != tags).any():
            yield Problem(
                ProblemCode.SELF_OVERWRITE,
                step,
                placed.view.buffer,
                f"Elements of t{placed.view.tensor}{placed.view.box} are written on top of each other. "
                "Give the ring more rows, or correct the strides.",
            )


def disturbed(step: int, buffer: str) -> Problem:
    message = f"The step writes to buffer {buffer} where a copy is in flight. Put its Wait before this step."
    return Problem(ProblemCode.IN_FLIGHT, step, buffer, message)


def not_the_state(step: int, buffer: str, what: str) -> Problem:
    message = f"{what} in buffer {buffer} lies on a variable, which does not become that. Place them apart."
    return Problem(ProblemCode.ON_STATE, step, buffer, message)


def out_of_reach(step: int | None, placed: Placed) -> Problem:
    where = f"{placed.memory.name}, where buffer {placed.view.buffer} lies"
    message = f"The core cannot reach {where}. Copy t{placed.view.tensor} to the arena."
    return Problem(ProblemCode.OUT_OF_REACH, step, placed.view.buffer, message)


def not_writable(step: int | None, placed: Placed) -> Problem:
    message = (
        f"t{placed.view.tensor} would be written to {placed.memory.name}, which cannot be written. "
        "Choose a buffer in writable memory."
    )
    return Problem(ProblemCode.READ_ONLY, step, placed.view.buffer, message)
