"""What a front end hears: answers, with the ``id`` of their request, and news, with None.

``state`` is whole; ``change`` is what differs from the message before on the same channel, and says which revision it
is to be applied to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.schedule.model import Schedule
from mcu_lab.session.decisions import Proof
from mcu_lab.session.figures import Figures
from mcu_lab.session.lanes import Lane
from mcu_lab.session.legal import BufferChoices, OperatorChoices, TensorChoices
from mcu_lab.session.requests import ExportKind, Focus, Other
from mcu_lab.session.reshaping import StageChoices
from mcu_lab.session.rewriting import RewriteInfo
from mcu_lab.session.timing import Timing
from mcu_lab.view.picture import Head, ModelInfo, Projection, Rect, Row, StepRow

NoticeKind = Literal["unkept", "changed", "gone", "model", "left", "elsewhere"]
OfferKind = Literal["overwrite", "reload", "copy", "bring_back", "drop"]


@dataclass(frozen=True)
class BoardInfo:
    """A device to choose from, or the chosen one. Sizes are None where there is no limit.

    kind  ``board``: comes with mcu_lab and is known by its id. ``own``: the user's. ``sizes``: nothing but its sizes.
    told  all that there is to it, for ``set_board``.
    """

    kind: Literal["board", "own", "sizes"]
    id: str
    name: str
    core: str
    clock_hz: int
    sram_bytes: int | None
    flash_bytes: int | None
    told: str


@dataclass(frozen=True)
class Technique:
    """Something a search can be allowed to do, and what that is."""

    id: str
    words: str


@dataclass(frozen=True)
class Offer:
    """Something that can be done about a notice; ``journal`` names the one that it is about."""

    words: str
    title: str
    kind: OfferKind
    journal: str | None


@dataclass(frozen=True)
class Notice:
    """Something a person should know of a session's files, for as long as it holds."""

    kind: NoticeKind
    text: str
    hint: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class DocumentInfo:
    """The document of a session: its file (None while there is none), the folder it lies in, and what to know of it."""

    path: str | None
    folder: str
    dirty: bool
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class State:
    """A revision of the session: decisions and everything that follows from them.

    model     the graph that is planned for.
    rewrites  of the file's graph: those in force, and those that would change something.
    """

    type: Literal["state"]
    id: int | None
    rev: int
    label: str
    undo: str | None
    redo: str | None
    position: int
    length: int
    device: BoardInfo
    model: ModelInfo
    rewrites: tuple[RewriteInfo, ...]
    schedule: Schedule
    proof: Proof | None
    document: DocumentInfo
    figures: Figures
    picture: Projection
    timing: Timing


@dataclass(frozen=True)
class RowSplice:
    """Rows ``start`` up to ``end`` are replaced by ``items``."""

    start: int
    end: int
    items: tuple[Row, ...]


@dataclass(frozen=True)
class PointSplice:
    """Points ``start`` up to ``end`` of the curve are replaced by ``items``."""

    start: int
    end: int
    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PictureChange:
    """What to do to a picture: splice rows and curve, take rectangles out by their buffers, put new ones in."""

    head: Head
    rows: RowSplice
    curve: PointSplice
    rects_removed: tuple[str, ...]
    rects: tuple[Rect, ...]


@dataclass(frozen=True)
class Change:
    """What is new since the state of revision ``base``. None: as it was, but for ``proof``, which is told always."""

    type: Literal["change"]
    id: int | None
    base: int
    rev: int
    label: str
    undo: str | None
    redo: str | None
    position: int
    length: int
    device: BoardInfo | None
    model: ModelInfo | None
    rewrites: tuple[RewriteInfo, ...] | None
    schedule: Schedule | None
    proof: Proof | None
    document: DocumentInfo
    figures: Figures
    picture: PictureChange
    timing: Timing | None


@dataclass(frozen=True)
class Opened:
    """The boards and techniques to choose from, and the state.

    ``recovered`` says which unsaved work came back after a crash; None when there was none.
    """

    type: Literal["opened"]
    id: int
    protocol: int
    version: str
    session: str
    boards: tuple[BoardInfo, ...]
    techniques: tuple[Technique, ...]
    recovered: str | None
    state: State


@dataclass(frozen=True)
class SessionInfo:
    """A session that is live in this kernel."""

    id: str
    model: str
    path: str
    document: str | None


@dataclass(frozen=True)
class Sessions:
    """All sessions that are live in this kernel, the newest first."""

    type: Literal["sessions"]
    id: int
    sessions: tuple[SessionInfo, ...]


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done. All three are plain text."""

    what: str
    where: str
    hint: str


@dataclass(frozen=True)
class Previewed:
    """What an edit would lead to: figures, or a refusal."""

    type: Literal["previewed"]
    id: int
    rev: int
    label: str
    before: Figures
    after: Figures | None
    refused: Refusal | None


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the history. ``saved``: the document says just this."""

    label: str
    figures: Figures
    saved: bool


@dataclass(frozen=True)
class History:
    """The history, oldest first. Entries behind ``position`` were undone."""

    type: Literal["history"]
    id: int
    position: int
    entries: tuple[HistoryEntry, ...]


@dataclass(frozen=True)
class StepRows:
    """Single steps of the plan, from step ``lo`` on."""

    type: Literal["step_rows"]
    id: int
    lo: int
    rows: tuple[StepRow, ...]


@dataclass(frozen=True)
class Lanes:
    """What the core does in revision ``rev`` during steps ``lo`` up to ``hi``, and what is copied."""

    type: Literal["lanes"]
    id: int
    rev: int
    lo: int
    hi: int
    cpu: Lane
    copy: Lane


@dataclass(frozen=True)
class Inspected:
    """What may be done with the thing in focus. One of the four is given."""

    type: Literal["inspected"]
    id: int
    rev: int
    focus: Focus
    operator: OperatorChoices | None
    stage: StageChoices | None
    buffer: BufferChoices | None
    tensor: TensorChoices | None


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
class FrontPoint:
    """A trade-off that a search found. ``current``: the schedule is this one."""

    figures: Figures
    mac_factor: float
    text: str
    current: bool


@dataclass(frozen=True)
class Front:
    """The trade-offs found for revision ``rev``, by ascending arena; more may come unless ``complete``."""

    type: Literal["front"]
    id: int | None
    rev: int
    complete: bool
    points: tuple[FrontPoint, ...]


@dataclass(frozen=True)
class DocumentChanged:
    """The document was written, or is dirty now, or clean."""

    type: Literal["document"]
    id: int | None
    document: DocumentInfo


@dataclass(frozen=True)
class Text:
    """A text that was asked for."""

    type: Literal["text"]
    id: int
    kind: Literal["document", "python", "cell", "file", "node_data"]
    text: str


@dataclass(frozen=True)
class OtherPlan:
    """A plan to compare with."""

    other: Other
    label: str


@dataclass(frozen=True)
class Others:
    """The plans there are to compare with."""

    type: Literal["others"]
    id: int
    plans: tuple[OtherPlan, ...]


@dataclass(frozen=True)
class Compared:
    """Another plan, and in sentences what is different in revision ``rev``: in ``figures`` and in what was ``decided``.

    ``before`` are the other's figures; so are ``schedule``, ``picture``, ``timing`` and ``model``, which is None where
    both are of the same graph.
    """

    type: Literal["compared"]
    id: int
    other: Other
    label: str
    rev: int
    before: Figures
    after: Figures
    figures: tuple[str, ...]
    decided: tuple[str, ...]
    model: ModelInfo | None
    schedule: Schedule
    picture: Projection
    timing: Timing


@dataclass(frozen=True)
class Exported:
    """What was written; ``path`` and ``files`` are relative to the document's folder."""

    type: Literal["exported"]
    id: int
    kind: ExportKind
    path: str
    files: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Done:
    """The request was carried out, or overtaken by a newer one, and changed no state."""

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


Event = (
    Opened
    | State
    | Change
    | Sessions
    | Previewed
    | History
    | StepRows
    | Lanes
    | Inspected
    | Verdict
    | Progress
    | Front
    | DocumentChanged
    | Text
    | Others
    | Compared
    | Exported
    | Done
    | Failed
)
