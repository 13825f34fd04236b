"""Reading neither waits nor floods: only regular files, and no more of them than wanted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from mcu_lab.files import read_file


def test_a_file_is_read_up_to_its_limit_and_through_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert read_file(tmp_path / "link", 5) == b"12345"
    with pytest.raises(OSError, match="more than the 4 that are read"):
        read_file(tmp_path / "a", 4)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pipe", "not a regular file"), ("zero", "not a regular file"), ("link to zero", "not a regular file"),
        ("folder", "Is a directory"), ("gone", "No such file"), ("loop", "symbolic links"), ("a\0b", "no file has"),
        ("\ud800", "no file has"), ("n" * 300, "too long"), ("huge", "more than"),
    ],
)  # fmt: skip
def test_what_is_no_file_is_told_at_once(kind: str, reason: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link to zero").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    path = Path("/dev/zero") if kind == "zero" else tmp_path / kind
    with pytest.raises(OSError) as refused:
        read_file(path, 1 << 20)
    assert reason in str(refused.value.strerror)


def test_a_pipe_that_takes_a_files_place_does_not_hold_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "a", os.stat(__file__)
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda _: seen)
    caught: list[OSError] = []

    def read() -> None:
        with pytest.raises(OSError) as refused:
            read_file(path, 1 << 20)
        caught.append(refused.value)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout=30)
    assert caught and "regular" in str(caught[0].strerror)
