"""Whether a model's file is still what was opened."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mcu_lab.files import read_file
from mcu_lab.limits import FILE_BYTES
from mcu_lab.session.session import Session


def sha256_of(model: Path) -> str:
    """Names what is in a model's file. Raises OSError when it cannot be read."""
    return hashlib.sha256(read_file(model, FILE_BYTES.most)).hexdigest()


class ModelFile:
    """Watches the file of one session's model; looks at its content only when its date or size are new."""

    def __init__(self, session: Session) -> None:
        self._file = Path(session.path) if session.path and session.snapshot.base.sha256 else None
        self._sha256 = session.snapshot.base.sha256
        self._seen: tuple[int, int] | None = None

    def problem(self) -> str | None:
        """What is wrong with the file; None when nothing is."""
        if self._file is None:
            return None
        try:
            stat = self._file.stat()
            if (stat.st_mtime_ns, stat.st_size) == self._seen:
                return None
            found = sha256_of(self._file)
        except OSError:
            return f"The model {self._file.name} is no longer where it was opened."
        if found != self._sha256:
            return f"The model {self._file.name} has changed on disk since it was opened."
        self._seen = stat.st_mtime_ns, stat.st_size
        return None
