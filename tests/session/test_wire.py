"""The wire: what goes out comes back, what is wrong is named, and both languages have the same types."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from types import ModuleType
from typing import Literal, get_args

import pytest

from mcu_lab import __version__
from mcu_lab.errors import InputError
from mcu_lab.session import protocol
from mcu_lab.session.edits import AskedEdit
from mcu_lab.session.wire import field_types, from_json, json_schema, to_json
from tests.conftest import ROOT


@dataclass(frozen=True)
class Inner:
    """A pair."""

    name: str
    at: tuple[int, str]


@dataclass(frozen=True)
class Circle:
    """One tagged kind."""

    type: Literal["circle"]
    radius: float


@dataclass(frozen=True)
class Square:
    """Another tagged kind."""

    type: Literal["square"]
    side: int
    note: str | None
    inner: tuple[Inner, ...]
    exact: bool = False


Shape = Circle | Square

EXAMPLES: list[Shape] = [
    Circle("circle", 1.5),
    Square("square", 3, None, ()),
    Square("square", 3, "n", (Inner("a", (1, "x")), Inner("b", (2, "y"))), True),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_values_survive_the_way_there_and_back(example: Shape) -> None:
    assert from_json(Shape, json.loads(json.dumps(to_json(example)))) == example


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ({"type": "circle"}, "radius"),
        ({"type": "circle", "radius": "1"}, "message.radius"),
        ({"type": "circle", "radius": True}, "message.radius"),
        ({"type": "circle", "radius": 1, "extra": 0}, "extra"),
        ({"type": "square", "side": 1.5, "note": None, "inner": []}, "message.side"),
        ({"type": "square", "side": 1, "note": 5, "inner": []}, "message.note"),
        ({"type": "square", "side": 1, "note": None, "inner": [{"name": "a", "at": [1]}]}, "message.inner[0].at"),
        ({"type": "square", "side": 1, "note": None, "inner": [{"name": "a", "at": ["1", "x"]}]}, "at[0]"),
        ({"type": "triangle"}, "triangle"),
        ({"type": ["circle"]}, "circle, square"),
        ([], "circle, square"),
        (None, "circle, square"),
    ],
)
def test_a_wrong_message_is_refused_by_field(message: object, named: str) -> None:
    with pytest.raises(InputError) as caught:
        from_json(Shape, message)
    assert named in str(caught.value)


def test_the_schema_describes_each_reachable_record() -> None:
    schema = json_schema([Circle, Square])
    assert set(schema["$defs"]) == {"Circle", "Square", "Inner"}
    assert schema["$defs"]["Inner"]["properties"]["at"]["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert schema["$defs"]["Square"]["properties"]["note"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("protocol_types", ROOT / "tools" / "protocol_types.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_schema_and_typescript_types_are_those_of_the_dataclasses() -> None:
    made = generator()
    again = "run `python tools/protocol_types.py`"
    assert made.SCHEMA.read_text(encoding="utf-8") == made.schema_text(), again
    assert made.TYPES.read_text(encoding="utf-8") == made.typescript(json.loads(made.schema_text())), again


def test_python_and_front_end_carry_one_version() -> None:
    package = json.loads((ROOT / "labextension" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8"))
    assert package["version"] == lock["version"] == __version__


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("union", [protocol.Request, protocol.Event, AskedEdit])
def test_every_member_of_a_union_has_its_own_type(union: object) -> None:
    kinds = get_args(union)
    tags = [get_args(field_types(kind)["type"])[0] for kind in kinds]
    assert len(set(tags)) == len(kinds) > 1
