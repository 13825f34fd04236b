"""What a session keeps on disk so that a crash or a restart of the kernel loses nothing, history included.

A journal beside the document, in the folder that Jupyter keeps its checkpoints in: one JSON value a line, appended as
edits are made, so that a line that was cut off by a crash is the only thing lost. It is bounded, it is checked like
anything that comes from a disk, and what a search had proven is not taken from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from mcu_lab.device import ad_hoc, board, boards
from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.errors import InputError, McuLabError
from mcu_lab.files import write_atomically
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.figures import Figures
from mcu_lab.session.session import Entry, Session, Snapshot
from mcu_lab.session.wire import Json, from_json, to_json

FOLDER = ".ipynb_checkpoints"
VERSION = 1
#: A longer journal is written anew with what is in the history then, or is not read at all.
MOST_BYTES = 32 << 20
MOST_LINE_BYTES = 4 << 20

_of: WeakKeyDictionary[Session, Recovery] = WeakKeyDictionary()


class Recovery:
    """The journal of one session. Listens to it from :meth:`restore` or :meth:`forget` on."""

    def __init__(self, session: Session) -> None:
        self._file = journal_path(session)
        self._written: list[Entry] = []
        self._position = 0
        self._saved: Decisions | None = None
        self._bytes = 0
        self.problem: str | None = None
        session.subscribe(lambda snapshot: self._note(session, snapshot))

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
        """Bring back what an earlier process left in the journal, if it goes with the file; says what, if anything."""
        try:
            found = _read(self._file, session)
        except (McuLabError, OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        # A model by itself says nothing of decisions, and may be opened for another board than the last time.
        if found is None or (session.document is not None and found.saved != _digest(session.saved)):
            return None
        before = session.dirty
        with suppress(McuLabError):
            session.recall(found.entries, found.position)
            self._begin(session)
            edits = len(found.entries) - 1
            if session.dirty and not before:
                return f"Unsaved work was brought back: {edits} edit{'' if edits == 1 else 's'} in the history."
        return None

    def forget(self) -> None:
        """Remove the journal."""
        self._written, self._saved = [], None
        with suppress(OSError):
            self._file.unlink()

    def _note(self, session: Session, snapshot: Snapshot) -> None:
        """Append what is new. Losing the journal must not lose the edit, so that a full disk is only remembered."""
        try:
            moved = journal_path(session) != self._file
            if not self._written or moved or self._bytes > MOST_BYTES or self._rewritten(session, snapshot):
                if moved:
                    self.forget()
                self._file = journal_path(session)
                self._begin(session)
                return
            lines = list(self._news(session, snapshot))
            with self._file.open("ab") as file:
                self._bytes += file.write(b"".join(lines))
            self.problem = None
        except (OSError, InputError) as error:
            self.problem = f"Unsaved work cannot be kept in {FOLDER}: {error}"

    def _rewritten(self, session: Session, snapshot: Snapshot) -> bool:
        """Whether an entry other than the present one is no longer what was written: it has another name."""
        pairs = enumerate(zip(self._written, session.entries, strict=False))
        return any(i != snapshot.position and old is not new for i, (old, new) in pairs)

    def _news(self, session: Session, snapshot: Snapshot) -> Iterator[bytes]:
        position, entry = snapshot.position, snapshot.entry
        if session.saved is not self._saved:
            self._saved = session.saved
            yield _line({"saved": _digest(session.saved)})
        known = self._written[position] if position < len(self._written) else None
        if known is entry:
            if position != self._position:
                yield _line({"go": position})
        else:
            before = self._written[position - 1] if position else None
            self._written[position:] = [entry]
            yield _line({"at": position} | _entry_json(entry, before))
        self._position = position

    def _begin(self, session: Session) -> None:
        """Write the whole history anew."""
        entries = session.entries
        lines = [_line({"journal": VERSION, "model": session.snapshot.graph.sha256})]
        for i, entry in enumerate(entries):
            lines.append(_line({"at": i} | _entry_json(entry, entries[i - 1] if i else None)))
        lines.append(_line({"saved": _digest(session.saved)}))
        lines.append(_line({"go": session.snapshot.position}))
        _own_folder(self._file)
        write_atomically(self._file, b"".join(lines))
        self._written, self._position = list(entries), session.snapshot.position
        self._saved, self._bytes = session.saved, sum(map(len, lines))


class _Found:
    """What a journal says, line by line."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.position = 0
        self.saved = ""

    def take(self, line: Json) -> None:
        if "saved" in line:
            self.saved = from_json(str, line["saved"])
        elif "go" in line:
            self.position = from_json(int, line["go"])
        elif "at" in line:
            at = from_json(int, line["at"])
            if not 0 <= at <= len(self.entries):
                raise InputError("leaves a gap in the history.", where="journal")
            self.entries[at:] = [_entry(line, self.entries[at - 1] if at else None)]
            self.position = at


def journal_path(session: Session) -> Path:
    """Where the journal of a session that has a file lies."""
    file = session.document or Path(session.path)
    return file.parent / FOLDER / f"{file.name}.journal"


def _own_folder(file: Path) -> None:
    """The checkpoints folder, which must be a folder there and no way to somewhere else."""
    file.parent.mkdir(exist_ok=True)
    if file.parent.is_symlink() or file.is_symlink():
        raise InputError("is a link to somewhere else.", where=str(file.parent))


def _read(file: Path, session: Session) -> _Found | None:
    _own_folder(file)
    if not file.is_file() or file.stat().st_size > 2 * MOST_BYTES:
        return None
    found = _Found()
    with file.open("rb") as lines:
        head = json.loads(lines.readline(MOST_LINE_BYTES))
        if head != {"journal": VERSION, "model": session.snapshot.graph.sha256}:
            return None
        while line := lines.readline(MOST_LINE_BYTES):
            if not line.endswith(b"\n"):
                break
            found.take(json.loads(line))
    return found if found.entries else None


def _line(value: dict[str, Json]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry_json(entry: Entry, before: Entry | None) -> dict[str, Json]:
    """An entry with those decisions that are not those of the entry before."""
    schedule: dict[str, Json] = to_json(entry.decisions.schedule)
    if before:
        old = before.decisions.schedule
        schedule = {k: v for k, v in schedule.items() if getattr(entry.decisions.schedule, k) != getattr(old, k)}
    device = _device_json(entry.decisions.device)
    return {"label": entry.label, "device": device, "schedule": schedule, "figures": to_json(entry.figures)}


def _entry(line: dict[str, Any], before: Entry | None) -> Entry:
    old = to_json(before.decisions.schedule) if before else {}
    schedule = from_json(Schedule, {**old, **line["schedule"]}, "journal")
    decisions = Decisions(_device(line["device"]), schedule)
    return Entry(from_json(str, line["label"]), decisions, from_json(Figures, line["figures"], "journal"))


def _device_json(device: Device) -> Json:
    if device in boards():
        return device.id
    return [None if n >= UNLIMITED_BYTES else n for n in (device.sram_bytes, device.flash_bytes)]


def _device(value: Json) -> Device:
    if isinstance(value, str):
        return board(value)
    return ad_hoc(*from_json(tuple[int | None, int | None], value, "journal"))


def _digest(decisions: Decisions) -> str:
    """Names decisions: equal names, equal board and schedule."""
    said = _line({"device": _device_json(decisions.device), "schedule": to_json(decisions.schedule)})
    return hashlib.sha256(said).hexdigest()
