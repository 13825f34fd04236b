"""``.mcubundle.json``: what is written comes back, and nonsense is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from mcu_lab.device import board
from mcu_lab.errors import DocumentError
from mcu_lab.schedule.bundle_text import BundleDocument, bundle_from_text, bundle_to_text
from mcu_lab.schedule.json_text import SCHEMA, Document, from_text, to_text
from mcu_lab.schedule.model import ByRows, Schedule

GARBAGE: tuple[Any, ...] = (None, -1, 3, 1e9, "", "x\n", [], {}, [1], {"a": 1}, True, "../..", "x" * 5000)


def document(device: Any = "nucleo-f446re") -> BundleDocument:
    first = Document("a.tflite", "a" * 64, device, Schedule((0, 1, 2), stages=(ByRows((0, 1)),), pins=(("t3", 16),)))
    second = Document("sub/b.tflite", "b" * 64, device, Schedule((1, 0), alias=(1,), inputs="streamed"))
    return BundleDocument(device, {"kws": first, 'odd "name" {}': second})


@pytest.mark.parametrize("device", ["nucleo-f446re", "own"])
def test_what_is_written_comes_back(device: str) -> None:
    said = document(replace(board("nucleo-f446re"), id="own", name="{ own") if device == "own" else device)
    text = bundle_to_text(said)
    assert bundle_from_text(text) == said
    assert bundle_to_text(bundle_from_text(text)) == text
    assert json.loads(text)["schema"] == SCHEMA


def test_a_model_says_what_its_own_document_would() -> None:
    said = document()
    for name, model in said.models.items():
        alone = json.loads(to_text(model))
        inside = json.loads(bundle_to_text(said))["models"][name]
        assert inside == {key: value for key, value in alone.items() if key not in ("schema", "device")}
        assert bundle_from_text(bundle_to_text(said)).models[name] == from_text(to_text(model))


@pytest.mark.parametrize(("change", "where"), [
    (lambda d: d.update(schema=2), "schema"),
    (lambda d: d.update(schema=SCHEMA + 1), "schema"),
    (lambda d: d.pop("device"), "document"),
    (lambda d: d.update(models={}), "models"),
    (lambda d: d.update(models=[]), "models"),
    (lambda d: d.update(models={f"m{k}": d["models"]["kws"] for k in range(65)}), "models"),
    (lambda d: d["models"].update({"": d["models"]["kws"]}), "models"),
    (lambda d: d["models"]["kws"].update(device="nucleo-f446re"), "models.kws"),
    (lambda d: d["models"]["kws"].update(order=[-1]), r"models.kws.order\[0\]"),
    (lambda d: d["models"]["kws"]["model"].update(path="/etc/passwd"), "models.kws.model.path"),
    (lambda d: d.update(order=[]), "document"),
])  # fmt: skip
def test_what_is_wrong_is_named(change: Callable[[Any], object], where: str) -> None:
    data = json.loads(bundle_to_text(document()))
    change(data)
    with pytest.raises(DocumentError, match=where):
        bundle_from_text(json.dumps(data))


def test_a_name_is_given_once() -> None:
    text = bundle_to_text(document()).replace('odd \\"name\\" {}', "kws")
    with pytest.raises(DocumentError, match="twice"):
        bundle_from_text(text)


def test_nonsense_is_refused_in_words() -> None:
    random = Random(0)
    for _ in range(400):
        data = json.loads(bundle_to_text(document()))
        at: Any = data
        while isinstance(at, dict) and at:
            key = random.choice(list(at))
            if random.random() < 0.3 or not isinstance(at[key], dict):
                at[key] = random.choice(GARBAGE)
                break
            at = at[key]
        try:
            bundle_to_text(bundle_from_text(json.dumps(data)))
        except DocumentError as error:
            assert error.what
