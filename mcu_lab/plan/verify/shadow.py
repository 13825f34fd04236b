"""A shadow of one memory: for each byte, the tag of the value that lives there, and which copies are at it."""

from __future__ import annotations

import numpy as np

from mcu_lab.plan.verify.values import NOTHING

#: Bytes of a memory: a run of them, or their numbers in any shape.
Cells = np.ndarray | slice


class Shadow:
    """``size_bytes`` bytes that hold nothing yet. ``tags[i]`` names the value of byte ``i``."""

    def __init__(self, size_bytes: int) -> None:
        self.tags = np.zeros(size_bytes, dtype=np.int64)
        self._landing = np.zeros(size_bytes, dtype=bool)
        self._leaving = np.zeros(size_bytes, dtype=np.int32)
        self._marks = np.zeros(size_bytes, dtype=np.int64)
        self._ends_in_flight = 0
        self._kept: tuple[np.ndarray, np.ndarray] | None = None

    # State: bytes that hold one of two values, and never another.

    def keep(self, cells: np.ndarray, was: np.ndarray, becomes: np.ndarray) -> None:
        if self._kept is None:
            self._kept = np.zeros_like(self.tags), np.zeros_like(self.tags)
        for kept, tags in zip(self._kept, (was, becomes), strict=True):
            kept[cells] = tags

    def may_hold(self, cells: Cells, tags: np.ndarray | int) -> bool:
        """Whether ``tags`` may live at these bytes as far as state is concerned."""
        if self._kept is None:
            return True
        was, becomes = (kept[cells] for kept in self._kept)
        return bool(((was == NOTHING) | (tags == was) | (tags == becomes)).all())

    def destroy(self, cells: Cells) -> None:
        self.tags[cells] = NOTHING

    # Copies in flight. Several may leave from the same byte, none may land where another does.

    def begin_landing(self, cells: np.ndarray) -> None:
        self._ends_in_flight += 1
        self._landing[cells] = True

    def end_landing(self, cells: np.ndarray) -> None:
        self._ends_in_flight -= 1
        self._landing[cells] = False

    def begin_leaving(self, cells: np.ndarray) -> None:
        self._ends_in_flight += 1
        self._leaving[cells] += 1

    def end_leaving(self, cells: np.ndarray) -> None:
        self._ends_in_flight -= 1
        self._leaving[cells] -= 1

    def may_read(self, cells: Cells) -> bool:
        return not self._ends_in_flight or not self._landing[cells].any()

    def may_write(self, cells: Cells) -> bool:
        return not self._ends_in_flight or not (self._landing[cells].any() or self._leaving[cells].any())

    # Overlap within a step.

    def among(self, these: np.ndarray, those: np.ndarray) -> np.ndarray:
        """For each of ``those``: is it one of ``these``?"""
        self._marks[these] = 1
        shared = self._marks[those] != 0
        self._marks[these] = 0
        return shared

    def overwritten_too_early(
        self, written: np.ndarray, write_order: np.ndarray, read: np.ndarray, last_read: np.ndarray
    ) -> np.ndarray:
        """For each of ``read``: does a granule write it that comes before the last one to read it?

        Granules count from 0. A granule may overwrite what it has read itself.
        """
        self._marks[written] = write_order + 1
        marks = self._marks[read]
        self._marks[written] = 0
        return (marks != 0) & (marks - 1 < last_read)
