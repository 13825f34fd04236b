"""Documents, recovery and exports: nothing is lost, nothing is written elsewhere, what changed is noticed."""

from __future__ import annotations

import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_lab.device import ad_hoc
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.schedule.document import load
from mcu_lab.session import events, recovery
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.files.strangers import seen_in
from tests.session.files import MODEL, PLAN, edited, opened, restart
from tests.session.front_end import FrontEnd, attached, attaching, opening


def test_saving_beside_the_model_makes_a_document_that_opens_to_the_same(folder: Path) -> None:
    front, _ = opened()
    assert front.state.document == events.DocumentInfo(None, str(folder), False, ())
    edited(front)
    assert front.state.document.dirty
    answer = front.ask(type="save", path=None)
    assert answer.document == events.DocumentInfo(PLAN, str(folder), False, ())
    assert load(folder / PLAN).schedule == front.state.schedule
    front.ask(type="undo", rev=front.state.rev)
    assert front.state.document.dirty
    restart()
    again, _ = opened(PLAN, fresh=True)
    assert again.state.schedule == load(folder / PLAN).schedule
    assert not again.state.document.dirty
    assert again.state.device.sram_bytes == 100_000


def test_the_text_is_what_saving_writes_and_can_be_opened_instead_of_the_file(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    front.ask(type="save", path=None)
    saved = (folder / PLAN).read_text()
    assert front.ask(type="document_text").text == saved
    front.do("set_inputs", inputs="streamed")
    text = front.ask(type="document_text").text
    assert text != saved == (folder / PLAN).read_text()
    restart()
    again, _ = opened(PLAN, text=text)
    assert again.state.schedule.inputs == "streamed"
    assert again.ask(type="document_text").text == text


def test_other_pages_hear_of_saving(folder: Path) -> None:
    front, _ = opened()
    other, answer = opened()
    assert answer.session == front.channel._session.id
    edited(front)
    assert other.state.document.dirty and other.state.schedule == front.state.schedule
    front.ask(type="save", path=None)
    heard = other.wait(lambda e: isinstance(e, events.DocumentChanged))
    assert (heard.id, heard.document.dirty, heard.document.path) == (None, False, PLAN)


def test_revert_is_one_edit_that_can_be_undone(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    schedule = front.state.schedule
    front.ask(type="revert", rev=front.state.rev)
    assert not front.state.document.dirty and front.state.schedule != schedule
    front.ask(type="undo", rev=front.state.rev)
    assert front.state.schedule == schedule


def test_a_page_that_is_loaded_again_finds_its_session_with_its_history(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    front.channel.close()
    again, answer = opened()
    assert answer.recovered is None
    assert again.state.schedule == front.state.schedule and again.state.position == 2


def test_a_model_saved_as_a_plan_is_still_found_by_its_own_name(folder: Path) -> None:
    front, answer = opened()
    edited(front)
    front.ask(type="save", path=PLAN, overwrite=False)
    _, again = opened()
    assert again.session == answer.session
    assert again.state.document.path == PLAN


@pytest.mark.parametrize("saved", [False, True])
def test_a_crash_loses_nothing(folder: Path, saved: bool) -> None:
    front, _ = opened()
    if saved:
        front.ask(type="save", path=None)
    edited(front)
    front.do("set_inputs", inputs="streamed")
    front.ask(type="undo", rev=front.state.rev)
    front.ask(type="rename", position=1, label="tight")
    path = PLAN if saved else MODEL
    restart()
    again, answer = opened(path)
    assert answer.recovered is not None and "3 edits" in answer.recovered
    assert again.state.schedule == front.state.schedule and again.state.device == front.state.device
    assert again.state.document.dirty
    before, after = front.ask(type="history"), again.ask(type="history")
    assert (after.position, after.entries[1].label) == (2, "tight")
    assert [e.figures for e in after.entries] == [e.figures for e in before.entries]
    again.ask(type="redo", rev=again.state.rev)
    assert again.state.schedule.inputs == "streamed"
    restart()
    assert opened(path)[0].state.schedule.inputs == "streamed"


def test_a_journal_cut_off_anywhere_gives_back_what_was_whole(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    (journal,) = (folder / recovery.FOLDER).iterdir()
    whole = journal.read_bytes()
    positions = set()
    for cut in range(0, len(whole), 97):
        restart()
        journal.write_bytes(whole[:cut])
        positions.add(opened()[0].state.position)
    assert positions == {0, 1, 2} or positions == {0, 1}


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"\0" * 100,
        lambda data: b"[]\n",
        lambda data: data.replace(b'"order":[0,', b'"order":[99,'),
        lambda data: data.replace(b'"go":0', b'"go":-1') + b'{"go":77}\n',
        lambda data: data + b'{"at":50,"label":"x"}\n',
        lambda data: data + b'{"at":1,"label":7,"device":[],"schedule":{},"figures":{}}\n',
        lambda data: data.replace(b'"journal":1', b'"journal":2'),
        lambda data: data + b"[" * 100_000 + b"\n",
    ],
)
def test_a_damaged_journal_does_no_harm(folder: Path, spoil: Callable[[bytes], bytes]) -> None:
    front, _ = opened()
    edited(front)
    restart()
    (journal,) = (folder / recovery.FOLDER).iterdir()
    journal.write_bytes(spoil(journal.read_bytes()))
    again, _ = opened()
    assert again.ask(type="resync").rev >= 0
    edited(again)


def test_a_journal_is_not_used_when_the_file_has_changed_since(folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    edited(front)
    data = json.loads((folder / PLAN).read_text())
    (folder / PLAN).write_text(json.dumps(data | {"inputs": "streamed"}))
    restart()
    again, answer = opened(PLAN)
    assert answer.recovered is None
    assert again.state.schedule.inputs == "streamed" and again.state.position == 0


def test_the_journal_of_a_model_holds_whichever_board_is_asked_for_next(folder: Path) -> None:
    front, _ = opened(device="teensy-41")
    edited(front)
    before = front.state
    restart()
    _, answer = opened(device="nucleo-f446re")
    assert answer.recovered is not None and before is not None
    assert (answer.state.device, answer.state.schedule) == (before.device, before.schedule)


def test_a_plan_has_a_board_of_its_own_and_its_journal_goes_on_whichever_board_the_page_asks_for(folder: Path) -> None:
    front, _ = opened()
    front.do("set_device", device="teensy-41")
    front.ask(type="save", path=None)
    front.do("set_device", device="raspberry-pi-pico")
    front.do("set_inputs", inputs="streamed")
    before = front.state
    restart()
    _, answer = opened(PLAN, device="raspberry-pi-pico")
    assert answer.recovered is not None
    assert (answer.state.device, answer.state.position) == (before.device, before.position)
    assert len(list((folder / recovery.FOLDER).glob("*.journal"))) == 1
    again, _ = opened(PLAN, device="nucleo-f446re", fresh=True)
    assert again.state.device.id == "teensy-41"


def test_discarding_and_a_fresh_start_forget_the_journal(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    front.ask(type="discard", rev=front.state.rev)
    assert not front.state.document.dirty
    assert not list((folder / recovery.FOLDER).iterdir())
    edited(front)
    again, _ = opened(fresh=True)
    assert again.state.position == 0 and again.channel._session is not front.channel._session


def test_a_journal_is_never_written_through_a_link(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / recovery.FOLDER).symlink_to(elsewhere)
    front, _ = opened()
    edited(front)
    assert not list(elsewhere.iterdir())
    (notice,) = front.state.document.notices
    assert notice.kind == "unkept" and notice.hint


@pytest.mark.quick(9)
@pytest.mark.skipif(os.name == "nt", reason="names of devices and drives differ")
@pytest.mark.parametrize(
    "path", ["../out", "/tmp/out", "a/../../out", "", ".", "c:/out", "a\\..\\out", "link/out", "x\0y"]
)
@pytest.mark.parametrize("kind", ["firmware", "report", "script", "save"])
def test_nothing_is_written_outside_the_folder(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, path: str, kind: str
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "link").symlink_to(elsewhere)
    front, _ = opened()
    asked = {"type": "save"} if kind == "save" else {"type": "export", "kind": kind}
    name = path + (".mcuplan.json" if kind == "save" and path not in ("", ".") else "")
    answer = front.ask(**asked, path=name or ("." if kind == "save" else ""), overwrite=True)
    assert isinstance(answer, events.Failed) and answer.kind == "InputError"
    assert not list(elsewhere.iterdir())


def test_a_file_that_is_there_is_not_overwritten_unasked(folder: Path) -> None:
    front, _ = opened()
    (folder / "mine.mcuplan.json").write_text("precious")
    (folder / "mine.html").write_text("precious")
    for asked in (
        {"type": "save", "path": "mine.mcuplan.json"},
        {"type": "export", "kind": "report", "path": "mine.html"},
    ):
        answer = front.ask(**asked)
        assert isinstance(answer, events.Failed) and "already" in answer.what
        assert (folder / str(asked["path"])).read_text() == "precious"
        assert not isinstance(front.ask(**asked, overwrite=True), events.Failed)


@pytest.mark.parametrize("kind", ["report", "tflite", "node_data", "script"])
def test_neither_the_model_nor_the_plan_is_exported_over(kind: str, folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    (folder / "link").symlink_to(MODEL)
    before = seen_in(folder)
    for path in (MODEL, PLAN, "link"):
        answer = front.ask(type="export", kind=kind, path=path, overwrite=True)
        assert isinstance(answer, events.Failed) and "made from" in answer.what
    assert seen_in(folder) == before


@pytest.mark.parametrize("marker", [None, "", "main.c\n", f"{64 * '0'}  main.c\n"])
def test_firmware_leaves_what_no_export_wrote(marker: str | None, folder: Path) -> None:
    front, _ = opened()
    mine = {"out/.git/HEAD": "ref", "out/app.c": "int app;", "out/main.c": "int mine;"}
    for path, text in mine.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if marker is not None:
        (folder / "out/.mcu_lab_export").write_text(marker)
    before = seen_in(folder)
    answer = front.ask(type="export", kind="firmware", path="out")
    assert isinstance(answer, events.Failed) and answer.kind == "InputError" and answer.hint
    assert seen_in(folder) == before
    assert isinstance(front.ask(type="export", kind="firmware", path="out", overwrite=True), events.Exported)
    (folder / "out/app.c").write_text("int edited;")
    (folder / "out/board_host.c").write_text("int edited;")
    again = front.ask(type="export", kind="firmware", path="out")
    assert isinstance(again, events.Failed) and "board_host.c" in again.what
    assert ((folder / "out/app.c").read_text(), (folder / "out/.git/HEAD").read_text()) == ("int edited;", "ref")


def test_a_plan_has_to_be_named_like_one(folder: Path) -> None:
    front, _ = opened()
    assert isinstance(front.ask(type="save", path="plan.txt"), events.Failed)


def test_a_model_that_changes_is_noticed_without_an_edit_and_told_once(folder: Path) -> None:
    front, _ = opened()
    front.wait(lambda e: isinstance(e, events.Verdict))
    (folder / MODEL).write_bytes((DATA / "digits_mlp_int8.tflite").read_bytes())
    front.ask(type="look")
    (notice,) = front.state.document.notices
    assert notice.kind == "model" and "has changed" in notice.text and notice.hint
    front.do("set_inputs", inputs="streamed")
    front.ask(type="look")
    assert front.state.document.notices == (notice,)
    assert sum(isinstance(e, events.DocumentChanged) for e in front.heard) == 1


def test_a_model_that_is_gone_or_moved_is_explained(folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    restart()
    (folder / "models").mkdir()
    (folder / MODEL).rename(folder / "models" / MODEL)
    failed = FrontEnd().ask(**opening(PLAN))
    assert isinstance(failed, events.Failed) and failed.kind == "DocumentError" and MODEL in failed.what
    moved, _ = opened(PLAN, model=f"models/{MODEL}")
    assert moved.state.document.path == PLAN
    moved.ask(type="save", path=None)
    assert load(folder / PLAN).model_path == f"models/{MODEL}"
    restart()
    (folder / "models" / MODEL).write_bytes((DATA / "digits_mlp_int8.tflite").read_bytes())
    failed = FrontEnd().ask(**opening(PLAN))
    assert isinstance(failed, events.Failed) and "changed" in failed.what


def test_live_sessions_are_listed_and_can_be_attached(folder: Path) -> None:
    mine = Session.open(MODEL)
    front = attached(Session.open(MODEL))
    listed = front.ask(type="sessions").sessions
    assert mine.id in [s.id for s in listed]
    linked = FrontEnd()
    assert linked.ask(**attaching(mine.id)).session == mine.id
    linked.do("set_inputs", inputs="streamed")
    assert mine.snapshot.decisions.schedule.inputs == "streamed"
    assert isinstance(linked.ask(**attaching("s0")), events.Failed)


def test_a_session_of_the_notebook_is_the_one_that_a_panel_opens(folder: Path) -> None:
    mine = Session.open(MODEL)
    front, answer = opened()
    assert answer.session == mine.id
    front.do("set_inputs", inputs="streamed")
    assert mine.snapshot.decisions.schedule.inputs == "streamed"


def test_the_cell_takes_hold_of_what_the_panel_shows_and_of_its_file_later(folder: Path) -> None:
    front, answer = opened()
    edited(front)
    source = front.ask(type="cell").text
    here: dict[str, object] = {}
    exec(source, here)
    assert isinstance(here["session"], Session) and here["session"].id == answer.session
    schedule = front.state.schedule
    del here
    restart()
    later: dict[str, object] = {}
    exec(source, later)
    assert isinstance(later["session"], Session) and later["session"].id != answer.session
    assert later["session"].snapshot.decisions.schedule == schedule
    front.ask(**opening(MODEL))
    front.ask(type="save", path=PLAN)
    assert repr(PLAN) in front.ask(type="cell").text


def test_the_script_makes_the_same_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    front, _ = opened()
    edited(front)
    front.do("make_stage", stage={"kind": "rows", "operators": [0, 1], "rows": 2})
    exported = front.ask(type="export", kind="script", path="again.py")
    assert exported.files == ("again.py",)
    assert (folder / "again.py").read_text() == front.ask(type="script").text
    made = runpy.run_path(str(folder / "again.py"))
    assert made["schedule"] == front.state.schedule
    assert made["plan"].steps == front.channel._session.plan.steps
    assert made["plan"].buffers == front.channel._session.plan.buffers
    assert "Arena" in capsys.readouterr().out


def test_everything_can_be_exported_into_the_folder(folder: Path) -> None:
    front, _ = opened()
    made = {
        kind: front.ask(type="export", kind=kind, path=path)
        for kind, path in {
            "firmware": "out/firmware", "report": "out/report.html", "tflite": "out/model.tflite",
            "node_data": "out/nodes.json", "script": "out/plan.py",
        }.items()
    }  # fmt: skip
    for exported in made.values():
        assert isinstance(exported, events.Exported) and exported.text
        assert exported.files and all((folder / name).is_file() for name in exported.files)
    order = [op.kind for op in read_tflite(folder / "out/model.tflite").operators]
    graph = front.channel._session.snapshot.graph
    assert order == [graph.operators[op].kind for op in front.state.schedule.order]
    nodes = json.loads((folder / "out/nodes.json").read_text())
    assert len(next(iter(nodes.values()))["results"]) == len(graph.operators)


def test_a_plan_that_is_wrong_is_not_exported(folder: Path) -> None:
    front, _ = opened()
    front.do("set_budget", sram_bytes=16, flash_bytes=None)
    failed = front.ask(type="export", kind="firmware", path="out")
    assert isinstance(failed, events.Failed) and not (folder / "out").exists()


def test_without_a_file_there_is_no_folder_to_write_to() -> None:
    from tests.session.models import diamond

    front = attached(Session(diamond(), ad_hoc()))
    for asked in ({"type": "save", "path": None}, {"type": "export", "kind": "script", "path": "x.py"}):
        assert isinstance(front.ask(**asked), events.Failed)
