"""What a person should know of a session's files, whoever looks at it, for as long as it holds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from mcu_lab.errors import McuLabError
from mcu_lab.session.events import Notice, Offer
from mcu_lab.session.model_file import ModelFile
from mcu_lab.session.on_disk import Watched
from mcu_lab.session.recovery import Left, Recovery
from mcu_lab.session.session import Session
from mcu_lab.view.words import bytes_words

_of: WeakKeyDictionary[Session, Notices] = WeakKeyDictionary()

OVERWRITE = Offer("Keep mine", "Write this plan over what is there", "overwrite", None)
RELOAD = Offer("Take theirs", "Show what the file says now, as an edit that can be undone", "reload", None)
AGAIN = Offer("Write it again", "Write this plan where it was", "overwrite", None)
COPY = Offer("Save a copy …", "Save this plan under another name", "copy", None)


class Notices:
    """Looks after the files of one session."""

    def __init__(self, session: Session) -> None:
        self._document = Watched()
        self._model, self._model_path = ModelFile(session), session.path
        self._files: tuple[Notice, ...] = ()

    @staticmethod
    def of(session: Session) -> Notices:
        """Those of this session, made when first asked for."""
        if session not in _of:
            _of[session] = Notices(session)
        return _of[session]

    def look(self, session: Session) -> None:
        """See what has become of the files, and keep what could not be kept before."""
        recovery = Recovery.of(session)
        recovery.keep(session)
        if not session.path:
            return
        if self._model_path != session.path:
            self._model, self._model_path = ModelFile(session), session.path
        found = [*self._of_document(session), *self._of_model()]
        try:
            found += [_left(session, left) for left in recovery.left(session)]
            if recovery.lives_elsewhere(session):
                found.append(_elsewhere(session))
        except McuLabError:
            pass  # the journals' folder is a link to somewhere else, which `recovery.problem` says
        self._files = tuple(found)

    def now(self, session: Session) -> tuple[Notice, ...]:
        """As of the last look; whether edits are kept, as of the last edit."""
        problem = Recovery.problem_of(session)
        if problem is None:
            return self._files
        hint = "They are in this kernel alone until that is mended; it is tried again by itself."
        return (Notice("unkept", problem, hint, (COPY,) if session.path else ()), *self._files)

    def _of_document(self, session: Session) -> tuple[Notice, ...]:
        file = session.document
        state = "same" if file is None else self._document.state(file, session.left)
        if file is None or state == "same":
            return ()
        if state == "gone":
            text = f"{file.name} is no longer in its folder: it was deleted or moved."
            return (Notice("gone", text, "What is shown is kept here and can be written again.", (AGAIN, COPY)),)
        text = f"{file.name} was changed by another program."
        return (Notice("changed", text, "Nothing is overwritten until you say so.", (RELOAD, OVERWRITE, COPY)),)

    def _of_model(self) -> tuple[Notice, ...]:
        problem = self._model.problem()
        if problem is None:
            return ()
        hint = "What is shown still holds for the model that was opened. Restore that file, or open the new one."
        return (Notice("model", problem, hint, ()),)


def _left(session: Session, left: Left) -> Notice:
    standing, name = left.standing, left.path.name
    when = datetime.fromtimestamp(left.changed_s).strftime("%-d %b, %H:%M")
    edits = f"{standing.position} edit{'' if standing.position == 1 else 's'}"
    last = f"{standing.label}, arena {bytes_words(standing.arena_bytes)}"
    text = f"Another session left {edits} unsaved ({when}): {last}."
    back = Offer("Bring back", "Append those edits to the history here, where they can be undone", "bring_back", name)
    drop = Offer("Discard", "Remove what was left for good", "drop", name)
    return Notice("left", text, "", (back, drop))


def _elsewhere(session: Session) -> Notice:
    file = (session.document or Path(session.path)).name
    text = f"{file} is being edited in another session too."
    return Notice("elsewhere", text, "Each keeps its own edits; who saves second is asked first.", ())
