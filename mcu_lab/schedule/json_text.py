"""Decisions as JSON text, and nothing that follows from them; the model is named by relative path and sha256.

The text is canonical: fixed key order, one decision a line, so that a small edit is a small diff. Reading is strict
and bounded, because a document may come from anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import Any, NoReturn, TypeVar, get_args

from mcu_lab.device.model import Device
from mcu_lab.device.said import device_said, said_of
from mcu_lab.errors import DeviceError, DocumentError
from mcu_lab.rewriting import KINDS, Rewrite
from mcu_lab.schedule.model import Fresh, Halo, InputMode, Schedule, Stage

T = TypeVar("T")
Name = TypeVar("Name", bound=str)

#: What is written. Schema 1 had no boards of one's own, and every field was there; it is read as well.
SCHEMA = 2
#: No operator, tensor, slot or byte number in a document is larger than this.
MAX_NUMBER = 1 << 40
MAX_NAME = 4096
HALOS: tuple[Halo, ...] = get_args(Halo)
FRESH: tuple[Fresh, ...] = get_args(Fresh)
INPUTS: tuple[InputMode, ...] = get_args(InputMode)
#: What every document says, and what it says only where it was decided.
ALWAYS = ("schema", "model", "device", "inputs", "order")
DECIDED = ("rewrites", "alias", "in_place", "stages", "storage", "offsets", "pins")


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
        stages=tuple(sorted(_normal_stage(stage) for stage in schedule.stages)),
        storage=tuple(sorted(schedule.storage)),
        offsets=tuple(sorted(schedule.offsets, key=lambda item: _natural(item[0]))),
        pins=tuple(sorted(schedule.pins, key=lambda item: _natural(item[0]))),
    )


def _normal_stage(stage: Stage) -> Stage:
    return replace(stage, operators=tuple(sorted(stage.operators)), anew=tuple(sorted(stage.anew)))


def to_text(document: Document) -> str:
    """The document's canonical JSON text."""
    schedule = normal(document.schedule)
    fields = {
        "schema": _json(SCHEMA),
        "model": _json({"path": document.model_path, "sha256": document.model_sha256}),
        "device": _device_text(document.device),
        "rewrites": _lines("[]", [_json(asdict(rewrite)) for rewrite in document.rewrites]),
        "inputs": _json(schedule.inputs),
        "order": _lines("[]", [_json(op) for op in schedule.order]),
        "alias": _lines("[]", [_json(op) for op in schedule.alias]),
        "in_place": _lines("[]", [_json(pair) for pair in schedule.in_place]),
        "stages": _lines("[]", [_json(_said(stage)) for stage in schedule.stages]),
        "storage": _lines("[]", [_json(pair) for pair in schedule.storage]),
        "offsets": _lines("{}", [f"{_json(b)}: {offset}" for b, offset in schedule.offsets]),
        "pins": _lines("{}", [f"{_json(b)}: {offset}" for b, offset in schedule.pins]),
    }
    said = (f'  "{key}": {value}' for key, value in fields.items() if key in ALWAYS or value not in ("[]", "{}"))
    return "{\n" + ",\n".join(said) + "\n}\n"


def from_text(text: str) -> Document:
    """The document that a JSON text describes. Raises DocumentError naming the field that is wrong."""
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json)
    except DocumentError:
        raise
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"This is not JSON: {error}.") from error
    top = _object(data, "the document")
    version = _number(top.get("schema"), "schema")
    if not 1 <= version <= SCHEMA:
        hint = "A newer mcu_lab wrote it: `pip install --upgrade mcu_lab` opens it." if version > SCHEMA else ""
        raise DocumentError(
            f"It is schema version {version}; this mcu_lab reads 1 to {SCHEMA}.", where="schema", hint=hint
        )
    _keys(top, "the document", required=ALWAYS, optional=DECIDED)
    model = _object(top["model"], "model")
    _keys(model, "model", required=("path", "sha256"), optional=())
    return Document(
        model_path=_relative_path(model["path"], "model.path"),
        model_sha256=_sha256(model["sha256"], "model.sha256"),
        device=_device(top["device"]),
        rewrites=_list(top.get("rewrites", []), "rewrites", _rewrite),
        schedule=normal(
            Schedule(
                order=_list(top["order"], "order", _number),
                alias=_list(top.get("alias", []), "alias", _number),
                in_place=_list(top.get("in_place", []), "in_place", lambda v, w: _pair(v, w, _number, _number)),
                stages=_list(top.get("stages", []), "stages", _stage),
                storage=_list(top.get("storage", []), "storage", lambda v, w: _pair(v, w, _number, _name)),
                offsets=_offsets(top.get("offsets", {}), "offsets"),
                pins=_offsets(top.get("pins", {}), "pins"),
                inputs=_one_of(top["inputs"], "inputs", INPUTS),
            )
        ),
    )


def _said(stage: Stage) -> dict[str, object]:
    """The fields of a stage, those that are as by default left out; operators and rows are always there."""
    default = asdict(Stage(()))
    always = ("operators", "rows")
    return {key: value for key, value in asdict(stage).items() if key in always or value != default[key]}


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


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DocumentError("It has to be an object.", where=where)
    return value


def _keys(data: Mapping[str, Any], where: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for key in required:
        if key not in data:
            raise DocumentError(f"The field {key} is missing.", where=where)
    for key in data:
        if key not in (*required, *optional):
            raise DocumentError(f"There is no field {key[:80]!r} in schema {SCHEMA}.", where=where)


def _number(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise DocumentError(f"It has to be a whole number from 0 to {MAX_NUMBER}.", where=where)
    return value


def _name(value: object, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise DocumentError(f"It has to be printable text of 1 to {MAX_NAME} characters.", where=where)
    return value


def _relative_path(value: object, where: str) -> str:
    path = _name(value, where)
    if PurePosixPath(path).is_absolute() or "\\" in path or ":" in path.split("/")[0]:
        raise DocumentError("It has to be relative to the document, with forward slashes.", where=where)
    return path


def _sha256(value: object, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise DocumentError("It has to be 64 hexadecimal digits in lower case.", where=where)
    return value


def _device(value: object) -> str | Device:
    if isinstance(value, str):
        return _name(value, "device")
    try:
        return device_said(_object(value, "device"), "device")
    except DeviceError as error:
        raise DocumentError(error.what, where=error.where, hint=error.hint) from error


def _device_text(device: str | Device) -> str:
    """A board of one's own over several lines, one figure a line."""
    said = device if isinstance(device, str) else said_of(device)
    whole = isinstance(said, dict) and "memory" in said
    return json.dumps(said, ensure_ascii=False, indent=2 if whole else None).replace("\n", "\n  ")


def _list(value: object, where: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise DocumentError("It has to be a list.", where=where)
    return tuple(item(v, f"{where}[{i}]") for i, v in enumerate(value))


def _pair(value: object, where: str, first: Callable, second: Callable) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise DocumentError("It has to be a list of two.", where=where)
    return first(value[0], f"{where}[0]"), second(value[1], f"{where}[1]")


def _stage(value: object, where: str) -> Stage:
    fields = _object(value, where)
    default = Stage(())
    optional = ("columns", "halo", "fresh", "channels", "anew")
    _keys(fields, where, required=("operators", "rows"), optional=optional)
    return Stage(
        operators=_list(fields["operators"], f"{where}.operators", _number),
        rows=_number(fields["rows"], f"{where}.rows"),
        columns=_number(fields.get("columns", default.columns), f"{where}.columns"),
        halo=_one_of(fields.get("halo", default.halo), f"{where}.halo", HALOS),
        fresh=_one_of(fields.get("fresh", default.fresh), f"{where}.fresh", FRESH),
        channels=_number(fields.get("channels", default.channels), f"{where}.channels"),
        anew=_list(fields.get("anew", list(default.anew)), f"{where}.anew", _number),
    )


def _rewrite(value: object, where: str) -> Rewrite:
    fields = _object(value, where)
    name = _name(fields.get("type"), f"{where}.type")
    if name not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise DocumentError(
            f"There is no rewrite {name[:80]!r}; this mcu_lab knows {known}.",
            where=where,
            hint="A newer mcu_lab may know it.",
        )
    _keys(fields, where, required=("type",), optional=())
    return KINDS[name]()


def _one_of(value: object, where: str, choices: tuple[Name, ...]) -> Name:
    for choice in choices:
        if value == choice:
            return choice
    raise DocumentError(f"It has to be {' or '.join(choices)}.", where=where)


def _offsets(value: object, where: str) -> tuple[tuple[str, int], ...]:
    items = _object(value, where)
    return tuple((_name(b, where), _number(offset, f"{where}.{b[:80]}")) for b, offset in items.items())
