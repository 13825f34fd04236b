"""A snapshot as the message that shows it: whole, or what is different from the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.device.said import said_of
from mcu_lab.graph.ir import Graph
from mcu_lab.rewriting import Rewrite, numbers_of, rewritten
from mcu_lab.session.events import BoardInfo, Change, DocumentInfo, PictureChange, PointSplice, RowSplice, State
from mcu_lab.session.rewriting import rewrite_infos
from mcu_lab.session.session import Snapshot
from mcu_lab.view.picture import ModelInfo, Projection
from mcu_lab.view.projection import describe

T = TypeVar("T")


def state(snapshot: Snapshot, path: str, document: DocumentInfo, request_id: int | None) -> State:
    """Everything about ``snapshot`` of the model at ``path``."""
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
        model_info(snapshot.base, path, snapshot.decisions.rewrites),
        rewrite_infos(snapshot.base, snapshot.decisions.rewrites),
        snapshot.decisions.schedule,
        snapshot.decisions.proof,
        document,
        snapshot.entry.figures,
        snapshot.picture,
        snapshot.timing,
    )


def change(before: Snapshot, after: Snapshot, path: str, document: DocumentInfo, request_id: int | None) -> Change:
    """What turns the state of ``before`` into that of ``after``, of the model at ``path``."""
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
        None if after.graph is before.graph else model_info(after.base, path, new.rewrites),
        None if new.rewrites == old.rewrites else rewrite_infos(after.base, new.rewrites),
        None if new.schedule == old.schedule else new.schedule,
        new.proof,
        document,
        after.entry.figures,
        picture_change(before.picture, after.picture),
        None if after.timing == before.timing else after.timing,
    )


def model_info(base: Graph, path: str, rewrites: tuple[Rewrite, ...]) -> ModelInfo:
    """The graph that is planned for, as a front end shows it: ``base``, read from ``path``, after the ``rewrites``."""
    graph = rewritten(base, rewrites)
    info = describe(graph, path, numbers_of(base, rewrites, ()) if rewrites else None)
    return replace(info, sha256=base.sha256)


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
