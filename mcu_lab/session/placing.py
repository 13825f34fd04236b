"""Where single buffers lie: pins, and the memories that constants are stored in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from mcu_lab.errors import ScheduleError
from mcu_lab.plan.model import Plan
from mcu_lab.session.decisions import Decisions, restructured
from mcu_lab.view.words import bytes_words, counted


@dataclass(frozen=True)
class Pin:
    """Keep a buffer at an offset, whatever a search would rather have."""

    buffer: str
    offset: int
    type: Literal["pin"] = "pin"

    def words(self, plan: Plan) -> str:
        return f"pin {self.buffer} at {bytes_words(self.offset)}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        buffer = plan.buffer.get(self.buffer)
        if buffer is None or buffer.memory not in {m.name for m in plan.device.memories}:
            raise ScheduleError("there is no such buffer on the board.", where=f"buffer {self.buffer}")
        if self.offset < 0 or self.offset % buffer.alignment:
            raise ScheduleError(
                f"cannot lie at offset {self.offset}.",
                where=f"buffer {self.buffer}",
                hint=f"It has to be a multiple of {buffer.alignment}.",
            )
        others = tuple(pin for pin in decisions.schedule.pins if pin[0] != self.buffer)
        pins = tuple(sorted((*others, (self.buffer, self.offset))))
        # Where it lies already, nothing else has to move; elsewhere the others find new places around it.
        offsets = decisions.schedule.offsets if buffer.offset == self.offset else ()
        schedule = replace(decisions.schedule, pins=pins, offsets=offsets)
        return replace(decisions, schedule=schedule, proof=decisions.proof if offsets else None)


@dataclass(frozen=True)
class Unpin:
    """Let a buffer be placed freely again; None: all of them."""

    buffer: str | None
    type: Literal["unpin"] = "unpin"

    def words(self, plan: Plan) -> str:
        return f"unpin {self.buffer or 'all'}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        pins = decisions.schedule.pins
        left = tuple(pin for pin in pins if self.buffer is not None and pin[0] != self.buffer)
        if self.buffer is not None and left == pins:
            raise ScheduleError("is not pinned.", where=f"buffer {self.buffer}")
        return replace(decisions, schedule=replace(decisions.schedule, pins=left), proof=None)


@dataclass(frozen=True)
class Store:
    """Keep constants in another memory; None: in the board's memory for constants.

    How they are transferred is no question any more where the core reads them in place.
    """

    tensors: tuple[int, ...]
    memory: str | None
    type: Literal["store"] = "store"

    def words(self, plan: Plan) -> str:
        return f"{counted(len(self.tensors), 'constant')} in {self.memory or plan.device.constants}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        chosen = frozenset(self.tensors)
        storage = [pair for pair in decisions.schedule.storage if pair[0] not in chosen]
        if self.memory not in (None, plan.device.constants):
            storage += [(tensor, self.memory) for tensor in sorted(chosen)]
        reached = any(m.name == (self.memory or plan.device.constants) and m.reach for m in plan.device.memories)
        transfers = tuple(t for t in decisions.schedule.transfers if not (reached and t.tensor in chosen))
        return restructured(plan, decisions, storage=tuple(sorted(storage)), transfers=transfers)
