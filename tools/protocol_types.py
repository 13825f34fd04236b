"""Write the JSON Schema of the wire and the TypeScript types made from it.

The dataclasses of ``mcu_lab.session.protocol`` are the one source: run this after changing them.
A test fails while either file differs from what this would write.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from mcu_lab import __version__
from mcu_lab.schedule.model import Stage
from mcu_lab.session import protocol
from mcu_lab.session.edits import AskedEdit
from mcu_lab.session.wire import json_schema

ROOT = Path(__file__).resolve().parent.parent / "labextension"
SCHEMA = ROOT / "schema" / "protocol.json"
TYPES = ROOT / "src" / "protocol.ts"

_PLAIN = {"boolean": "boolean", "integer": "number", "number": "number", "string": "string", "null": "null"}


def schema_text() -> str:
    """The committed schema file."""
    schema = json_schema([*get_args(protocol.Request), *get_args(protocol.Event)])
    return json.dumps(schema, indent=2) + "\n"


def typescript(schema: dict[str, Any]) -> str:
    """TypeScript types with one ``type`` for each definition of ``schema``."""
    lines = [
        "// Made by tools/protocol_types.py from ../schema/protocol.json. Do not edit.",
        "",
        f"export const PROTOCOL = {protocol.PROTOCOL};",
        f"export const VERSION = '{__version__}';",
    ]
    for name, definition in schema["$defs"].items():
        lines += ["", f"/** {definition['description']} */", f"export type {name} = {{"]
        lines += [f"  {field}: {_type(kind)};" for field, kind in definition["properties"].items()]
        lines += ["};"]
    for name, union in (
        ("Request", protocol.Request),
        ("Event", protocol.Event),
        ("Edit", AskedEdit),
        ("Stage", Stage),
    ):
        members = " | ".join(kind.__name__ for kind in get_args(union))
        lines += ["", f"export type {name} = {members};"]
    return "\n".join(lines) + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return f"'{schema['const']}'"
    if "enum" in schema:
        return " | ".join(f"'{value}'" for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(kind) for kind in schema["anyOf"])
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(_type(kind) for kind in schema['prefixItems'])}]"
        item = _type(schema["items"])
        return f"({item})[]" if "|" in item else f"{item}[]"
    return _PLAIN[schema["type"]]


def main() -> None:
    """Write both files."""
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    TYPES.write_text(typescript(json.loads(schema_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
