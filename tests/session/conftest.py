"""What tests of sessions share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.session.files import MODEL


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a model in it."""
    (tmp_path / MODEL).write_bytes((DATA / MODEL).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path
