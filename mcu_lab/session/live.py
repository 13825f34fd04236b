"""Sessions that are live in this process, so that a panel and a cell can show the same one.

Sessions that a front end opened are kept until the process ends or newer ones take their place, because a page that
is loaded again comes back for its own; those of a notebook live as long as the notebook holds them.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from mcu_lab.session.session import Session

#: So many sessions that no page shows any more are kept.
MOST_KEPT = 8

_lock = Lock()
_numbers = count(1)
_live: WeakValueDictionary[int, Session] = WeakValueDictionary()
_kept: deque[Session] = deque(maxlen=MOST_KEPT)


def enlist(session: Session) -> str:
    """Make ``session`` known, and return the id it is known by."""
    with _lock:
        number = next(_numbers)
        _live[number] = session
        return f"s{number}"


def keep(session: Session) -> None:
    """Hold on to ``session`` when nobody else does."""
    with _lock:
        _kept.append(session)


def forget(session: Session) -> None:
    """A fresh start was asked for: offer ``session`` no more."""
    with _lock:
        _live.pop(int(session.id[1:]), None)
        if session in _kept:
            _kept.remove(session)


def sessions() -> tuple[Session, ...]:
    """Every live session, the newest first."""
    with _lock:
        return tuple(session for _, session in sorted(_live.items(), reverse=True))


def session_on(path: Path) -> Session | None:
    """The newest live session on this document or model; of those on a model rather one that has no document."""
    wanted = path.resolve()
    on = [s for s in sessions() if s.path and wanted in (s.document, Path(s.path))]
    return next((s for s in on if wanted == (s.document or Path(s.path))), on[0] if on else None)
