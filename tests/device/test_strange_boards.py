"""A board's file may come from anybody: it is refused in words, or it works all the way to C.

``MCU_LAB_BOARDS=5000 python -m pytest tests/device/test_strange_boards.py`` tries more.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcu_lab.device import Device, board
from mcu_lab.device.load import FOLDER, LARGEST_FILE_BYTES
from mcu_lab.errors import DeviceError, McuLabError
from mcu_lab.firmware.export import export
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.verify import verify
from mcu_lab.search.fit import fit
from mcu_lab.session.session import Session
from mcu_lab.view.projection import project
from mcu_lab.view.table import table
from tests.conftest import DATA

GOOD = (FOLDER / "boards" / "stm32f746g-disco.toml").read_text()
CASES = int(os.environ.get("MCU_LAB_BOARDS", 150))
MODEL = DATA / "digits_mlp_int8.tflite"
VALUES = [
    True, False,
    0, -1, 1, 3, 4, 64, 65536, 1 << 40, 10**30, 0.5, 1e-300, 1e300, float("inf"), float("-inf"), float("nan"),
    "", " ", "sram", "flash", "Sram", "sram ", "application", "qspi", "no such", "external", "x" * 5000, "a\x00b",
    "\x1b[31mred", "\u202edef", "two\nlines", "\ufffe", "*/ evil /*", "int", "é", [], [1], [[]], {}, {"a": {}},
]  # fmt: skip


def toml(value: Any) -> str:
    """A value as TOML; the standard library reads TOML only."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" for c in value)
        return f'"{escaped}"'
    return str(value).lower()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, item in items for p in places(item, (*path, key)))]


def damaged(random: Random) -> dict[str, Any]:
    """The board with some of its fields removed, doubled, or given other values."""
    board = tomllib.loads(GOOD)
    for _ in range(random.choice([1, 1, 2, 4])):
        *above, last = random.choice(places(board)[1:])
        inside: Any = board
        for key in above:
            inside = inside[key]
        match random.choice(["value", "value", "value", "remove", "double", "unknown"]):
            case "value":
                inside[last] = random.choice(VALUES)
            case "remove":
                del inside[last]
            case "double" if isinstance(inside, list):
                inside.extend([inside[last]] * random.choice([1, 40]))
            case _:
                (inside if isinstance(inside, dict) else board)[random.choice(["x", "reach", "writable"])] = 1
    return board


def works_to_the_end(device: Device, folder: Path) -> None:
    graph = read_tflite(MODEL)
    plan = lower(graph, default_schedule(graph), device)
    assert table(project(plan))
    verify(plan)
    best = fit(graph, device, use=frozenset(), seconds=1)
    assert Session(graph, device, best.schedule, path=str(MODEL)).text()
    if not verify(best.plan):
        export(best.plan, folder)


@pytest.mark.parametrize("part", range(2))
def test_damaged_boards_are_refused_in_words_or_work_to_the_end(part: int, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    refused = worked = 0
    for case in range(part, CASES, 2):
        path.write_text(toml_text(damaged(Random(case))))
        try:
            device = board(str(path))
        except DeviceError as error:
            refused += 1
            assert error.where == path.name and str(error).isprintable() and len(str(error)) < 2000, case
            continue
        worked += 1
        if worked % 10 == 0:
            try:
                works_to_the_end(device, tmp_path / str(case))
            except McuLabError as error:
                assert str(error).isprintable(), case
    assert refused and worked > 10


def toml_text(board: dict[str, Any]) -> str:
    return "".join(f"{toml(key)} = {toml(value)}\n" for key, value in board.items())


@pytest.mark.parametrize(
    "text",
    [
        b"a = " + b"[" * 60_000, b"a = " + b"[" * 30_000 + b"]" * 30_000, b"a = " + b"9" * 60_000, b"\xff\xfe",
        b"a\x00 = 1", b"\xef\xbb\xbfid = 'x'", b"", b"x" * (LARGEST_FILE_BYTES + 1), b"a.b.c = 1\n" + b"a.b.c.d = 2\n",
        b"id = 1979-05-27",
    ],
)  # fmt: skip
def test_what_is_no_board_file_is_refused(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text)
    with pytest.raises(DeviceError) as refused:
        board(str(path))
    assert refused.value.where == "mine.toml" and str(refused.value).isprintable()


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "gone"])
def test_a_board_that_is_no_file_does_not_hold_up(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(DeviceError, match="cannot be read"):
        board(str(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('constants = "flash"', "", "constants"),
        ('arena = "sram"', "", "arena"),
        ('arena = "sram"', 'arena = "flash"', "writable"),
        ('constants = "flash"', 'constants = "qspi"', "reach"),
        ('arena = "sram"', 'arena = "qspi"', "writable and within"),
        ('name = "sdram"', 'name = "application"', "application"),
        ('name = "sdram"', 'name = "qspi"', "share a name"),
        ("alignment = 4", "alignment = 3", "power of two"),
        ("alignment = 4", "alignment = 0", "alignment"),
        ("alignment = 4", "alignment = 1.5", "whole number"),
        ("alignment = 4", "alignment = true", "alignment"),
        ("kib = 320", "kib = nan", "kib"),
        ("reach = true", 'reach = "no"', "true or false"),
        ('dst = "sram"', 'dst = "qspi"', "moves nothing"),
        ("asynchronous = true", "burst_bytes = -4", "burst_bytes"),
        ("[[link]]", "[link]", "link"),
        ('id = "stm32f746g-disco"', 'id = "\\u001b[31m"', "printable"),
        ('id = "stm32f746g-disco"', 'id = " "', "printable"),
    ],
)
def test_the_field_that_is_wrong_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert old in GOOD
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(DeviceError, match=says):
        board(str(path))
