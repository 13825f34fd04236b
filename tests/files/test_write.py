"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mcu_lab.errors import InputError
from mcu_lab.files import write_atomically, write_output
from tests.files.failing import in_a_process_that_dies
from tests.files.strangers import seen_in


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


def test_without_replacing_nothing_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    assert write_atomically(path, b"one", replace=False).read_bytes() == b"one"

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    for link in (os.link, no_links):
        monkeypatch.setattr(os, "link", link)
        with pytest.raises(InputError, match="already"):
            write_atomically(path, b"two", replace=False)
        write_atomically(tmp_path / "b", b"three", replace=False).unlink()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"one")]


def test_what_is_read_only_or_no_file_stays(tmp_path: Path) -> None:
    protected, pipe, loop = tmp_path / "protected", tmp_path / "pipe", tmp_path / "loop"
    protected.write_bytes(b"mine")
    protected.chmod(0o444)
    os.mkfifo(pipe)
    loop.symlink_to("loop")
    before = seen_in(tmp_path)
    for path, reason in ((protected, "read-only"), (pipe, "regular"), (loop, "written"), (tmp_path / "a\0b", "null")):
        with pytest.raises(InputError, match=reason):
            write_atomically(path, b"new")
    assert seen_in(tmp_path) == before


def test_an_output_takes_the_place_of_no_file_unasked_and_of_no_input_ever(tmp_path: Path) -> None:
    model, other, link, hard = (tmp_path / name for name in ("model", "other", "link", "hard"))
    model.write_bytes(b"model")
    other.write_bytes(b"other")
    link.symlink_to("model")
    os.link(model, hard)
    before = seen_in(tmp_path)
    for path, overwrite, reason in (
        (other, False, "already"), (link, False, "made from"), (model, True, "made from"), (link, True, "made from"),
        (hard, True, "made from"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=reason):
            write_output(path, b"new", overwrite=overwrite, reads=[model, tmp_path / "gone"])
    assert seen_in(tmp_path) == before
    write_output(other, b"new", overwrite=True, reads=[model])
    assert other.read_bytes() == b"new"


def test_a_file_that_comes_while_the_work_is_done_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out"
    monkeypatch.setattr("mcu_lab.files.check_output", lambda *_, **__: path.write_bytes(b"came"))
    with pytest.raises(InputError, match="already"):
        write_output(path, b"new")
    assert path.read_bytes() == b"came"


@pytest.mark.parametrize("replace", [True, False])
def test_a_process_killed_at_any_moment_leaves_the_old_file_or_the_new_one(replace: bool, tmp_path: Path) -> None:
    path, seen = tmp_path / "a", set()
    for at in range(100):
        path.unlink(missing_ok=True)
        if replace:
            path.write_bytes(b"old")
        died = in_a_process_that_dies(at, lambda: write_atomically(path, b"new", replace=replace) and None)
        seen.add(path.read_bytes() if path.exists() else b"")
        if not died:
            break
    assert seen == {b"old" if replace else b"", b"new"}
