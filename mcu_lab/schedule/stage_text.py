"""Stages as documents say them: their kind, and of its fields those that are not as by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from typing import Any, assert_never, get_args

from mcu_lab.errors import DocumentError
from mcu_lab.schedule.model import Anew, ByChannels, ByRows, ByTiles, Fresh, Stage, decided
from mcu_lab.schedule.strict import check_keys, items, number, one_of, record

KINDS: dict[str, type[Stage]] = {kind.kind: kind for kind in get_args(Stage)}
FRESH: tuple[Fresh, ...] = get_args(Fresh)


def normal_stage(stage: Stage) -> Stage:
    """The same stage with sorted operators."""
    operators = tuple(sorted(stage.operators))
    match stage:
        case ByTiles() if stage.anew != "all":
            return replace(stage, operators=operators, anew=tuple(sorted(stage.anew)))
        case ByRows() | ByTiles() | ByChannels():
            return replace(stage, operators=operators)
        case _:
            assert_never(stage)


def place_of(stage: Stage) -> tuple[tuple[int, ...], str]:
    """Where a document says a stage: kinds cannot be compared, and nonsense may name the same operators twice."""
    return stage.operators, repr(stage)


def stage_said(stage: Stage) -> dict[str, Any]:
    """The JSON object of a stage."""
    return {"kind": stage.kind, **decided(stage)}


def read_stage(value: object, where: str) -> Stage:
    """The stage that :func:`stage_said` has said. Raises DocumentError."""
    said = record(value, where)
    kind = KINDS[one_of(said.get("kind"), f"{where}.kind", tuple(KINDS))]
    needed = tuple(f.name for f in fields(kind) if f.default is MISSING)
    check_keys(said, where, ("kind", *needed), tuple(f.name for f in fields(kind)))
    return kind(**{key: _READ[key](field, f"{where}.{key}") for key, field in said.items() if key != "kind"})


def stage_without_kind(value: object, where: str) -> Stage:
    """A stage of schema 1 or 2: each had the fields of all kinds. Raises DocumentError, also for two kinds in one."""
    said = record(value, where)
    defaults: dict[str, object] = {"columns": 0, "halo": "keep", "fresh": "inside", "channels": 0, "anew": []}
    check_keys(said, where, ("operators", "rows"), tuple(defaults))
    read = _READ | {"anew": _numbers, "halo": lambda value, where: one_of(value, where, ("keep", "recompute"))}
    found = {key: read[key](value, f"{where}.{key}") for key, value in {**defaults, **said}.items()}
    operators, rows, fresh, columns = (found[key] for key in ("operators", "rows", "fresh", "columns"))
    anew: Anew = "all" if found["halo"] == "recompute" else found["anew"]
    tiled, apart = bool(columns or anew), fresh == "apart"
    if (found["channels"] and (rows != 1 or tiled or apart)) or (tiled and apart):
        raise DocumentError("It is told how to run in two ways at once.", where=where)
    if found["channels"]:
        return ByChannels(operators, found["channels"])
    return ByTiles(operators, rows, columns, anew) if tiled else ByRows(operators, rows, fresh)


def _numbers(value: object, where: str) -> tuple[int, ...]:
    return items(value, where, number)


def _anew(value: object, where: str) -> Anew:
    return "all" if value == "all" else _numbers(value, where)


#: How each field of any kind is read.
_READ: dict[str, Callable[[object, str], Any]] = {
    "operators": _numbers,
    "rows": number,
    "columns": number,
    "channels": number,
    "anew": _anew,
    "fresh": lambda value, where: one_of(value, where, FRESH),
}
