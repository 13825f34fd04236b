"""What a front end can ask. Every request gets exactly one answer with its ``id``.

A request with a ``rev`` is for that revision; for another one it is refused, because the person was looking at
something else. Paths are relative: of ``open`` to the kernel's working directory, of all others to the folder of the
document (or of the model, while there is no document), and they never lead out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.session.edits import AskedEdit

ExportKind = Literal["firmware", "report", "tflite", "node_data", "script"]
OtherKind = Literal["position", "saved", "point", "file"]
FocusKind = Literal["operator", "stage", "buffer", "tensor"]


@dataclass(frozen=True)
class Open:
    """Open a model or a document, or the live session that has it open already. First message of a panel.

    device  the board to plan a model for; a document has its own.
    text    what the front end knows to be in the document, instead of what the file says.
    model   where the document's model is now, when it has moved.
    fresh   start from the file, whatever is live or was left behind by a crash.
    """

    type: Literal["open"]
    id: int
    protocol: int
    version: str
    path: str
    device: str | None
    text: str | None = None
    model: str | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Attach:
    """Show a session that is live in this kernel; None: the one behind this channel. First message of a widget."""

    type: Literal["attach"]
    id: int
    protocol: int
    version: str
    session: str | None = None


@dataclass(frozen=True)
class AskSessions:
    """Which sessions are live in this kernel?"""

    type: Literal["sessions"]
    id: int


@dataclass(frozen=True)
class Do:
    """Make an edit."""

    type: Literal["do"]
    id: int
    rev: int
    edit: AskedEdit


@dataclass(frozen=True)
class Preview:
    """What would an edit lead to? A newer preview takes the place of one that still waits."""

    type: Literal["preview"]
    id: int
    rev: int
    edit: AskedEdit


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
class Jump:
    """Undo or redo until ``position`` of the history."""

    type: Literal["jump"]
    id: int
    rev: int
    position: int


@dataclass(frozen=True)
class AskHistory:
    """The whole history."""

    type: Literal["history"]
    id: int


@dataclass(frozen=True)
class Rename:
    """Give an entry of the history another name."""

    type: Literal["rename"]
    id: int
    position: int
    label: str


@dataclass(frozen=True)
class Resync:
    """The whole state again."""

    type: Literal["resync"]
    id: int


@dataclass(frozen=True)
class AskSteps:
    """Single steps ``lo`` up to ``hi`` of the plan."""

    type: Literal["steps"]
    id: int
    lo: int
    hi: int


@dataclass(frozen=True)
class AskLanes:
    """What core and links are busy with during steps ``lo`` up to ``hi``."""

    type: Literal["lanes"]
    id: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Focus:
    """Something to look at. ``id`` of a stage: its lowest operator id."""

    kind: FocusKind
    id: str


@dataclass(frozen=True)
class Inspect:
    """What may be done with this thing, and why not the rest?"""

    type: Literal["inspect"]
    id: int
    rev: int
    focus: Focus


@dataclass(frozen=True)
class Fit:
    """Search for the schedule that needs the least SRAM; replaces the schedule as one edit."""

    type: Literal["fit"]
    id: int
    rev: int
    use: tuple[str, ...]
    max_mac_factor: float = 1.0
    seconds: float | None = None


@dataclass(frozen=True)
class AskFront:
    """Search for the trade-offs between SRAM and work."""

    type: Literal["front"]
    id: int
    rev: int
    use: tuple[str, ...]
    max_mac_factor: float
    seconds: float | None = None


@dataclass(frozen=True)
class Choose:
    """Take over a point of the last front, as one edit."""

    type: Literal["choose"]
    id: int
    rev: int
    point: int


@dataclass(frozen=True)
class Cancel:
    """Stop the running search; it answers with the best it has found."""

    type: Literal["cancel"]
    id: int


@dataclass(frozen=True)
class Save:
    """Write the document; None: where it is. ``overwrite`` another file of that name."""

    type: Literal["save"]
    id: int
    path: str | None
    overwrite: bool = False


@dataclass(frozen=True)
class Revert:
    """Back to what was saved, as one edit."""

    type: Literal["revert"]
    id: int
    rev: int


@dataclass(frozen=True)
class Look:
    """Look after the session's files. Asked now and then, so that what happens to them is noticed without an edit."""

    type: Literal["look"]
    id: int


@dataclass(frozen=True)
class Moved:
    """A file or folder was renamed. Both paths are relative to the session's folder, and may lead out of it."""

    type: Literal["moved"]
    id: int
    old: str
    new: str


@dataclass(frozen=True)
class Reload:
    """Take what the document says by now, as one edit."""

    type: Literal["reload"]
    id: int
    rev: int


@dataclass(frozen=True)
class BringBack:
    """Append the history that another session left in ``journal``."""

    type: Literal["bring_back"]
    id: int
    rev: int
    journal: str


@dataclass(frozen=True)
class Drop:
    """Remove the ``journal`` that another session left."""

    type: Literal["drop"]
    id: int
    journal: str


@dataclass(frozen=True)
class Discard:
    """Back to what was saved, and forget what was kept in case of a crash."""

    type: Literal["discard"]
    id: int
    rev: int


@dataclass(frozen=True)
class AskDocumentText:
    """The document as saving would write it."""

    type: Literal["document_text"]
    id: int


@dataclass(frozen=True)
class Other:
    """Another plan of the model. ``id``: a position of the history, a point of the front, or a file's name."""

    kind: OtherKind
    id: str


@dataclass(frozen=True)
class AskOthers:
    """Which plans are there to compare with?"""

    type: Literal["others"]
    id: int


@dataclass(frozen=True)
class Compare:
    """The picture of another plan, and what is different now. Nothing changes."""

    type: Literal["compare"]
    id: int
    other: Other


@dataclass(frozen=True)
class AskScript:
    """The session as a Python script."""

    type: Literal["script"]
    id: int


@dataclass(frozen=True)
class AskCell:
    """The first cell of a notebook in the same kernel: it takes hold of the session."""

    type: Literal["cell"]
    id: int


@dataclass(frozen=True)
class AskFile:
    """Where the session's file lies, seen from the kernel's working directory."""

    type: Literal["file"]
    id: int


@dataclass(frozen=True)
class AskNodeData:
    """Figures for each operator, in the form that Model Explorer lays over a graph."""

    type: Literal["node_data"]
    id: int


@dataclass(frozen=True)
class Export:
    """Write files beside the document."""

    type: Literal["export"]
    id: int
    kind: ExportKind
    path: str
    overwrite: bool = False


Request = (
    Open
    | Attach
    | AskSessions
    | Do
    | Preview
    | Undo
    | Redo
    | Jump
    | AskHistory
    | Rename
    | Resync
    | AskSteps
    | AskLanes
    | Inspect
    | Fit
    | AskFront
    | Choose
    | Cancel
    | Save
    | Revert
    | Discard
    | Look
    | Moved
    | Reload
    | BringBack
    | Drop
    | AskDocumentText
    | AskOthers
    | Compare
    | AskScript
    | AskCell
    | AskFile
    | AskNodeData
    | Export
)
