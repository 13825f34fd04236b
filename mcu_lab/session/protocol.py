"""What travels between a session and a front end: one family of messages, whatever carries them.

Every message is an object with a ``type``. A request carries an ``id`` and gets exactly one answer with
that ``id``: ``opened``, ``state``, ``done`` or ``failed``. ``fit`` answers when it is over, after any ``progress``.
Messages without a request have ``id`` None. A request that edits names the revision it was made for;
another one is refused, because the person was looking at something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.schedule.model import Schedule
from mcu_lab.view.picture import ModelInfo, Projection

#: Raised by one with every change that an older front end could not read.
PROTOCOL = 1


@dataclass(frozen=True)
class Open:
    """Open a model file; ``path`` is relative to the kernel's working directory. First message of a front end."""

    type: Literal["open"]
    id: int
    protocol: int
    version: str
    path: str
    device: str | None


@dataclass(frozen=True)
class Attach:
    """Show the session that is already open behind this channel. First message of a notebook widget."""

    type: Literal["attach"]
    id: int
    protocol: int
    version: str


@dataclass(frozen=True)
class SetDevice:
    """Plan for another board."""

    type: Literal["set_device"]
    id: int
    rev: int
    device: str


@dataclass(frozen=True)
class SetBudget:
    """Plan for a device given by its sizes in bytes; None sets no limit."""

    type: Literal["set_budget"]
    id: int
    rev: int
    sram_bytes: int | None
    flash_bytes: int | None


@dataclass(frozen=True)
class SetSchedule:
    """Replace all decisions."""

    type: Literal["set_schedule"]
    id: int
    rev: int
    label: str
    schedule: Schedule


@dataclass(frozen=True)
class Undo:
    """Take back the last edit."""

    type: Literal["undo"]
    id: int
    rev: int


@dataclass(frozen=True)
class Redo:
    """Make the edit again that was taken back last."""

    type: Literal["redo"]
    id: int
    rev: int


@dataclass(frozen=True)
class Fit:
    """Search for the schedule that needs the least SRAM; replaces the schedule as one edit."""

    type: Literal["fit"]
    id: int
    rev: int


@dataclass(frozen=True)
class Cancel:
    """Stop the running search; it answers with the best it has found."""

    type: Literal["cancel"]
    id: int


Request = Open | Attach | SetDevice | SetBudget | SetSchedule | Undo | Redo | Fit | Cancel


@dataclass(frozen=True)
class BoardInfo:
    """A device to choose from, or the chosen one. Sizes are None where there is no limit."""

    id: str
    name: str
    core: str
    clock_hz: int
    sram_bytes: int | None
    flash_bytes: int | None


@dataclass(frozen=True)
class Proof:
    """What the last search proved about this schedule."""

    proven: bool
    text: str


@dataclass(frozen=True)
class State:
    """A revision of the session: decisions and everything that follows from them."""

    type: Literal["state"]
    id: int | None
    rev: int
    label: str
    undo: str | None
    redo: str | None
    device: BoardInfo
    schedule: Schedule
    proof: Proof | None
    picture: Projection


@dataclass(frozen=True)
class Opened:
    """The model, the boards to choose from and the first state."""

    type: Literal["opened"]
    id: int
    protocol: int
    version: str
    model: ModelInfo
    boards: tuple[BoardInfo, ...]
    state: State


@dataclass(frozen=True)
class ProblemInfo:
    """One thing the verifier found wrong."""

    code: str
    text: str
    step: int | None
    buffer: str | None


@dataclass(frozen=True)
class Verdict:
    """What the verifier says of revision ``rev``.

    ``right``: every step finds the bytes it expects. A plan that is right can still be too large for the board.
    """

    type: Literal["verdict"]
    rev: int
    right: bool
    problems: tuple[ProblemInfo, ...]
    seconds: float


@dataclass(frozen=True)
class Progress:
    """How far the search of request ``id`` is; ``arena_bytes`` of the best plan so far."""

    type: Literal["progress"]
    id: int
    text: str
    arena_bytes: int | None
    seconds: float


@dataclass(frozen=True)
class Done:
    """The request was carried out and changed no state."""

    type: Literal["done"]
    id: int


@dataclass(frozen=True)
class Failed:
    """The request was refused. All three sentences are plain text."""

    type: Literal["failed"]
    id: int | None
    kind: str
    what: str
    where: str
    hint: str


Event = Opened | State | Verdict | Progress | Done | Failed
