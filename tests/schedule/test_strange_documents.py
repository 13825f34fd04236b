"""A plan may come from anybody: it reads nothing outside its folder, and nonsense in it is refused in words.

``MCU_LAB_DOCUMENTS=5000 python -m pytest tests/schedule/test_strange_documents.py`` tries more.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcu_lab.device.load import FOLDER
from mcu_lab.errors import DocumentError, McuLabError
from mcu_lab.plan.verify import verify
from mcu_lab.schedule import outside
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.device.test_strange_boards import places

CASES = int(os.environ.get("MCU_LAB_DOCUMENTS", 160))
MODEL = "digits_residual_int8.tflite"
PLAN = "plan.mcuplan.json"
BOARD = (FOLDER / "boards" / "nucleo-f446re.toml").read_text()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and a plan of it, in one that holds other things."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(DATA / MODEL, folder / MODEL)
    shutil.copy(DATA / MODEL, tmp_path / MODEL)
    (tmp_path / "board.toml").write_text(BOARD)
    Session.open(folder / MODEL, "nucleo-f446re").save(folder / PLAN)
    return folder


def changed(folder: Path, **fields: Any) -> Path:
    """The plan with other values for some fields; ``model`` is the model's path."""
    said = json.loads((folder / PLAN).read_text())
    if "model" in fields:
        said["model"]["path"] = fields.pop("model")
    (folder / PLAN).write_text(json.dumps(said | fields))
    return folder / PLAN


def test_a_plan_is_opened_with_the_model_in_its_folder(folder: Path) -> None:
    assert Session.open(folder / PLAN).snapshot.graph.name == Path(MODEL).stem
    (folder / "below").mkdir()
    (folder / MODEL).rename(folder / "below" / "m.tflite")
    (folder / "link.tflite").symlink_to("below/m.tflite")
    for name in ("below/m.tflite", "below/../below/m.tflite", "link.tflite", "../mine/link.tflite"):
        assert Session.open(changed(folder, model=name)).plan.steps


@pytest.mark.parametrize("way", ["up", "link", "folder link", "far"])
def test_a_model_elsewhere_is_read_only_when_its_user_says_so(way: str, folder: Path, tmp_path: Path) -> None:
    (folder / "link.tflite").symlink_to(tmp_path / MODEL)
    (folder / "above").symlink_to(tmp_path)
    name = {
        "up": f"../{MODEL}", "link": "link.tflite", "folder link": f"above/{MODEL}",
        "far": os.path.relpath(tmp_path / MODEL, folder),
    }[way]  # fmt: skip
    plan = changed(folder, model=name)
    with pytest.raises(DocumentError, match="outside the folder") as refused:
        Session.open(plan)
    assert "--model" in refused.value.hint
    session = Session.open(plan, model=tmp_path / MODEL)
    with pytest.raises(DocumentError, match="outside the folder"):
        Session.open(plan)
    session.save(folder / "saved.mcuplan.json")
    assert Session.open(folder / "saved.mcuplan.json").plan.steps == session.plan.steps
    assert Session.open(plan).plan.steps == session.plan.steps


def test_a_plan_that_its_user_saves_elsewhere_is_opened_again(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    Session.open(folder / MODEL).save(tmp_path / "plans" / PLAN)
    assert Session.open(tmp_path / "plans" / PLAN).plan.steps
    for cache in (tmp_path / "cache").rglob("*"):
        if cache.is_file():
            cache.unlink()
    with pytest.raises(DocumentError, match="outside the folder"):
        Session.open(tmp_path / "plans" / PLAN)


def test_what_is_remembered_is_bounded_and_no_trouble_where_it_cannot_be_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "MOST", 3)
    models = [tmp_path / f"{i}.tflite" for i in range(5)]
    for model in models:
        outside.remember(model)
    assert [outside.is_remembered(model) for model in models] == [False, False, True, True, True]
    outside.remember(tmp_path / "two\nlines")
    assert not outside.is_remembered(tmp_path / "two")
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no folder"))
    outside.remember(models[0])
    assert not outside.is_remembered(models[0])
    (tmp_path / "plans").mkdir()
    Session.open(folder / MODEL).save(tmp_path / "plans" / PLAN)


def test_the_bytes_of_files_elsewhere_are_not_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(DocumentError) as refused:
        Session.open(changed(folder, model="../secret"))
    with pytest.raises(DocumentError) as missing:
        Session.open(changed(folder, model="../nothing"))
    assert str(refused.value).replace("secret", "nothing") == str(missing.value)


def test_a_board_of_ones_own_lies_beside_the_plan(folder: Path, tmp_path: Path) -> None:
    for name in ("../board.toml", str(tmp_path / "board.toml"), "link.toml"):
        (folder / "link.toml").unlink(missing_ok=True)
        (folder / "link.toml").symlink_to(tmp_path / "board.toml")
        with pytest.raises(DocumentError, match="outside the folder") as refused:
            Session.open(changed(folder, device=name))
        assert "--board" in refused.value.hint
    shutil.copy(tmp_path / "board.toml", folder / "own.toml")
    assert Session.open(changed(folder, device="own.toml")).snapshot.device.id == "nucleo-f446re"
    assert Session.open(changed(folder, device="../board.toml"), "teensy-41").snapshot.device.id == "teensy-41"


@pytest.mark.parametrize("field", ["model", "device"])
@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "loop", "gone", "huge", "long", "deep"])
def test_what_is_no_file_neither_holds_up_nor_floods(kind: str, field: str, folder: Path) -> None:
    name = {"long": "a" * 4000 + ".toml", "deep": "a/" * 2000 + "x.toml"}.get(kind, "x.toml")
    path = folder / "x.toml"
    make: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path), "zero": lambda: path.symlink_to("/dev/zero"), "folder": path.mkdir,
        "loop": lambda: path.symlink_to("x.toml"), "huge": lambda: path.touch() or os.truncate(path, 1 << 40),
    }  # fmt: skip
    make.get(kind, lambda: None)()
    with pytest.raises(McuLabError) as refused:
        Session.open(changed(folder, **{field: name}))
    assert str(refused.value).isprintable()


VALUES = [
    None, True, -1, 0, 1, 2, 5, 1 << 40, 1 << 41, 10**30, 0.5, 1e300, "", "t0", "sram", "flash", "\ud800", "\x1b[31m",
    "\u202e", "a\0b", "x" * 5000, "../x", "/dev/zero", "C:/x", "a\\b", "x.toml", [], [0], [[0, 0]], [[]], [0] * 3000,
    {}, {"t0": 4}, {"a": {}}, {"t" + "9" * 4000: 1}, {"sram_bytes": 0}, {"sram_bytes": 1},
    {"operators": [0, 1], "rows": 1 << 40},
    {"operators": [0, 1, 2], "rows": 0}, {"operators": [0] * 3000, "rows": 1},
    {"operators": [1, 2], "rows": 1, "columns": 1},
]  # fmt: skip


def damaged(random: Random, said: dict[str, Any]) -> dict[str, Any]:
    said = deepcopy(said)
    for _ in range(random.choice([1, 1, 2, 3])):
        *above, last = random.choice(places(said)[1:])
        inside: Any = said
        for key in above:
            inside = inside[key]
        match random.choice(["value", "value", "value", "remove", "double", "append", "unknown"]):
            case "remove":
                del inside[last]
            case "double" if isinstance(inside, list):
                inside.insert(0, inside[last])
            case "append" if isinstance(inside[last], list):
                inside[last].append(random.choice(VALUES))
            case "unknown" if isinstance(inside, dict):
                inside["novelty"] = 1
            case _:
                inside[last] = random.choice(VALUES)
    return said


@pytest.mark.slow
def test_damaged_plans_are_refused_in_words_or_opened(folder: Path) -> None:
    session = Session.open(folder / MODEL, "nucleo-f446re")
    session.fit(seconds=2)
    session.save(folder / PLAN, overwrite=True)
    said = json.loads((folder / PLAN).read_text())
    said["pins"] = dict(list(said["offsets"].items())[:2])
    refused = opened = 0
    for case in range(CASES):
        (folder / PLAN).write_text(json.dumps(damaged(Random(case), said)))
        try:
            verify(Session.open(folder / PLAN).plan)
            opened += 1
        except McuLabError as error:
            assert str(error).isprintable() and len(str(error)) < 9000, case
            refused += 1
    assert refused and opened


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "[" * 1_000_000, lambda text: '{"schema":' * 200_000,
        lambda text: text.rstrip()[:-1] + ',"x":' + "[" * 100_000 + "]" * 100_000 + "}",
        lambda text: text.replace('"schema": 3', '"schema": ' + "9" * 3_000_000),
        lambda text: text.replace('"schema": 3', '"schema": NaN'),
        lambda text: text.replace('"schema": 3', '"schema": 1e400'),
        lambda text: text.rstrip()[:-1] + ',"\\ud800\\u001b[31m":1,"\\ud800\\u001b[31m":2}',
        lambda text: "\ufeff" + text,
        lambda text: "", lambda text: "null", lambda text: text.replace('"path"', '"path": "a", "path"'),
    ],
)  # fmt: skip
def test_text_that_is_no_plan_is_refused(spoil: Callable[[str], str], folder: Path) -> None:
    (folder / PLAN).write_text(spoil((folder / PLAN).read_text()))
    with pytest.raises(DocumentError) as refused:
        Session.open(folder / PLAN)
    assert str(refused.value).isprintable() and len(str(refused.value)) < 1000
