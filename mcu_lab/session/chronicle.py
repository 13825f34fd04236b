"""A history as the lines of a journal, and back.

An entry says only those decisions that are not those of the entry before; after each change one short line says where
the session stands, so that a look at a journal's end is enough to offer it. Reading is bounded in bytes and in time, is
as strict as for anything that comes from a disk, and takes nothing that a search had proven.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from mcu_lab.device import ad_hoc
from mcu_lab.device.model import Device
from mcu_lab.device.said import device_said, said_of
from mcu_lab.errors import InputError, McuLabError
from mcu_lab.rewriting import Rewrite
from mcu_lab.schedule.json_text import normal
from mcu_lab.schedule.model import Schedule, Stage
from mcu_lab.schedule.stage_text import stage_without_kind
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.figures import Figures
from mcu_lab.session.session import Entry
from mcu_lab.session.wire import Json, field_types, from_json, to_json

VERSION = 1
#: A journal that is longer is written anew with as much of the history as fits into half of it.
MOST_BYTES = 4 << 20
MOST_LINE_BYTES = 4 << 20
#: Where a session stands is said within so much of a journal's end.
TAIL_BYTES = 16 << 10
#: So long it may take to understand a history; of a longer one the last steps are there.
MOST_SECONDS = 3.0


@dataclass(frozen=True)
class Head:
    """Of which file beside it a journal is, and the model's sha256."""

    file: str
    model: str


@dataclass(frozen=True)
class Standing:
    """Where a session stood: at ``position`` of its history, ``label``, and whether that was saved."""

    position: int
    dirty: bool
    label: str
    arena_bytes: int


@dataclass(frozen=True)
class Told:
    """What a journal tells. ``saved`` names the decisions that were saved; ``dropped``: so many steps are missing."""

    entries: tuple[Entry, ...]
    position: int
    saved: str
    dropped: int
    damaged: bool


def entry_lines(entries: Sequence[Entry], position: int) -> tuple[int, list[bytes]]:
    """As much of a history as a new journal has room for, around ``position``: the number of its first entry, and one
    line an entry. Most often that is all of it."""
    room = MOST_BYTES // 2 - len(entry_line(entries[position], None))
    lo, hi = position, position + 1
    before, after = [], []
    while lo > 0 and room >= 0:
        before.append(entry_line(entries[lo], entries[lo - 1]))
        room -= len(before[-1])
        lo -= 1
    while hi < len(entries) and room >= 0:
        after.append(entry_line(entries[hi], entries[hi - 1]))
        room -= len(after[-1])
        hi += 1
    return lo, [entry_line(entries[lo], None), *reversed(before), *after]


def head_line(head: Head) -> bytes:
    return line({"journal": VERSION, "model": head.model, "file": head.file})


def entry_line(entry: Entry, before: Entry | None, position: int | None = None) -> bytes:
    """An entry with those decisions that are not those of the entry before it. It takes the place of what is at
    ``position`` and after; None: it comes after all that is there."""
    schedule: dict[str, Json] = {}
    old = before.decisions.schedule if before else None
    for name in field_types(Schedule):
        value = getattr(entry.decisions.schedule, name)
        if old is None or getattr(old, name) != value:
            schedule[name] = to_json(value)
    device = said_of(entry.decisions.device)
    said = {"label": entry.label, "device": device, "schedule": schedule, "figures": to_json(entry.figures)}
    return line({"at": position} | said | _rewrites_said(entry.decisions))


def _rewrites_said(decisions: Decisions) -> dict[str, Json]:
    """Said only where there are any, so that what was said without them still means the same."""
    return {"rewrites": to_json(decisions.rewrites)} if decisions.rewrites else {}


def saved_line(decisions: Decisions) -> bytes:
    return line({"saved": digest(decisions)})


def standing_line(standing: Standing) -> bytes:
    said = to_json(standing)
    return line({"go": said.pop("position")} | said)


def line(value: dict[str, Json]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def digest(decisions: Decisions) -> str:
    """Names decisions: equal names, equal board, rewrites and schedule, as a document would say them."""
    said = {"device": said_of(decisions.device), "schedule": to_json(normal(decisions.schedule))}
    return hashlib.sha256(line(said | _rewrites_said(decisions))).hexdigest()


def glance(file: BinaryIO, name: str) -> tuple[Head, Standing | None]:
    """Head and last words of a journal that is called ``name``. InputError when it is none."""
    head = _head(file.readline(TAIL_BYTES), name)
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - TAIL_BYTES, 0))
    for text in reversed(file.read(TAIL_BYTES).split(b"\n")[:-1]):
        with suppress(ValueError, McuLabError, RecursionError):
            said = json.loads(text)
            if isinstance(said, dict) and "go" in said:
                return head, from_json(Standing, {"position": said.pop("go")} | said, "journal")
    return head, None


def read(file: BinaryIO, name: str) -> tuple[Head, Told]:
    """All that a journal tells, up to the first line that is damaged. InputError when there is nothing to tell."""
    head = _head(file.readline(TAIL_BYTES), name)
    raw: list[dict[str, Any]] = []
    position, saved, damaged, seen = 0, "", False, 0
    while text := file.readline(MOST_LINE_BYTES):
        seen += len(text)
        too_long = seen > 2 * MOST_BYTES or len(text) == MOST_LINE_BYTES
        if too_long or not text.endswith(b"\n"):
            damaged = too_long
            break
        try:
            said = json.loads(text)
            if "saved" in said:
                saved = from_json(str, said["saved"])
            elif "go" in said:
                position = _within(from_json(int, said["go"]), len(raw) - 1)
            elif "at" in said:
                at = len(raw) if said["at"] is None else _within(from_json(int, said["at"]), len(raw))
                before = raw[at - 1]["schedule"] if at else {}
                raw[at:] = [said | {"schedule": {**before, **said["schedule"]}}]
                position = at
        except (McuLabError, ValueError, KeyError, TypeError, RecursionError):
            damaged = True
            break
    first, entries = _entries(raw, position, time.monotonic() + MOST_SECONDS)
    return head, Told(entries, position - first, saved, first, damaged)


def _entries(raw: Sequence[dict[str, Any]], position: int, until: float) -> tuple[int, tuple[Entry, ...]]:
    """The entries, and the number of the first: that at ``position`` surely, then backwards while there is time."""
    if not raw:
        raise InputError("tells of no history.", where="journal")
    known: dict[tuple[str, int], Any] = {}
    before, after = [_entry(raw[position], known)], []
    with suppress(McuLabError, ValueError, KeyError, TypeError, RecursionError):
        while len(before) <= position and time.monotonic() < until:
            before.append(_entry(raw[position - len(before)], known))
        for said in raw[position + 1 :]:
            if time.monotonic() >= until:
                break
            after.append(_entry(said, known))
    return position + 1 - len(before), (*reversed(before), *after)


def _entry(said: dict[str, Any], known: dict[tuple[str, int], Any]) -> Entry:
    """An entry; a field that it shares with others is read once, which ``known`` remembers."""
    fields: dict[str, Any] = {}
    types = field_types(Schedule)
    if unknown := set(said["schedule"]) - set(types):
        raise InputError(f"has unknown fields: {', '.join(sorted(unknown))[:80]}.", where="journal")
    for name, value in said["schedule"].items():
        key = name, id(value)
        if key not in known:
            known[key] = _stages(value) if name == "stages" else from_json(types[name], value, "journal")
        fields[name] = known[key]
    figures = from_json(Figures, said["figures"], "journal")
    rewrites = from_json(tuple[Rewrite, ...], said.get("rewrites", []), "journal")
    decisions = Decisions(_device(said["device"]), Schedule(**fields), rewrites=rewrites)
    return Entry(from_json(str, said["label"]), decisions, figures)


def _stages(value: Json) -> tuple[Stage, ...]:
    """Stages; an mcu_lab whose stages had no kinds may have left them."""
    return tuple(
        from_json(Stage, said, "journal") if "kind" in said else stage_without_kind(said, "journal") for said in value
    )


def _head(text: bytes, name: str) -> Head:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("is no journal.", where=name) from error
    if not isinstance(said, dict) or said.get("journal") != VERSION:
        raise InputError("is no journal that this mcu_lab reads.", where=name)
    file = said.get("file", name.removesuffix(".journal"))
    return Head(from_json(str, file, name), from_json(str, said.get("model"), name))


def _within(number: int, last: int) -> int:
    if not 0 <= number <= last:
        raise InputError("leaves a gap in the history.", where="journal")
    return number


def _device(value: Json) -> Device:
    """The device itself, or a board's name: a journal leads to no other file. Two sizes are how they were told once."""
    if isinstance(value, list):
        return ad_hoc(*from_json(tuple[int | None, int | None], value, "journal"))
    return device_said(from_json(str, value, "journal") if not isinstance(value, dict) else value, "journal")
