"""Public models by name: fetched once, checked, kept in a cache.

``MCU_LAB_MODELS`` names a folder that is used instead, without any network: it holds ``<name>.tflite`` files.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import pooch

from mcu_lab.errors import InputError, ModelError
from mcu_lab.files import read_file

FOLDER_VARIABLE = "MCU_LAB_MODELS"


@dataclass(frozen=True)
class Entry:
    """A model of the zoo: what it does, the file of a public repository that holds it, and what it must be."""

    name: str
    task: str
    repository: str
    commit: str
    path: str
    sha256: str
    bytes: int
    licence: str

    @property
    def url(self) -> str:
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{quote(self.path)}"


@cache
def entries() -> Mapping[str, Entry]:
    """All models by name, in the order of the list."""
    listed = tomllib.loads((Path(__file__).parent / "zoo.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: Entry(name, **facts) for name, facts in listed.items()})


def names() -> tuple[str, ...]:
    """The names that :func:`path_of` knows."""
    return tuple(entries())


def path_of(name: str) -> Path:
    """A file that holds the model, fetched if need be; its sha256 has been checked.

    Raises InputError for an unknown name, ModelError if the model cannot be fetched, is missing in the folder that
    ``MCU_LAB_MODELS`` names, or is another file than the one that is listed.
    """
    entry = entries().get(name)
    if entry is None:
        close = get_close_matches(name, names(), n=3)
        known = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names())}."
        raise InputError(f"no model of the zoo is called {name!r}.", hint=known)
    folder = os.environ.get(FOLDER_VARIABLE)
    return _from_folder(entry, Path(folder)) if folder else _fetched(entry)


def _from_folder(entry: Entry, folder: Path) -> Path:
    path = folder / f"{entry.name}.tflite"
    if not os.path.isfile(path):
        raise ModelError(
            f"there is no {path.name} in {folder}.",
            where=entry.name,
            hint=f"Put it there, or unset {FOLDER_VARIABLE} to fetch it.",
        )
    if _sha256(path, entry.bytes) != entry.sha256:
        raise ModelError(
            f"{path} is not the listed file: its sha256 is not {entry.sha256}.",
            where=entry.name,
            hint="Open it by its path instead of by its name.",
        )
    return path


def _sha256(path: Path, most_bytes: int) -> str | None:
    """None for a file that cannot be read, or is larger than it has to be."""
    try:
        return hashlib.sha256(read_file(path, most_bytes)).hexdigest()
    except OSError:
        return None


def _fetched(entry: Entry) -> Path:
    pooch.get_logger().setLevel("WARNING")
    try:
        return Path(
            pooch.retrieve(
                entry.url,
                known_hash=f"sha256:{entry.sha256}",
                fname=f"{entry.name}.tflite",
                path=pooch.os_cache("mcu-lab"),
            )
        )
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot be fetched from {entry.url}: {error}.",
            where=entry.name,
            hint=f"Check the network, or set {FOLDER_VARIABLE} to a folder that holds {entry.name}.tflite.",
        ) from None
