"""The folder of an export, which is its user's: files of their own may lie in it, and ours may have been edited.

A marker lists what an export wrote with the sha256 of each file, as ``sha256sum -c`` reads it. A file is ours while it
is listed and has the content that is listed; ours are replaced, and removed when a later export has no use for them.
Everything else stays, and where it is in the way nothing is written at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mcu_lab.errors import InputError
from mcu_lab.files import read_file, reason

MARKER = ".mcu_lab_export"
#: What a file is called on the way to its place. A crash may leave some; the next export removes them.
_PASSING = re.compile(re.escape(MARKER) + r"\.[0-9a-f]{16}")
#: Names that an export gives. A marker that came from somewhere else can list any; none but these are looked at.
_OURS = re.compile(r"(runtime/(kernels/)?)?\w+\.(c|h|inl|bin)|Makefile|CMakeLists\.txt|README\.md", re.ASCII)
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_MOST_MARKER_BYTES = 1 << 20
#: No file of an export is larger: weights are 64 MiB at most, and at most 10 characters a byte as text.
_MOST_BYTES = 1 << 30
_MOST_NAMED = 5

#: Path inside the folder -> sha256 of each content that is ours.
Listed = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class _Found:
    """What lies on the way to a path: ``at`` is the path itself, or a part of it that is no folder.

    ``sha256`` is that of a plain file which may be written; None for a link, a device, a file that is read-only or
    too large. ``absent``: nothing is there.
    """

    at: str
    sha256: str | None = None
    absent: bool = False
    is_folder: bool = False


def write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> None:
    """Make ``folder`` hold these files and those of an earlier export no longer; others are left as they are.

    Raises InputError, before anything is written, for a folder that holds other files and no export, and for files in
    the way that are not ours as we left them; with ``overwrite`` both are allowed, and what is in the way is replaced
    unless it is a folder. A crash in the middle leaves a folder in which the next export knows its own.
    """
    assert all(_OURS.fullmatch(path) for path in files)
    try:
        folder = folder.resolve()
        if folder.exists() and not folder.is_dir():
            raise InputError("is not a folder.", where=str(folder))
        listed = _listed(folder)
        found = {path: _found(folder, path) for path in {*files, *listed}}
        ours = {path: digests for path, digests in listed.items() if found[path].sha256 in digests}
        _check(folder, files, listed, found, ours, overwrite)
        _replace(folder, files, found, ours)
    except (OSError, ValueError, RuntimeError) as error:  # names with NUL, and links that go round in circles
        raise InputError(f"cannot be written: {reason(error)}.", where=str(folder)) from error


def marker_text(listed: Listed) -> bytes:
    """The content of a marker."""
    return "".join(f"{digest}  {path}\n" for path in sorted(listed) for digest in sorted(listed[path])).encode()


def _listed(folder: Path) -> Listed:
    """What the marker says; nothing, if it is not one that an export wrote or has been changed beyond reading."""
    marker = folder / MARKER
    if marker.is_symlink():
        return {}
    try:
        lines = read_file(marker, _MOST_MARKER_BYTES).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    matches = [_LINE.fullmatch(line) for line in lines]
    listed: dict[str, frozenset[str]] = {}
    for match in matches:
        if match is None or not _OURS.fullmatch(match[2]):
            return {}
        listed[match[2]] = listed.get(match[2], frozenset()) | {match[1]}
    return listed


def _found(folder: Path, path: str) -> _Found:
    parts = path.split("/")
    for end in range(1, len(parts)):
        at = "/".join(parts[:end])
        if not os.path.lexists(folder / at):
            return _Found(path, absent=True)
        if not stat.S_ISDIR((folder / at).lstat().st_mode):
            return _Found(at)
    file = folder / path
    if not os.path.lexists(file):
        return _Found(path, absent=True)
    seen = file.lstat()
    if not stat.S_ISREG(seen.st_mode):
        return _Found(path, is_folder=stat.S_ISDIR(seen.st_mode))
    if not seen.st_mode & 0o222 or seen.st_size > _MOST_BYTES:
        return _Found(path)
    with file.open("rb") as content:
        return _Found(path, hashlib.file_digest(content, "sha256").hexdigest())


def _check(
    folder: Path,
    files: Mapping[str, bytes],
    listed: Listed,
    found: Mapping[str, _Found],
    ours: Listed,
    overwrite: bool,
) -> None:
    if folders := sorted(f.at for f in found.values() if f.is_folder):
        raise InputError(f"{folders[0]} is a folder where a file has to go.", where=str(folder))
    if (folder / MARKER).is_dir():
        raise InputError(f"{MARKER} is a folder where a file has to go.", where=str(folder))
    if overwrite:
        return
    known = {path.split("/")[0] for path in listed} | ({MARKER} if listed else set())
    if not ours and any(name not in known and not _PASSING.fullmatch(name) for name in _names(folder)):
        told = f", as far as its {MARKER} tells" if os.path.lexists(folder / MARKER) else ""
        raise InputError(
            f"holds files that no export made{told}.",
            where=str(folder),
            hint="Choose an empty folder, or allow overwriting.",
        )
    changed = {
        f.at
        for path, f in found.items()
        if not f.absent and path not in ours and not (path in files and f.sha256 == _sha256(files[path]))
    }
    if changed:
        more = len(changed) - _MOST_NAMED
        names = ", ".join(sorted(changed)[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        raise InputError(
            f"would lose what no export wrote: {names}.",
            where=str(folder),
            hint="Nothing was written. Move it away, choose another folder, or allow overwriting.",
        )


def _replace(folder: Path, files: Mapping[str, bytes], found: Mapping[str, _Found], ours: Listed) -> None:
    """Everything is written beside its place first, so that a full disk is met before anything has changed.

    While files take their places the marker lists old and new contents, so that either is known as ours.
    """
    listed = {path: frozenset({_sha256(data)}) for path, data in files.items()}
    both = {path: listed.get(path, frozenset()) | ours.get(path, frozenset()) for path in {*listed, *ours}}
    fresh = {path: data for path, data in files.items() if found[path].sha256 not in listed[path]}
    kept = {path.casefold() for path in files}
    unused = [path for path in ours if path.casefold() not in kept]
    there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        during, after = _beside(folder, marker_text(both)), _beside(folder, marker_text(listed))
        passing = {path: _beside(folder, data) for path, data in fresh.items()}
        os.replace(during, folder / MARKER)
        for path, temporary in passing.items():
            _clear_way(folder, path)
            if found[path].sha256 is not None:
                shutil.copymode(folder / path, temporary)
            os.replace(temporary, folder / path)
        for path in unused:
            (folder / path).unlink()
        _remove_empty(folder, unused)
        os.replace(after, folder / MARKER)
    finally:
        with suppress(OSError):
            for name in filter(_PASSING.fullmatch, _names(folder)):
                (folder / name).unlink()
        if not there:
            with suppress(OSError):
                folder.rmdir()


def _beside(folder: Path, data: bytes) -> Path:
    path = folder / f"{MARKER}.{secrets.token_hex(8)}"
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return path


def _clear_way(folder: Path, path: str) -> None:
    """Make the folders above a path; a link or a file that is in their place, and may be replaced, gives way."""
    for above in reversed(Path(path).parents[:-1]):
        if os.path.lexists(folder / above) and not stat.S_ISDIR((folder / above).lstat().st_mode):
            (folder / above).unlink()
        (folder / above).mkdir(exist_ok=True)


def _remove_empty(folder: Path, removed: Iterable[str]) -> None:
    for above in sorted({p for path in removed for p in Path(path).parents[:-1]}, reverse=True):
        with suppress(OSError):
            (folder / above).rmdir()


def _names(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
