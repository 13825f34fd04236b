"""``mcu-lab bundle``, and what other commands do with its document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_bad_input import refused
from tests.conftest import DATA

MODELS = (DATA / "digits_mlp_int8.tflite", DATA / "digits_cnn_int8.tflite")


@pytest.fixture
def document(mcu_lab: Command, tmp_path: Path) -> Path:
    made = tmp_path / "both.mcubundle.json"
    shown = mcu_lab("bundle", *MODELS, "--board", "nucleo-f446re", "-o", made, "--json").json
    assert shown["written"] == str(made)
    return made


def test_what_it_takes_together(mcu_lab: Command, document: Path) -> None:
    shown = mcu_lab("bundle", document, "--json").json
    assert shown["arena_bytes"] == max(model["arena_bytes"] for model in shown["models"])
    assert 0 < shown["flash_bytes"] <= sum(model["flash_bytes"] for model in shown["models"])
    assert shown["fits"] and shown["device"] == "nucleo-f446re"
    text = mcu_lab("bundle", document)
    assert text.code == 0
    assert all(word in text.out for word in ("digits_mlp_int8", "apart", "together", f"{shown['arena_bytes']:,}"))


def test_it_is_verified_and_exported(mcu_lab: Command, document: Path, tmp_path: Path) -> None:
    assert "Verified" in mcu_lab("verify", document).out
    assert mcu_lab("verify", document, "--json").json["verified"]
    made = mcu_lab("export", document, "-o", tmp_path / "fw", "--name", "app", "--json").json
    assert made["models"] == {"digits_mlp_int8": "app_digits_mlp_int8", "digits_cnn_int8": "app_digits_cnn_int8"}
    assert (tmp_path / "fw" / "app.h").is_file()
    assert "models" not in mcu_lab("export", MODELS[0], "-o", tmp_path / "one", "--json").json


def test_what_does_not_fit(mcu_lab: Command, tmp_path: Path) -> None:
    small = mcu_lab("bundle", *MODELS, "--sram", "1k", "--use", "none", "-o", tmp_path / "x.mcubundle.json")
    assert small.code == 1 and "Does not fit" in small.out
    assert mcu_lab("bundle", *MODELS, "--sram", "1k", "--use", "none", "--json").code == 1
    problems = mcu_lab("verify", tmp_path / "x.mcubundle.json", "--json")
    assert problems.code == 1
    assert {p["model"] for p in json.loads(problems.out)["problems"]} <= {"digits_mlp_int8", "digits_cnn_int8"}
    assert mcu_lab("export", tmp_path / "x.mcubundle.json", "-o", tmp_path / "fw").code == 1
    assert not (tmp_path / "fw").exists()


def test_what_is_refused(mcu_lab: Command, document: Path, tmp_path: Path) -> None:
    refused(mcu_lab("bundle", *MODELS, "-o", tmp_path / "x.json"), "x.json", ".mcubundle.json")
    refused(mcu_lab("bundle", *MODELS, "-o", document), document.name, "already")
    refused(mcu_lab("bundle", document, MODELS[0]), document.name, "alone")
    refused(mcu_lab("bundle", tmp_path / "none.tflite"), "none.tflite")
    refused(mcu_lab("bundle", tmp_path / "none.mcubundle.json"), "none.mcubundle.json")
    refused(mcu_lab("verify", document, "--model", MODELS[0]), document.name, "its models")
    for command in (("show",), ("fit",), ("check",), ("run",)):
        refused(mcu_lab(*command, document), "several models")
    assert mcu_lab("bundle", *MODELS, "--use", "none", "-o", document, "--overwrite").code == 0
