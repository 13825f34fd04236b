"""Figures and names as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from mcu_lab.graph.opaque import plain_kind
from mcu_lab.schedule.model import Anew, ByChannels, ByRows, ByTiles, Stage

if TYPE_CHECKING:
    from mcu_lab.view.picture import Row

LONGEST_NAME = 48


def bytes_words(count: int) -> str:
    """``55,296 B``: exact, so that it can be compared with any other place that states it."""
    return f"{count:,} B"


def size_words(count: int) -> str:
    """``54 KiB``: rounded, for a board's memories."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.4g} KiB"
    return f"{count / (1024 * 1024):.4g} MiB"


def use_words(used_bytes: int, limit_bytes: int | None) -> str:
    """``55,296 B of 128 KiB``, or without the limit where there is none."""
    return bytes_words(used_bytes) + ("" if limit_bytes is None else f" of {size_words(limit_bytes)}")


@lru_cache(maxsize=4096)
def shape_words(shape: tuple[int, ...]) -> str:
    """``96×96×8``; leading ones (the batch) are left out."""
    dims = list(shape)
    while len(dims) > 1 and dims[0] == 1:
        dims.pop(0)
    return "×".join(map(str, dims)) or "scalar"


def listed(items: Sequence[str], separator: str = ", ") -> str:
    """``a``, ``a and b``, ``a, b and c``; from three on, ``"; "`` also comes before the ``and``."""
    if len(items) < 2:
        return "".join(items)
    last = "; and " if separator == "; " and len(items) > 2 else " and "
    return f"{separator.join(items[:-1])}{last}{items[-1]}"


@lru_cache(maxsize=4096)
def short_name(name: str) -> str:
    """The telling end of a converter's long tensor name: of the first alternative, the last two path parts."""
    first = name.split(";")[0].strip().removesuffix(":0")
    tail = "/".join([part for part in first.split("/") if part][-2:])
    return tail if len(tail) <= LONGEST_NAME else "…" + tail[-(LONGEST_NAME - 1) :]


def action_words(label: str, action: str) -> str:
    """An operator's label and, where its step is not an ordinary one, what it does to memory."""
    return label + {"alias": " (no copy)", "in_place": " (in place)"}.get(action, "")


def steps_words(row: Row) -> str:
    """``17``, or ``0–2057`` for what takes more than one step."""
    return str(row.first_step) if row.end_step - row.first_step == 1 else f"{row.first_step}–{row.end_step - 1}"


@lru_cache(maxsize=256)
def kind_words(kind: str) -> str:
    """``depthwise conv`` for ``DEPTHWISE_CONV_2D``."""
    return plain_kind(kind).removeprefix("CUSTOM:").removesuffix("_2D").lower().replace("_", " ")


def counted(count: int, noun: str) -> str:
    """``1 buffer``, ``4 buffers``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def stage_words(stage: Stage) -> str:
    """``2 rows at a time, tiles of 4 columns, all made anew``: how a stage is executed, shortly."""
    match stage:
        case ByRows():
            words = [f"{counted(stage.rows, 'row')} at a time", "fresh rows apart" if stage.fresh == "apart" else ""]
        case ByTiles():
            size = f"tiles of {counted(stage.columns, 'column')}" if stage.columns else "tiles of full width"
            words = [f"{counted(stage.rows, 'row')} at a time", size, anew_words(stage.anew)]
        case ByChannels():
            words = [f"{counted(stage.channels, 'channel')} at a time"]
        case _:
            assert_never(stage)
    return ", ".join(filter(None, words))


def anew_words(anew: Anew) -> str:
    """What of a stage is made anew; nothing of nothing."""
    if anew == "all":
        return "all made anew"
    return f"{counted(len(anew), 'operator')} made anew" if anew else ""
