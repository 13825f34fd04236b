"""Sessions of models that share a board: opened, edited, saved and opened again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import mcu_lab
from mcu_lab.errors import DocumentError, FileChanged, InputError
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.plan.bundle import Bundle, bundle_bytes
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.session.bundling import BundleSession, names_of, self_test_turns
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.plan.bundles import Turns

MODELS = ("digits_mlp_int8", "digits_cnn_int8")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for model in MODELS:
        shutil.copy(DATA / f"{model}.tflite", tmp_path)
    return [tmp_path / f"{model}.tflite" for model in MODELS]


def test_saved_and_opened_again_it_is_the_same(files: list[Path], tmp_path: Path) -> None:
    both = BundleSession.open(files, "nucleo-f446re").fit()
    assert both.problems == ()
    saved = both.save(tmp_path / "both.mcubundle.json")
    again = BundleSession.open(saved)
    assert list(again.sessions) == list(MODELS)
    assert dict(again.bundle.plans) == dict(both.bundle.plans)
    assert again.files == (saved.resolve(), *(file.resolve() for file in files))
    assert again.save() == saved.resolve()
    assert BundleSession.open(saved, "nucleo-l4r5zi").bundle.device.id == "nucleo-l4r5zi"
    assert bundle_bytes(both.bundle) == max(arena_bytes(s.plan) for s in both.sessions.values())


def test_an_edit_of_one_shows_in_the_bundle(files: list[Path]) -> None:
    both = BundleSession.open({"first": files[0], "second": files[1]})
    before = bundle_bytes(both.bundle)
    both.sessions["second"].fit()
    assert bundle_bytes(both.bundle) < before
    assert both.document is None


def test_a_file_that_others_changed_stays(files: list[Path], tmp_path: Path) -> None:
    both = BundleSession.open(files)
    saved = both.save(tmp_path / "both.mcubundle.json")
    text = saved.read_text()
    saved.write_text(text + "\n")
    with pytest.raises(FileChanged):
        both.save()
    assert saved.read_text() == text + "\n"
    both.save(overwrite=True)
    assert saved.read_text() == text
    with pytest.raises(FileChanged):
        BundleSession.open(files[:1]).save(saved)


def test_what_is_no_bundle_is_refused(files: list[Path], tmp_path: Path) -> None:
    saved = BundleSession.open(files).save(tmp_path / "both.mcubundle.json")
    with pytest.raises(InputError, match="ends in"):
        BundleSession.open(files).save(tmp_path / "both.mcuplan.json")
    with pytest.raises(InputError, match="ends in"):
        BundleSession.open(files).save()
    with pytest.raises(InputError, match="opened alone"):
        BundleSession.open([saved, *files])
    with pytest.raises(InputError, match="1 to 64"):
        BundleSession.open([])
    with pytest.raises(InputError, match="several models"):
        Session.open(saved)
    files[0].write_bytes(files[1].read_bytes())
    with pytest.raises(DocumentError, match="has changed"):
        BundleSession.open(saved)


def test_plans_come_as_they_are_and_bring_their_board(files: list[Path], tmp_path: Path) -> None:
    session = Session.open(files[1], "nucleo-f446re")
    session.fit()
    plan = session.save(tmp_path / "fitted.mcuplan.json")
    both = BundleSession.open([files[0], plan])
    assert list(both.sessions) == ["digits_mlp_int8", "fitted"]
    assert both.bundle.device.id == "nucleo-f446re"
    assert both.sessions["fitted"].plan == session.plan


def test_names_are_told_apart() -> None:
    found = names_of(["a.tflite", "sub/a.tflite", "a.mcuplan.json", "b\n.tflite"])
    assert list(found) == ["a", "a_2", "a_3", "b\\n"]


def test_from_python(files: list[Path], tmp_path: Path) -> None:
    """Models are fitted, plans are taken as they are."""
    graph = read_tflite(files[0])
    plan = mcu_lab.lower(graph, device="nucleo-f446re")
    bundle = mcu_lab.bundle({"cnn": files[1], "mlp": plan}, "nucleo-f446re")
    assert mcu_lab.verify(bundle) == ()
    assert arena_bytes(bundle.plans["cnn"]) == mcu_lab.fit(files[1], "nucleo-f446re").peak_sram_bytes
    turns = Turns.of({name: plan.graph for name, plan in bundle.plans.items()})
    assert turns.difference(bundle) == ""
    assert len(list(mcu_lab.execute_turns(bundle, turns.turns))) == len(turns.turns)
    assert mcu_lab.export(bundle, tmp_path / "fw").models == {"cnn": "models_cnn", "mlp": "models_mlp"}
    named = mcu_lab.bundle([plan, plan])
    assert list(named.plans) == [graph.name, f"{graph.name}_2"]
    with pytest.raises(InputError):
        mcu_lab.bundle([])


def test_the_self_test_has_every_model_many_times(files: list[Path]) -> None:
    bundle = BundleSession.open(files).bundle
    assert isinstance(bundle, Bundle)
    turns = self_test_turns(bundle, 0)
    assert {turns.turns.count(name) for name in MODELS} == {8}
    assert turns.turns != tuple(sorted(turns.turns))
