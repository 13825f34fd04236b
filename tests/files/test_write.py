"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcu_lab.errors import InputError
from mcu_lab.files import write_atomically


def test_a_file_is_made_or_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert write_atomically(path, b"one") == path and path.read_bytes() == b"one"
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two" and path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_bytes() == b"new"


def test_a_failure_leaves_what_there_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("place", ["", "file/x", "missing/x", "n" * 300])
def test_places_that_cannot_be_written_are_named(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(InputError) as refused:
        write_atomically(tmp_path / place, b"new")
    assert refused.value.where == str(tmp_path / place)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
