"""Ctrl-C ends every command in one line and exit code 130; a search has then given the best it had."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from mcu_lab.cli import deciding, looking
from tests.cli.conftest import Command
from tests.conftest import DATA

MODEL = DATA / "digits_cnn_int8.tflite"


@pytest.mark.parametrize("front", [False, True])
def test_a_search_gives_the_best_it_has(
    front: bool, mcu_lab: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "front" if front else "search"
    searching = getattr(deciding, name)

    def interrupted(*arguments: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return searching(*arguments, **options)

    monkeypatch.setattr(deciding, name, interrupted)
    plan = tmp_path / "m.mcuplan.json"
    result = mcu_lab("fit", MODEL, "-o", plan, *(["--front"] if front else []))
    assert result.code == 130
    assert result.err == "mcu-lab: interrupted; this is the best found until then.\n"
    assert f"Wrote {plan}." in result.out
    assert [p.name for p in tmp_path.iterdir()] == [plan.name]
    assert mcu_lab("verify", plan).code == 0


def test_other_commands_end(mcu_lab: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> str:
        signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(looking, "summary", interrupted)
    before = signal.getsignal(signal.SIGINT)
    result = mcu_lab("show", MODEL)
    assert (result.code, result.err) == (130, "mcu-lab: interrupted.\n")
    assert signal.getsignal(signal.SIGINT) is before


def test_what_python_swallows_is_heard_again(mcu_lab: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def interrupted(*_: Any) -> str:
        Dying()
        for _ in range(1000):
            time.sleep(0.01)
        return ""

    monkeypatch.setattr(looking, "summary", interrupted)
    result = mcu_lab("show", MODEL)
    assert (result.code, result.err) == (130, "mcu-lab: interrupted.\n")
