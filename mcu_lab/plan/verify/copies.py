"""Copies and Waits: the way a Copy takes, in what bites, and what nobody may touch while it is under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mcu_lab.device.model import Link
from mcu_lab.plan.model import APPLICATION, Codes, Copy, Form, Wait
from mcu_lab.plan.verify.image import Image, Placed, not_writable
from mcu_lab.plan.verify.problem import Problem, ProblemCode


@dataclass(frozen=True)
class InFlight:
    """A copy under way, and the tags that will have arrived when it is waited for."""

    src: Placed
    dst: Placed
    tags: np.ndarray


class Copies:
    """The copies of one plan, followed over an image."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._in_flight: dict[int, InFlight] = {}
        self._handed_over: dict[int, int] = {}

    def copy(self, step: Copy) -> Iterator[Problem]:
        if step.src.tensor != step.dst.tensor or step.src.box != step.dst.box:
            seen = f"takes t{step.src.tensor}{step.src.box} and puts down t{step.dst.tensor}{step.dst.box}"
            yield _problem(ProblemCode.COPY_MISMATCH, step, f"The copy {seen}. Make them the same.")
            return
        link = self._link(step)
        yield from self._way(step, link)
        dst = self._image.place(step.dst)
        if not dst.memory.writable:
            yield not_writable(step.id, dst)
        if self._image.buffer(step.src.buffer).form is Form.CODES:
            yield from self._decode(step, dst)
            return
        src = self._image.place(step.src)
        if link is not None:
            yield from _burst_problems(link, step, src, dst)
        if self._image.share_bytes(src, dst):
            message = f"The copy's ends in {step.src.buffer} and {step.dst.buffer} share bytes. Place them apart."
            yield _problem(ProblemCode.COPY_OVERLAP, step, message)
        if src.memory.name == APPLICATION:
            yield from self._taken_in_order(step)
        version = self._version_found(src)
        yield from self._image.expect_tensor(step.id, src, version, "The copy")
        tags = self._image.values.of_tensor(src.view.tensor, src.view.box, version)
        yield from self._image.store(step.id, dst, tags)
        if not step.blocking:
            self._depart(step, InFlight(src, dst, tags))

    def wait(self, step: Wait) -> Iterator[Problem]:
        flight = self._in_flight.pop(step.copy, None)
        if flight is None:
            message = (
                f"The step waits for step {step.copy}, which is no copy in flight. Name a non-blocking copy, once."
            )
            yield Problem(ProblemCode.WAIT, step.id, None, message)
            return
        landed = self._image.shadow(flight.dst.view.buffer)
        landed.end_landing(flight.dst.cells)
        landed.tags[flight.dst.cells] = flight.tags
        self._image.shadow(flight.src.view.buffer).end_leaving(flight.src.cells)

    def end(self) -> Iterator[Problem]:
        for copy, flight in self._in_flight.items():
            message = (
                f"Nothing waits for the non-blocking copy of step {copy}. Add a Wait before its values are needed."
            )
            yield Problem(ProblemCode.NEVER_AWAITED, copy, flight.dst.view.buffer, message)

    def _depart(self, step: Copy, flight: InFlight) -> None:
        landing = self._image.shadow(step.dst.buffer)
        landing.destroy(flight.dst.cells)
        landing.begin_landing(flight.dst.cells)
        self._image.shadow(step.src.buffer).begin_leaving(flight.src.cells)
        self._in_flight[step.id] = flight

    def _link(self, step: Copy) -> Link | None:
        """The first between the two memories. None leads from the application: the core takes what it is handed."""
        ends = (self._image.memory(step.src.buffer).name, self._image.memory(step.dst.buffer).name)
        links = (link for link in self._image.plan.device.links if link.src != APPLICATION)
        return next((link for link in links if (link.src, link.dst) == ends), None)

    def _way(self, step: Copy, link: Link | None) -> Iterator[Problem]:
        src, dst = self._image.memory(step.src.buffer), self._image.memory(step.dst.buffer)
        way = f"from {src.name} to {dst.name}"
        if link is None and not (dst.reach and (src.reach or src.name == APPLICATION)):
            message = f"Nothing moves bytes {way}: there is no such link, and the core cannot reach both."
            yield _problem(ProblemCode.NO_LINK, step, f"{message} Go by way of a memory that both can.")
        elif not step.blocking and (link is None or not link.asynchronous):
            message = f"What moves bytes {way} keeps the core busy. Make the copy blocking."
            yield _problem(ProblemCode.NO_LINK, step, message)
        elif not step.blocking and self._image.buffer(step.src.buffer).form is Form.CODES:
            yield _problem(ProblemCode.WRONG_FORM, step, "Codes are decoded by the core. Make the copy blocking.")

    def _decode(self, step: Copy, dst: Placed) -> Iterator[Problem]:
        buffer, values = self._image.buffer(step.src.buffer), self._image.values
        assert isinstance(buffer.holds, Codes)
        coded = [v for v in self._image.plan.at_start if v.buffer == buffer.id and v.tensor == step.src.tensor]
        if not self._image.holds_codes(buffer.id) or self._image.uncovered(step.src.box, coded):
            message = f"Buffer {buffer.id} does not hold the codes of t{step.src.tensor}{step.src.box}."
            yield Problem(ProblemCode.WRONG_VALUE, step.id, buffer.id, f"{message} Have it at_start.")
        if not self._image.holds_codes(buffer.holds.codebook):
            message = f"Codebook {buffer.holds.codebook} does not hold its vectors. Leave its place alone."
            yield Problem(ProblemCode.WRONG_VALUE, step.id, buffer.holds.codebook, message)
        for name in (buffer.id, buffer.holds.codebook):
            if not self._image.memory(name).reach:
                message = f"The core decodes, and cannot reach {self._image.memory(name).name}, where {name} lies."
                yield Problem(ProblemCode.OUT_OF_REACH, step.id, name, f"{message} Put it where it can.")
        yield from self._image.store(step.id, dst, values.of_tensor(step.dst.tensor, step.dst.box))

    def _version_found(self, src: Placed) -> int:
        """Which version of a variable lies there; the first when it is neither, for the message."""
        values, found = self._image.values, self._image.held(src)
        versions = values.versions(src.view.tensor)
        if len(versions) == 1:
            return versions[0]
        fitting = (v for v in versions if (found == values.of_tensor(src.view.tensor, src.view.box, v)).all())
        return next(fitting, versions[0])

    def _taken_in_order(self, step: Copy) -> Iterator[Problem]:
        tensor = step.src.tensor
        first, last = (_element_number(self._image.graph.tensors[tensor].shape, step, end) for end in (0, 1))
        if first < self._handed_over.get(tensor, 0):
            message = f"The copy takes t{tensor}{step.src.box} after the application has handed over later elements."
            yield _problem(ProblemCode.STREAM_ORDER, step, f"{message} Keep what is needed twice.")
        self._handed_over[tensor] = max(last + 1, self._handed_over.get(tensor, 0))


def _problem(code: ProblemCode, step: Copy, message: str) -> Problem:
    return Problem(code, step.id, step.dst.buffer, message)


def _element_number(shape: tuple[int, ...], step: Copy, end: int) -> int:
    """Row-major number of the first (0) or last (1) element of a copy's box."""
    number = 0
    for length, interval in zip(shape, step.src.box, strict=True):
        number = number * length + (interval.hi - 1 if end else interval.lo)
    return number


def _burst_problems(link: Link, step: Copy, src: Placed, dst: Placed) -> Iterator[Problem]:
    """External storage gives whole bursts only; between memories on the chip both ends have to fit."""
    if link.burst_bytes <= 1:
        return
    ends = tuple(end for end in (src, dst) if end.memory.kind == "external") or (src, dst)
    for end in ends:
        numbers = np.sort(end.cells.ravel())
        breaks = np.flatnonzero(np.diff(numbers) != 1)
        starts = numbers[np.concatenate(([0], breaks + 1))]
        stops = numbers[np.concatenate((breaks, [numbers.size - 1]))] + 1
        askew = np.flatnonzero((starts % link.burst_bytes != 0) | (stops % link.burst_bytes != 0))
        if askew.size:
            touched = f"bytes {starts[askew[0]]}:{stops[askew[0]]} of {end.memory.name}"
            message = f"The copy touches {touched}, but its link moves bursts of {link.burst_bytes} B."
            yield Problem(ProblemCode.BURST, step.id, end.view.buffer, f"{message} Widen the box or pad the layout.")
