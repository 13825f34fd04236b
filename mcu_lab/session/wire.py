"""Frozen dataclasses to JSON values and back, strictly, and the JSON Schema that says the same.

Understands bool, int, float, str, None, literals, unions of these with None, ``tuple[X, ...]``,
``tuple[X, Y]`` and dataclasses. Unions of dataclasses are told apart by their ``type`` or ``kind`` field, a tuple
from literals by being a list.
"""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mcu_lab.errors import InputError

Json = Any
_LARGEST = sys.float_info.max


def to_json(value: object) -> Json:
    """The JSON value of a dataclass built from the types above."""
    if isinstance(value, tuple):
        return [item if type(item) in _PLAIN else to_json(item) for item in value]
    if type(value) not in _PLAIN and dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = {name: getattr(value, name) for name in field_types(type(value))}
        return {name: field if type(field) in _PLAIN else to_json(field) for name, field in said.items()}
    return value


def from_json(kind: Any, value: Json, where: str = "message") -> Any:
    """A value of type ``kind``. Raises InputError naming the field that is missing, unknown or of another type."""
    if kind is None or kind is type(None):
        return _checked(value is None, None, "null", value, where)
    origin = get_origin(kind)
    if origin is Literal:
        choices = get_args(kind)
        return _checked(value in choices, value, " or ".join(map(repr, choices)), value, where)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), value, where)
    if origin is tuple:
        return _tuple(get_args(kind), value, where)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, value, where)
    if kind is float:
        fine = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
        return _checked(fine, value, "a finite number", value, where)
    fine = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if fine and kind is str:
        return _checked(_is_unicode(value), value, "Unicode text", value, where)
    return _checked(fine, value, f"of type {kind.__name__}", value, where)


def json_schema(roots: Sequence[type]) -> Json:
    """JSON Schema (2020-12) with one definition for each dataclass reachable from ``roots``."""
    definitions: dict[str, Json] = {}
    for root in roots:
        _schema(root, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "anyOf": [{"$ref": f"#/$defs/{root.__name__}"} for root in roots],
        "$defs": dict(sorted(definitions.items())),
    }


@cache
def field_types(kind: type) -> dict[str, Any]:
    """A dataclass's fields in their order, with types resolved."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind)}


def _checked(fine: bool, result: Any, wanted: str, value: Json, where: str) -> Any:
    if not fine:
        raise InputError(f"should be {wanted}, not {_shown(value)}.", where=where)
    return result


def _is_unicode(text: str) -> bool:
    """JSON can spell halves of characters, which can be neither sent on nor written to a file."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _shown(value: Json) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:60] + " …"


def _union(kinds: tuple[Any, ...], value: Json, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    rest = [k for k in kinds if k is not type(None)]
    if len(rest) == 1:
        return from_json(rest[0], value, where)
    if not all(map(dataclasses.is_dataclass, rest)):
        fitting = (k for k in rest if (get_origin(k) is tuple) == isinstance(value, list))
        return from_json(next(fitting), value, where)
    field = "type" if "type" in field_types(rest[0]) else "kind"
    tags = [get_args(field_types(k)[field])[0] for k in rest]
    tag = value.get(field) if isinstance(value, dict) else None
    if tag not in tags:
        raise InputError(f"has {field} {_shown(tag)}, which is not one of {', '.join(tags)}.", where=where)
    return from_json(rest[tags.index(tag)], value, where)


def _tuple(kinds: tuple[Any, ...], value: Json, where: str) -> tuple[Any, ...]:
    _checked(isinstance(value, list), None, "a list", value, where)
    if len(kinds) == 2 and kinds[1] is ...:
        return tuple(from_json(kinds[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    _checked(len(value) == len(kinds), None, f"a list of {len(kinds)}", value, where)
    return tuple(from_json(k, item, f"{where}[{i}]") for i, (k, item) in enumerate(zip(kinds, value, strict=True)))


def _record(kind: type, value: Json, where: str) -> Any:
    _checked(isinstance(value, dict), None, "an object", value, where)
    fields = field_types(kind)
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise InputError(f"has unknown fields: {', '.join(map(_shown, unknown))}.", where=where)
    optional = {f.name for f in dataclasses.fields(kind) if f.default is not dataclasses.MISSING}
    missing = [name for name in fields if name not in value and name not in optional]
    if missing:
        raise InputError(f"lacks {', '.join(missing)}.", where=where)
    return kind(**{n: from_json(t, value[n], f"{where}.{n}") for n, t in fields.items() if n in value})


_PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"const": args[0]} if len(args) == 1 else {"enum": list(args)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(arg, definitions) for arg in args]}
    if origin is tuple:
        if len(args) == 2 and args[1] is ...:
            return {"type": "array", "items": _schema(args[0], definitions)}
        return {"type": "array", "prefixItems": [_schema(a, definitions) for a in args], "items": False}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}
        fields = {name: _schema(hint, definitions) for name, hint in field_types(kind).items()}
        definitions[kind.__name__] = {
            "description": (kind.__doc__ or "").strip().split("\n")[0],
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}
