"""Edits of a session's decisions, as values: what was asked, separate from what follows.

"Can I?" and "do it" are one function: :meth:`applied` gives the decisions that an edit leads to, or raises the reason
why it may not be made; lowering has the last word. Edits travel as they are, told apart by ``type``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from mcu_lab.device import Device, ad_hoc, board
from mcu_lab.device.load import LARGEST_FILE_BYTES
from mcu_lab.device.said import device_said
from mcu_lab.errors import DeviceError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import default_schedule
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import Rewrite
from mcu_lab.schedule.model import InputMode, Schedule
from mcu_lab.session.decisions import Decisions, Proof, restructured
from mcu_lab.session.moving import Move
from mcu_lab.session.placing import Pin, Store, Unpin
from mcu_lab.session.rewriting import SetRewrites
from mcu_lab.session.sharing import SetAlias, SetInPlace
from mcu_lab.session.staging import ChangeStage, MakeStage, Ungroup
from mcu_lab.view.words import size_words


class Edit(Protocol):
    """What an edit can do. ``plan`` is what follows from ``decisions``; it saves lowering them again."""

    def words(self, plan: Plan) -> str:
        """What it does, for the history."""

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        """The decisions that it leads to. Raises ScheduleError or DeviceError when it may not be made."""


@dataclass(frozen=True)
class SetDevice:
    """Plan for the board with this id, or for the one described by this ``.toml`` file."""

    device: str
    type: Literal["set_device"] = "set_device"

    def words(self, plan: Plan) -> str:
        return f"board {board(self.device).name}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, device=board(self.device), proof=None)


@dataclass(frozen=True)
class SetBoard:
    """Plan for a device as a picture of it told."""

    told: str
    type: Literal["set_board"] = "set_board"

    def words(self, plan: Plan) -> str:
        return f"board {self._device().name}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, device=self._device(), proof=None)

    def _device(self) -> Device:
        try:
            said = json.loads(self.told[:LARGEST_FILE_BYTES])
        except (ValueError, RecursionError) as error:
            raise DeviceError(f"cannot be read: {error}", where="board") from error
        if not isinstance(said, str | dict):
            raise DeviceError("should be a name or an object.", where="board")
        return device_said(said, "board")


@dataclass(frozen=True)
class SetBudget:
    """Plan for a device given by its sizes in bytes; None sets no limit."""

    sram_bytes: int | None
    flash_bytes: int | None
    type: Literal["set_budget"] = "set_budget"

    def words(self, plan: Plan) -> str:
        sizes = [size_words(n) for n in (self.sram_bytes, self.flash_bytes) if n is not None]
        return f"budget {' + '.join(sizes) or 'without limit'}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, device=ad_hoc(self.sram_bytes, self.flash_bytes), proof=None)


@dataclass(frozen=True)
class SetInputs:
    """Have the whole input in the arena before the first step, or take its rows as they are needed."""

    inputs: InputMode
    type: Literal["set_inputs"] = "set_inputs"

    def words(self, plan: Plan) -> str:
        return f"input {self.inputs}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return restructured(plan, decisions, inputs=self.inputs)


@dataclass(frozen=True)
class SetSchedule:
    """Replace all decisions about the graph."""

    schedule: Schedule
    label: str = "schedule"
    type: Literal["set_schedule"] = "set_schedule"

    def words(self, plan: Plan) -> str:
        return self.label

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, schedule=self.schedule, proof=None)


@dataclass(frozen=True)
class Reset:
    """Back to the order of the file, every tensor whole and on its own."""

    type: Literal["reset"] = "reset"

    def words(self, plan: Plan) -> str:
        return "back to the order of the file"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, schedule=default_schedule(plan.graph), proof=None)


@dataclass(frozen=True)
class Found:
    """Take over what a search found for the graph rewritten so. Made by searches alone: nobody else proves anything."""

    schedule: Schedule
    label: str
    proof: Proof | None
    rewrites: tuple[Rewrite, ...]

    def words(self, plan: Plan) -> str:
        return self.label

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        return replace(decisions, schedule=self.schedule, proof=self.proof, rewrites=self.rewrites)


def decisions_after(edit: Edit | SetRewrites, base: Graph, plan: Plan, decisions: Decisions) -> Decisions:
    """What an edit leads to. One that changes the graph starts from ``base``, the file's. Raises the refusal."""
    if isinstance(edit, SetRewrites):
        return edit.applied_to(base, plan, decisions)
    return edit.applied(plan, decisions)


#: The edits that a front end can ask for.
AskedEdit = (
    SetDevice
    | SetBoard
    | SetBudget
    | SetInputs
    | SetRewrites
    | SetSchedule
    | Reset
    | Move
    | MakeStage
    | ChangeStage
    | Ungroup
    | SetAlias
    | SetInPlace
    | Pin
    | Unpin
    | Store
)
