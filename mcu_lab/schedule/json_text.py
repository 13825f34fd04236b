"""Decisions as JSON text, and nothing that follows from them; the model is named by relative path and sha256.

The text is canonical: fixed key order, one decision a line, so that a small edit is a small diff. Reading is strict
and bounded, because a document may come from anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any, NoReturn, get_args

from mcu_lab.device.model import Device
from mcu_lab.device.said import device_said, said_of
from mcu_lab.errors import DeviceError, DocumentError
from mcu_lab.rewriting import KINDS, Rewrite
from mcu_lab.schedule.model import InputMode, Schedule, Transfer, decided
from mcu_lab.schedule.stage_text import normal_stage, place_of, read_stage, stage_said, stage_without_kind
from mcu_lab.schedule.strict import check_keys, items, name, number, one_of, pair, record

#: What is written; older ones are read as well. In schema 2 stages had no kinds; schema 1 moreover had no boards of
#: one's own, and every field was there.
SCHEMA = 3
INPUTS: tuple[InputMode, ...] = get_args(InputMode)
#: What every document says, and what it says only where it was decided.
ALWAYS = ("schema", "model", "device", "inputs", "order")
DECIDED = ("rewrites", "alias", "in_place", "stages", "storage", "transfers", "offsets", "pins")


@dataclass(frozen=True)
class Document:
    """What a ``.mcuplan.json`` file says.

    model_path  relative to the document's folder, with forward slashes.
    device      the device itself; or a board's id, or the name of a board's ``.toml`` file beside the document.
    schedule    of the model's graph after the ``rewrites``, which are applied in order.
    """

    model_path: str
    model_sha256: str
    device: str | Device
    schedule: Schedule
    rewrites: tuple[Rewrite, ...] = ()


def normal(schedule: Schedule) -> Schedule:
    """The same decisions in the order a document keeps them: everything but ``order`` is sorted."""
    return replace(
        schedule,
        alias=tuple(sorted(schedule.alias)),
        in_place=tuple(sorted(schedule.in_place)),
        stages=tuple(sorted(map(normal_stage, schedule.stages), key=place_of)),
        storage=tuple(sorted(schedule.storage)),
        transfers=tuple(sorted(schedule.transfers)),
        offsets=tuple(sorted(schedule.offsets, key=lambda item: _natural(item[0]))),
        pins=tuple(sorted(schedule.pins, key=lambda item: _natural(item[0]))),
    )


def to_text(document: Document) -> str:
    """The document's canonical JSON text."""
    return object_text({"schema": _json(SCHEMA), **fields_of(document)}) + "\n"


def fields_of(document: Document) -> dict[str, str]:
    """What a document says of its model, field by field as JSON texts: only what was decided."""
    schedule = normal(document.schedule)
    fields = {
        "model": _json({"path": document.model_path, "sha256": document.model_sha256}),
        "device": device_text(document.device),
        "rewrites": _lines("[]", [_json(asdict(rewrite)) for rewrite in document.rewrites]),
        "inputs": _json(schedule.inputs),
        "order": _lines("[]", [_json(op) for op in schedule.order]),
        "alias": _lines("[]", [_json(op) for op in schedule.alias]),
        "in_place": _lines("[]", [_json(pair) for pair in schedule.in_place]),
        "stages": _lines("[]", [_json(stage_said(stage)) for stage in schedule.stages]),
        "storage": _lines("[]", [_json(pair) for pair in schedule.storage]),
        "transfers": _lines("[]", [_json(decided(transfer)) for transfer in schedule.transfers]),
        "offsets": _lines("{}", [f"{_json(b)}: {offset}" for b, offset in schedule.offsets]),
        "pins": _lines("{}", [f"{_json(b)}: {offset}" for b, offset in schedule.pins]),
    }
    return {key: value for key, value in fields.items() if key in ALWAYS or value not in ("[]", "{}")}


def object_text(fields: Mapping[str, str]) -> str:
    """A JSON object of fields that are JSON already, one a line at least."""
    return "{\n" + ",\n".join(f"  {_json(key)}: {value}" for key, value in fields.items()) + "\n}"


def from_text(text: str) -> Document:
    """The document that a JSON text describes. Raises DocumentError naming the field that is wrong."""
    top, version = parsed(text)
    check_keys(top, "the document", required=ALWAYS, optional=DECIDED)
    return document_of(top, version, device_of_value(top["device"]))


def parsed(text: str, oldest: int = 1) -> tuple[Mapping[str, Any], int]:
    """The fields of a document and its schema, which is ``oldest`` at least. Raises DocumentError for anything else."""
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"This is not JSON: {error}.") from error
    top = record(data, "the document")
    version = number(top.get("schema"), "schema")
    if not oldest <= version <= SCHEMA:
        hint = "A newer mcu_lab wrote it: `pip install --upgrade mcu_lab` opens it." if version > SCHEMA else ""
        raise DocumentError(
            f"It is schema version {version}; this mcu_lab reads {oldest} to {SCHEMA}.", where="schema", hint=hint
        )
    return top, version


def document_of(top: Mapping[str, Any], version: int, device: str | Device) -> Document:
    """What the fields of a document say of its model, their names checked. Raises DocumentError."""
    model = record(top["model"], "model")
    check_keys(model, "model", required=("path", "sha256"), optional=())
    stage = read_stage if version == SCHEMA else stage_without_kind
    return Document(
        model_path=_relative_path(model["path"], "model.path"),
        model_sha256=_sha256(model["sha256"], "model.sha256"),
        device=device,
        rewrites=items(top.get("rewrites", []), "rewrites", _rewrite),
        schedule=normal(
            Schedule(
                order=items(top["order"], "order", number),
                alias=items(top.get("alias", []), "alias", number),
                in_place=items(top.get("in_place", []), "in_place", lambda v, w: pair(v, w, number, number)),
                stages=items(top.get("stages", []), "stages", stage),
                storage=items(top.get("storage", []), "storage", lambda v, w: pair(v, w, number, name)),
                transfers=items(top.get("transfers", []), "transfers", _transfer),
                offsets=_offsets(top.get("offsets", {}), "offsets"),
                pins=_offsets(top.get("pins", {}), "pins"),
                inputs=one_of(top["inputs"], "inputs", INPUTS),
            )
        ),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(brackets: str, items: list[str]) -> str:
    return brackets[0] + "\n    " + ",\n    ".join(items) + "\n  " + brackets[1] if items else brackets


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which t9 comes before t10."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((1, int(p), p) if p.isascii() and p.isdigit() else (0, 0, p) for p in parts)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DocumentError("It is given twice.", where=key[:80])
        found[key] = value
    return found


def _not_json(literal: str) -> NoReturn:
    raise DocumentError(f"{literal} is not a JSON number.")


def _relative_path(value: object, where: str) -> str:
    path = name(value, where)
    if PurePosixPath(path).is_absolute() or "\\" in path or ":" in path.split("/")[0]:
        raise DocumentError("It has to be relative to the document, with forward slashes.", where=where)
    return path


def _sha256(value: object, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise DocumentError("It has to be 64 hexadecimal digits in lower case.", where=where)
    return value


def device_of_value(value: object) -> str | Device:
    if isinstance(value, str):
        return name(value, "device")
    try:
        return device_said(record(value, "device"), "device")
    except DeviceError as error:
        raise DocumentError(error.what, where=error.where, hint=error.hint) from error


def device_text(device: str | Device) -> str:
    """A board of one's own over several lines, one figure a line."""
    said = device if isinstance(device, str) else said_of(device)
    whole = isinstance(said, dict) and "memory" in said
    return json.dumps(said, ensure_ascii=False, indent=2 if whole else None).replace("\n", "\n  ")


def _rewrite(value: object, where: str) -> Rewrite:
    fields = record(value, where)
    kind = name(fields.get("type"), f"{where}.type")
    if kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise DocumentError(
            f"There is no rewrite {kind[:80]!r}; this mcu_lab knows {known}.",
            where=where,
            hint="A newer mcu_lab may know it.",
        )
    check_keys(fields, where, required=("type",), optional=())
    return KINDS[kind]()


def _transfer(value: object, where: str) -> Transfer:
    fields = record(value, where)
    check_keys(fields, where, required=("tensor", "chunk"), optional=("ahead", "slots"))
    return Transfer(**{key: number(said, f"{where}.{key}") for key, said in fields.items()})


def _offsets(value: object, where: str) -> tuple[tuple[str, int], ...]:
    placed = record(value, where)
    return tuple((name(b, where), number(offset, f"{where}.{b[:80]}")) for b, offset in placed.items())
