"""Other plans of a session's model, to compare the present one with: history, saved, a search's front, files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from mcu_lab.errors import DocumentError, InputError
from mcu_lab.schedule.document import SUFFIX, device_of, load
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.delta import model_info
from mcu_lab.session.differing import decided
from mcu_lab.session.events import Compared, OtherPlan
from mcu_lab.session.figures import difference
from mcu_lab.session.folder import folder_of, inside
from mcu_lab.session.front import Point, point_words
from mcu_lab.session.requests import Compare, Other
from mcu_lab.session.session import Session

#: No more files of a folder than this are offered.
MOST_FILES = 50


def others(session: Session, points: Sequence[Point]) -> tuple[OtherPlan, ...]:
    """What there is to choose from; ``points`` are those of the last front. The latest of the history come first."""
    now = session.snapshot
    saved = [OtherPlan(Other("saved", ""), "what was saved")] if session.dirty and session.document else []
    history = [
        OtherPlan(Other("position", str(at)), f"{at}. {entry.label}")
        for at, entry in enumerate(session.entries)
        if at != now.position
    ]
    front = [OtherPlan(Other("point", str(at)), f"trade-off {point_words(p)}") for at, p in enumerate(points)]
    files = [OtherPlan(Other("file", name), name) for name in _files(session)]
    return (*saved, *reversed(history), *front, *files)


def compared(session: Session, points: Sequence[Point], request: Compare) -> Compared:
    """The other plan, ready to draw, and what is different now. Raises InputError, DocumentError or ScheduleError."""
    label, other = _other(session, points, request.other)
    now = session.snapshot
    outcome = session.outcome(other)
    before, after = outcome.figures, now.entry.figures
    return Compared(
        "compared",
        request.id,
        request.other,
        label,
        now.rev,
        before,
        after,
        difference(before, after),
        decided(now.base, now.plan, other, now.decisions),
        None if outcome.plan.graph is now.graph else model_info(now.base, session.path, other.rewrites),
        other.schedule,
        outcome.picture,
        outcome.timing,
    )


def _other(session: Session, points: Sequence[Point], other: Other) -> tuple[str, Decisions]:
    now = session.snapshot
    match other.kind:
        case "saved":
            return "what was saved", session.saved
        case "position":
            entry = session.entries[_index(other.id, len(session.entries), "the history")]
            return entry.label, entry.decisions
        case "point":
            point = points[_index(other.id, len(points), "the front")]
            return f"trade-off {point_words(point)}", Decisions(now.device, point.schedule, rewrites=point.rewrites)
        case "file":
            return other.id, _of_file(session, other.id)


def _index(text: str, count: int, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) < count):
        raise InputError(f"there is no number {text[:20]!r} among the {count} of {where}.", where="compare")
    return int(text)


def _of_file(session: Session, name: str) -> Decisions:
    file = inside(folder_of(session), name)
    document = load(file)
    if document.model_sha256 != session.snapshot.base.sha256:
        raise DocumentError("This is a plan of another model.", where=name, hint="Plans of one model can be compared.")
    return Decisions(device_of(document, file), document.schedule, rewrites=document.rewrites)


def _files(session: Session) -> list[str]:
    """The plans beside the session's document that are of the same model; those that cannot be read are left out."""
    if not session.path:
        return []
    sha256, folder, found = session.snapshot.base.sha256, folder_of(session), []
    for name in sorted(file.name for file in folder.glob(f"*{SUFFIX}"))[:MOST_FILES]:
        with suppress(DocumentError, InputError):
            file = inside(folder, name)
            if file.resolve() != session.document and load(file).model_sha256 == sha256:
                found.append(name)
    return found
