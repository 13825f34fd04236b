"""What a session keeps on disk so that a crash or a restart of the kernel loses nothing, history included.

Each session keeps a journal of its own; what an edit's answer says was kept is on the disk by then. While that cannot
be done :attr:`Recovery.problem` says why, and it is tried again with every edit and every look. A session that is
opened goes on with the journal that was left behind for just this state of its file; any other is only offered.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import is_
from pathlib import Path
from weakref import WeakKeyDictionary

from mcu_lab.errors import InputError, McuLabError
from mcu_lab.session import chronicle
from mcu_lab.session.chronicle import Head, Standing, Told
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.journal import FOLDER, Journal, journals, taken
from mcu_lab.session.session import Entry, Session, Snapshot

#: A kernel whose server has crashed ends, and lets go of its journal, within so long.
MOST_WAIT_S = 3.0
#: So many journals that others left are offered.
MOST_OFFERED = 5

_of: WeakKeyDictionary[Session, Recovery] = WeakKeyDictionary()


@dataclass(frozen=True)
class Left:
    """A journal with unsaved work that another session left, since ``changed_s`` (Unix time)."""

    path: Path
    standing: Standing
    changed_s: float


class Recovery:
    """Keeps the history of one session. Listens to it from its making on."""

    def __init__(self, session: Session) -> None:
        self._journal = Journal()
        self._written: list[Entry] = []
        self._first = 0
        self._position = 0
        self._saved: Decisions | None = None
        self._head: Head | None = None
        self.problem: str | None = None
        session.subscribe(lambda snapshot: self._keep(session))

    @staticmethod
    def of(session: Session) -> Recovery:
        """The one of this session, made when first asked for."""
        if session not in _of:
            _of[session] = Recovery(session)
        return _of[session]

    @staticmethod
    def problem_of(session: Session) -> str | None:
        """Why unsaved work of this session cannot be kept, if it should be and cannot."""
        return _of[session].problem if session in _of else None

    def restore(self, session: Session) -> str | None:
        """Go on with what an earlier process left, if it goes with the file; says what of it was unsaved."""
        said = None
        until = time.monotonic() + MOST_WAIT_S
        for path in self._of_file(session):
            while _is_held(path) and time.monotonic() < until:
                time.sleep(0.1)
            with suppress(OSError, McuLabError), _read(path) as (fd, _, told):
                if self._journal.path is None and _goes_with(told, session):
                    said = self._go_on(session, path, fd, told)
        self._tidy(session)
        return said

    def left(self, session: Session) -> tuple[Left, ...]:
        """Unsaved work that other sessions left behind for this session's file, the latest first."""
        found: list[Left] = []
        for path in journals(_file(session)):
            with suppress(OSError, McuLabError), _glance(path) as (fd, head, standing):
                if standing is not None and standing.dirty and _is_for(head, session) and len(found) < MOST_OFFERED:
                    found.append(Left(path, standing, os.fstat(fd).st_mtime))
        return tuple(found)

    def lives_elsewhere(self, session: Session) -> bool:
        """Whether another session with edits of the same file is at work, in this kernel or another."""
        return any(path != self._journal.path and _is_held(path) for path in self._of_file(session))

    def bring_back(self, session: Session, name: str, *, rev: int | None = None) -> Snapshot:
        """Append the history that the journal of this name tells. InputError when there is no such or it is damaged."""
        path = self._named(session, name)
        with _read(path) as (_, _, told):
            snapshot = session.extend(told.entries, told.position, rev=rev)
            if self.problem is None and self._journal.whole():
                path.unlink()
            return snapshot

    def drop(self, session: Session, name: str) -> None:
        """Remove the journal of this name, unless its session lives. InputError when there is no such."""
        path = self._named(session, name)
        with taken(path) as fd:
            if fd is not None:
                path.unlink()

    def forget(self) -> None:
        """Remove the session's own journal."""
        self._written, self._saved, self.problem = [], None, None
        self._journal.remove()

    def keep(self, session: Session) -> None:
        """Keep what could not be kept before, or is no longer where it was kept."""
        if self.problem is not None or ((self._written or session.dirty) and not self._journal.whole()):
            self._keep(session)

    def _go_on(self, session: Session, path: Path, fd: int, told: Told) -> str | None:
        before = session.dirty
        self._journal.adopt(path, fd)
        try:
            session.recall(told.entries, told.position)
        except McuLabError:
            self._journal.leave()
            raise
        if not session.dirty or before:
            return None
        edits = len(told.entries) - 1
        words = f"Unsaved work was brought back: {edits} edit{'' if edits == 1 else 's'} in the history."
        if told.dropped:
            words += f" There was no time to read the {told.dropped} before them."
        if told.damaged:
            words += " The journal is damaged or too long: what came later could not be read."
        return words

    def _keep(self, session: Session) -> None:
        """Write what is new. An edit that cannot be kept is made all the same: a full disk is only remembered."""
        try:
            appends = (
                self.problem is None and self._journal.length_bytes <= chronicle.MOST_BYTES and self._journal.whole()
            )
            if not appends or self._head != _head(session) or not self._is_next(session):
                self._begin(session)
            elif lines := self._news(session):
                self._journal.append(lines)
                self._noted(session)
            self.problem = None
        except (OSError, McuLabError) as error:
            reason = f"{error.strerror} ({FOLDER})." if isinstance(error, OSError) else str(error)
            self.problem = f"Edits are not kept in case of a crash: {reason}"

    def _is_next(self, session: Session) -> bool:
        """Whether the history is the one that was written, after one more edit at most."""
        now, at = session.entries[self._first :], session.snapshot.position - self._first
        if not 0 <= at <= len(self._written):
            return False
        known = at < len(self._written) and self._written[at] is now[at]
        expected = self._written if known else [*self._written[:at], now[at]]
        return len(expected) == len(now) and all(map(is_, expected, now))

    def _news(self, session: Session) -> bytes:
        position, entry = session.snapshot.position - self._first, session.snapshot.entry
        lines = []
        if session.saved is not self._saved:
            lines.append(chronicle.saved_line(session.saved))
        known = self._written[position] if position < len(self._written) else None
        if known is not entry:
            lines.append(chronicle.entry_line(entry, self._written[position - 1] if position else None, position))
        if lines or position != self._position:
            lines.append(chronicle.standing_line(_standing(session, position)))
        return b"".join(lines)

    def _noted(self, session: Session) -> None:
        position, entry = session.snapshot.position - self._first, session.snapshot.entry
        if position == len(self._written) or self._written[position] is not entry:
            self._written[position:] = [entry]
        self._position, self._saved = position, session.saved

    def _begin(self, session: Session) -> None:
        """Write the whole history anew."""
        entries, position, head = session.entries, session.snapshot.position, _head(session)
        first, lines = chronicle.entry_lines(entries, position)
        standing = chronicle.standing_line(_standing(session, position - first))
        whole = [chronicle.head_line(head), *lines, chronicle.saved_line(session.saved), standing]
        self._journal.rewrite(_file(session), b"".join(whole))
        self._written, self._first, self._head = list(entries[first : first + len(lines)]), first, head
        self._position, self._saved = position - first, session.saved

    def _of_file(self, session: Session) -> tuple[Path, ...]:
        """The journals of just this file, the latest first."""
        found = []
        for path in journals(_file(session)):
            with suppress(OSError, McuLabError), path.open("rb") as file:
                if chronicle.glance(file, path.name)[0] == _head(session):
                    found.append(path)
        return tuple(found)

    def _tidy(self, session: Session) -> None:
        """Remove journals of this file that tell of nothing unsaved, and of a history that is not this one's."""
        for path in self._of_file(session):
            with suppress(OSError, McuLabError), _glance(path) as (_, _, standing):
                if standing is not None and not standing.dirty:
                    path.unlink()

    def _named(self, session: Session, name: str) -> Path:
        found = next((left.path for left in self.left(session) if left.path.name == name), None)
        if found is None:
            raise InputError(f"there is no journal {name[:80]!r} any more.", where=FOLDER)
        return found


@contextmanager
def _glance(path: Path) -> Iterator[tuple[int, Head, Standing | None]]:
    """A journal that nobody writes any more, and what is to be seen at a glance. InputError when somebody does."""
    with taken(path, to_look=True) as fd, open(_free(fd, path), "rb", closefd=False) as file:
        yield file.fileno(), *chronicle.glance(file, path.name)


@contextmanager
def _read(path: Path) -> Iterator[tuple[int, Head, Told]]:
    """A journal that nobody writes any more, and what it tells. InputError when somebody does."""
    with taken(path) as fd, open(_free(fd, path), "rb", closefd=False) as file:
        yield file.fileno(), *chronicle.read(file, path.name)


def _free(fd: int | None, path: Path) -> int:
    if fd is None:
        raise InputError("its session lives.", where=path.name)
    return fd


def _is_held(path: Path) -> bool:
    with suppress(OSError), taken(path, to_look=True) as fd:
        return fd is None
    return False


def _file(session: Session) -> Path:
    """The file whose journals a session's are. InputError when it has none."""
    if session.document is None and not session.path:
        raise InputError("a session without a file has no place for them.")
    return session.document or Path(session.path)


def _head(session: Session) -> Head:
    return Head(_file(session).name, session.snapshot.base.sha256 or "")


def _is_for(head: Head, session: Session) -> bool:
    """Also of a file that had another name when the journal was written."""
    own, file = _head(session), _file(session)
    return head.model == own.model and (head.file == own.file or not (file.parent / Path(head.file).name).exists())


def _goes_with(told: Told, session: Session) -> bool:
    """Whether a history leads to what the file says, or goes on from there. A model by itself says nothing of
    decisions, and may be opened for another board than the last time."""
    now = told.entries[told.position].decisions
    return session.document is None or chronicle.digest(session.saved) in (told.saved, chronicle.digest(now))


def _standing(session: Session, position: int) -> Standing:
    entry = session.snapshot.entry
    return Standing(position, session.dirty, entry.label, entry.figures.arena_bytes)
