"""Schedule documents: canonical text, strict bounded reading, atomic writing, and the model they belong to."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.device import ad_hoc, boards
from mcu_lab.errors import DocumentError
from mcu_lab.rewriting import RemoveUnread
from mcu_lab.schedule.document import (
    MAX_BYTES,
    Document,
    check_model,
    let_read,
    load,
    read_model,
    relative_model_path,
    save,
)
from mcu_lab.schedule.json_text import from_text, normal, to_text
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Schedule, Stage, Transfer

MODEL = b"not really a model"
SHA = hashlib.sha256(MODEL).hexdigest()
EXAMPLE = Document(
    "models/net.tflite",
    SHA,
    "nucleo_f446re",
    Schedule(
        order=(0, 2, 1),
        alias=(2,),
        in_place=((1, 0),),
        stages=(ByRows((3, 4)), ByRows((6,), 2)),
        storage=((4, "qspi"),),
        transfers=(Transfer(4, 8, 1, 2),),
        offsets=(("t3", 0), ("t10", 64)),
        pins=(("t5", 128),),
        inputs="streamed",
    ),
)

numbers = st.integers(0, 1 << 40)
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
placements = st.dictionaries(names, numbers, max_size=4).map(lambda d: tuple(d.items()))
operators = st.lists(numbers, max_size=4).map(tuple)
stages = (
    st.builds(ByRows, operators, numbers, st.sampled_from(("inside", "apart")))
    | st.builds(ByTiles, operators, numbers, numbers, st.just("all") | operators)
    | st.builds(ByChannels, operators, numbers)
)
schedules = st.builds(
    Schedule,
    order=st.lists(numbers, max_size=6).map(tuple),
    alias=st.lists(numbers, max_size=4).map(tuple),
    in_place=st.lists(st.tuples(numbers, numbers), max_size=4).map(tuple),
    stages=st.lists(stages, max_size=3).map(tuple),
    storage=st.lists(st.tuples(numbers, names), max_size=4).map(tuple),
    transfers=st.lists(st.builds(Transfer, numbers, numbers, numbers, numbers), max_size=3).map(tuple),
    offsets=placements,
    pins=placements,
    inputs=st.sampled_from(("resident", "streamed")),
)
sizes = st.none() | st.integers(1, 1 << 40)
devices = names | st.builds(ad_hoc, sizes, sizes) | st.sampled_from([replace(b, name="mine") for b in boards()])
paths = st.lists(names.filter(lambda n: not set(n) & set("\\:/")), min_size=1, max_size=3).map("/".join)
rewrites = st.sampled_from([(), (RemoveUnread(),)])
documents = st.builds(Document, paths, st.just(SHA), devices, schedules, rewrites)


@given(documents)
def test_reading_gives_back_what_was_written(document: Document) -> None:
    assert from_text(to_text(document)) == replace(document, schedule=normal(document.schedule))


@given(documents)
def test_the_text_is_canonical(document: Document) -> None:
    text = to_text(document)
    assert to_text(from_text(text)) == text
    backwards = replace(document.schedule, alias=document.schedule.alias[::-1], offsets=document.schedule.offsets[::-1])
    backwards = replace(backwards, stages=backwards.stages[::-1])
    assert to_text(replace(document, schedule=backwards)) == text


def test_one_edit_changes_one_line() -> None:
    moved = replace(EXAMPLE, schedule=replace(EXAMPLE.schedule, pins=(("t5", 132),)))
    lines = zip(to_text(EXAMPLE).splitlines(), to_text(moved).splitlines(), strict=True)
    assert sum(a != b for a, b in lines) == 1
    wider = replace(EXAMPLE, schedule=replace(EXAMPLE.schedule, stages=(ByRows((3, 4), 2), ByRows((6,), 2))))
    lines = zip(to_text(EXAMPLE).splitlines(), to_text(wider).splitlines(), strict=True)
    assert sum(a != b for a, b in lines) == 1


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (ByRows((3, 4)), '{"kind": "rows", "operators": [3, 4]}'),
        (ByRows((3, 4), 2, "apart"), '{"kind": "rows", "operators": [3, 4], "rows": 2, "fresh": "apart"}'),
        (ByTiles((3, 4), columns=8, anew=(3,)), '{"kind": "tiles", "operators": [3, 4], "columns": 8, "anew": [3]}'),
        (ByTiles((4, 3), 2, anew="all"), '{"kind": "tiles", "operators": [3, 4], "rows": 2, "anew": "all"}'),
        (ByChannels((5,), 1), '{"kind": "channels", "operators": [5], "channels": 1}'),
    ],
)
def test_a_stage_says_its_kind_and_what_is_not_as_by_default(stage: Stage, said: str) -> None:
    assert f"    {said}\n" in to_text(replace(EXAMPLE, schedule=replace(EXAMPLE.schedule, stages=(stage,))))


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ({}, ByRows((1, 2))),
        ({"rows": 3, "fresh": "apart"}, ByRows((1, 2), 3, "apart")),
        ({"columns": 4}, ByTiles((1, 2), columns=4)),
        ({"anew": [1]}, ByTiles((1, 2), anew=(1,))),
        ({"halo": "recompute"}, ByTiles((1, 2), anew="all")),
        ({"rows": 2, "columns": 4, "halo": "recompute", "anew": [1]}, ByTiles((1, 2), 2, 4, "all")),
        ({"columns": 0, "halo": "keep", "fresh": "inside", "channels": 0, "anew": []}, ByRows((1, 2))),
        ({"channels": 8}, ByChannels((1, 2), 8)),
    ],
)
@pytest.mark.parametrize("schema", [1, 2])
def test_a_stage_of_an_older_document_gets_the_kind_that_it_was(
    schema: int, said: dict[str, object], stage: Stage
) -> None:
    text = _changed(schema=schema, stages=[{"operators": [1, 2], "rows": 1} | said])
    assert from_text(text).schedule.stages == (stage,)


@pytest.mark.parametrize(
    "said",
    [
        {"channels": 8, "rows": 2},
        {"channels": 8, "anew": [1]},
        {"channels": 8, "fresh": "apart"},
        {"columns": 2, "fresh": "apart"},
        {"halo": "recompute", "fresh": "apart"},
    ],
    ids=str,
)
def test_a_stage_of_an_older_document_that_was_of_no_kind_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match="two ways at once") as refused:
        from_text(_changed(schema=2, stages=[{"operators": [1, 2], "rows": 1} | said]))
    assert refused.value.where == "stages[0]"


def test_a_transfer_says_only_what_is_not_as_by_default() -> None:
    assert '{"tensor": 4, "chunk": 8, "ahead": 1, "slots": 2}' in to_text(EXAMPLE)
    plain = replace(EXAMPLE, schedule=replace(EXAMPLE.schedule, transfers=(Transfer(4, 1),)))
    assert '"transfers": [\n    {"tensor": 4, "chunk": 1}\n  ]' in to_text(plain)
    assert from_text(to_text(plain)) == plain


def test_what_was_not_decided_is_not_said() -> None:
    text = to_text(replace(EXAMPLE, schedule=Schedule((0, 1))))
    assert list(json.loads(text)) == ["schema", "model", "device", "inputs", "order"]
    assert from_text(text).schedule == Schedule((0, 1))


def test_a_newer_document_is_refused_with_what_to_install() -> None:
    with pytest.raises(DocumentError, match=r"schema version 4; .* reads 1 to 3\..* `pip install --upgrade mcu_lab`"):
        from_text(_changed(schema=4))


def test_buffers_are_sorted_as_people_count() -> None:
    text = to_text(EXAMPLE)
    assert text.index('"t3"') < text.index('"t10"')


def _changed(**fields: object) -> str:
    data = json.loads(to_text(EXAMPLE))
    for key, value in fields.items():
        if value is None:
            del data[key]
        else:
            data[key] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", ""),
        ("[]", "the document"),
        ("{", ""),
        ("[" * 100_000, ""),
        ('{"schema": 1, "schema": 1}', "schema"),
        ("{}", "schema"),
        (_changed(schema=4), "schema"),
        (_changed(schema=0), "schema"),
        (_changed(schema=True), "schema"),
        (_changed(order=None), "the document"),
        (_changed(extra=1), "the document"),
        (_changed(order={}), "order"),
        (_changed(order=[0, -1]), "order[1]"),
        (_changed(order=[0, 1.0]), "order[1]"),
        (_changed(order=["0"]), "order[0]"),
        (_changed(alias=[True]), "alias[0]"),
        (_changed(alias=[1 << 41]), "alias[0]"),
        (_changed(in_place=[[1]]), "in_place[0]"),
        (_changed(in_place=[[1, "x"]]), "in_place[0][1]"),
        (_changed(inputs=None), "the document"),
        (_changed(stages=[3]), "stages[0]"),
        (_changed(stages=[{"operators": [1], "rows": 1}]), "stages[0].kind"),
        (_changed(stages=[{"kind": "stripes", "operators": [1]}]), "stages[0].kind"),
        (_changed(stages=[{"kind": ["rows"], "operators": [1]}]), "stages[0].kind"),
        (_changed(stages=[{"kind": "rows"}]), "stages[0]"),
        (_changed(stages=[{"kind": "rows", "operators": [1], "columns": 1}]), "stages[0]"),
        (_changed(stages=[{"kind": "rows", "operators": [1, -1]}]), "stages[0].operators[1]"),
        (_changed(stages=[{"kind": "rows", "operators": 1}]), "stages[0].operators"),
        (_changed(stages=[{"kind": "rows", "operators": [1], "rows": "1"}]), "stages[0].rows"),
        (_changed(stages=[{"kind": "rows", "operators": [1], "fresh": ["apart"]}]), "stages[0].fresh"),
        (_changed(stages=[{"kind": "tiles", "operators": [1], "columns": -1}]), "stages[0].columns"),
        (_changed(stages=[{"kind": "tiles", "operators": [1], "anew": [True]}]), "stages[0].anew[0]"),
        (_changed(stages=[{"kind": "tiles", "operators": [1], "anew": "none"}]), "stages[0].anew"),
        (_changed(stages=[{"kind": "tiles", "operators": [1], "fresh": "apart"}]), "stages[0]"),
        (_changed(stages=[{"kind": "channels", "operators": [1]}]), "stages[0]"),
        (_changed(stages=[{"kind": "channels", "operators": [1], "channels": 1.0}]), "stages[0].channels"),
        (_changed(stages=[{"kind": "channels", "operators": [1], "channels": 1, "rows": 1}]), "stages[0]"),
        (_changed(schema=2, stages=[{"operators": [1]}]), "stages[0]"),
        (_changed(schema=2, stages=[{"operators": [1], "rows": 1, "axis": 1}]), "stages[0]"),
        (_changed(schema=2, stages=[{"kind": "rows", "operators": [1], "rows": 1}]), "stages[0]"),
        (_changed(schema=2, stages=[{"operators": [1], "rows": 1, "halo": "none"}]), "stages[0].halo"),
        (_changed(schema=2, stages=[{"operators": [1], "rows": 1, "anew": "all"}]), "stages[0].anew"),
        (_changed(storage=[[1, 2]]), "storage[0][1]"),
        (_changed(transfers={}), "transfers"),
        (_changed(transfers=[[4, 8]]), "transfers[0]"),
        (_changed(transfers=[{"tensor": 4}]), "transfers[0]"),
        (_changed(transfers=[{"tensor": 4, "chunk": 8, "rows": 1}]), "transfers[0]"),
        (_changed(transfers=[{"tensor": "4", "chunk": 8}]), "transfers[0].tensor"),
        (_changed(transfers=[{"tensor": 4, "chunk": 1 << 41}]), "transfers[0].chunk"),
        (_changed(transfers=[{"tensor": 4, "chunk": 8, "ahead": -1}]), "transfers[0].ahead"),
        (_changed(transfers=[{"tensor": 4, "chunk": 8, "slots": True}]), "transfers[0].slots"),
        (_changed(offsets=[]), "offsets"),
        (_changed(offsets={"t1": "0"}), "offsets.t1"),
        (_changed(pins={"": 0}), "pins"),
        (_changed(inputs="both"), "inputs"),
        (_changed(inputs=[]), "inputs"),
        (_changed(device=7), "device"),
        (_changed(device={"sram_bytes": -1}), "device.sram_bytes"),
        (_changed(device={"ram": 1}), "device"),
        (_changed(model={"path": "/etc/passwd", "sha256": SHA}), "model.path"),
        (_changed(model={"path": "C:/net.tflite", "sha256": SHA}), "model.path"),
        (_changed(model={"path": "a\\b", "sha256": SHA}), "model.path"),
        (_changed(model={"path": "a\x00b", "sha256": SHA}), "model.path"),
        (_changed(model={"path": "\ud800", "sha256": SHA}), "model.path"),
        (_changed(model={"path": "a", "sha256": SHA.upper()}), "model.sha256"),
        (_changed(model={"path": "a"}), "model"),
        ('{"schema": NaN}', ""),
        ('{"schema": ' + "9" * 5000 + "}", ""),
    ],
)
def test_a_wrong_field_is_named(text: str, field: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_text(text)
    assert caught.value.where == field


@settings(max_examples=300)
@given(st.data())
def test_damaged_text_is_refused_or_read_but_never_crashes(data: st.DataObject) -> None:
    text = to_text(EXAMPLE)
    at = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 8))
    damaged = text[:at] + data.draw(st.text(max_size=4)) + text[at + length :]
    try:
        document = from_text(damaged)
    except DocumentError:
        return
    assert from_text(to_text(document)) == document


def test_saving_and_loading(tmp_path: Path) -> None:
    path = tmp_path / "net.mcuplan.json"
    save(path, EXAMPLE)
    assert load(path) == EXAMPLE
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.mcuplan.json"
    save(path, EXAMPLE)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentError, match="No space left"):
        save(path, replace(EXAMPLE, device="other"))
    monkeypatch.undo()
    assert load(path) == EXAMPLE
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_saving_keeps_permissions_and_follows_links(tmp_path: Path) -> None:
    path = tmp_path / "net.mcuplan.json"
    save(path, EXAMPLE)
    path.chmod(0o640)
    link = tmp_path / "link.mcuplan.json"
    link.symlink_to(path)
    save(link, replace(EXAMPLE, device="other"))
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert load(path).device == "other"


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "long", "binary"])
def test_what_is_no_document_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.mcuplan.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "long":
        path.write_bytes(b" " * (MAX_BYTES + 1))
    elif kind == "binary":
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert str(path) in caught.value.where


def test_the_model_is_found_from_the_document(tmp_path: Path) -> None:
    model = tmp_path / "models" / "net.tflite"
    model.parent.mkdir()
    model.write_bytes(MODEL)
    path = tmp_path / "plans" / "net.mcuplan.json"
    path.parent.mkdir()
    document = replace(EXAMPLE, model_path=relative_model_path(model, path))
    assert document.model_path == "../models/net.tflite"
    save(path, document)
    with pytest.raises(DocumentError, match="outside the folder"):
        read_model(load(path), path)
    assert read_model(load(path), path, model) == MODEL
    let_read(model, path)
    assert read_model(load(path), path) == MODEL


def test_a_missing_or_changed_model_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "net.mcuplan.json"
    document = replace(EXAMPLE, model_path="net.tflite")
    with pytest.raises(DocumentError, match=r"net\.tflite cannot be read"):
        read_model(document, path)
    (tmp_path / "net.tflite").write_bytes(MODEL + b"!")
    with pytest.raises(DocumentError, match="has changed"):
        read_model(document, path)
    check_model(document, MODEL)
