"""A snapshot as the message that shows it: whole, or what is different from the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.device.said import said_of
from mcu_lab.session.events import BoardInfo, Change, DocumentInfo, PictureChange, PointSplice, RowSplice, State
from mcu_lab.session.session import Snapshot
from mcu_lab.view.picture import Projection

T = TypeVar("T")


def state(snapshot: Snapshot, document: DocumentInfo, request_id: int | None) -> State:
    """Everything about ``snapshot``."""
    return State(
        "state",
        request_id,
        snapshot.rev,
        snapshot.label,
        snapshot.undo,
        snapshot.redo,
        snapshot.position,
        snapshot.length,
        board_info(snapshot.device),
        snapshot.decisions.schedule,
        snapshot.decisions.proof,
        document,
        snapshot.entry.figures,
        snapshot.picture,
        snapshot.timing,
    )


def change(before: Snapshot, after: Snapshot, document: DocumentInfo, request_id: int | None) -> Change:
    """What turns the state of ``before`` into that of ``after``."""
    old, new = before.decisions, after.decisions
    return Change(
        "change",
        request_id,
        before.rev,
        after.rev,
        after.label,
        after.undo,
        after.redo,
        after.position,
        after.length,
        None if new.device is old.device else board_info(new.device),
        None if new.schedule == old.schedule else new.schedule,
        new.proof,
        document,
        after.entry.figures,
        picture_change(before.picture, after.picture),
        None if after.timing == before.timing else after.timing,
    )


def picture_change(before: Projection, after: Projection) -> PictureChange:
    """What turns one picture into the other."""
    old = {r.buffer: r for r in before.rects}
    new = {r.buffer for r in after.rects}
    return PictureChange(
        head=after.head,
        rows=RowSplice(*_splice(before.rows, after.rows)),
        curve=PointSplice(*_splice(before.curve, after.curve)),
        rects_removed=tuple(name for name in old if name not in new),
        rects=tuple(r for r in after.rects if old.get(r.buffer) != r),
    )


def _splice(before: Sequence[T], after: Sequence[T]) -> tuple[int, int, tuple[T, ...]]:
    """(start, end, items): putting ``items`` in place of ``before[start:end]`` gives ``after``."""
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    tail = 0
    while tail < shorter - start and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return start, len(before) - tail, tuple(after[start : len(after) - tail])


def board_info(device: Device) -> BoardInfo:
    """A device as the board picker shows it."""
    sram, flash = (n if n < UNLIMITED_BYTES else None for n in (device.sram_bytes, device.flash_bytes))
    said = said_of(device)
    return BoardInfo(
        "board" if isinstance(said, str) else "own" if "memory" in said else "sizes",
        device.id,
        device.name,
        device.core.name,
        device.core.clock_hz,
        sram,
        flash,
        json.dumps(said),
    )
