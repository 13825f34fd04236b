"""Who else writes to a document is noticed and asked about, and a session goes with its files when they are moved."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_lab.errors import FileChanged
from mcu_lab.schedule.document import load
from mcu_lab.session import events, on_disk
from mcu_lab.session.session import Session
from tests.session.files import MODEL, PLAN, edited, opened, restart
from tests.session.front_end import FrontEnd
from tests.session.test_kept import kinds, toggled


@pytest.fixture
def front(folder: Path) -> FrontEnd:
    """A panel on a plan that was saved, with an edit since."""
    opened()[0].ask(type="save", path=None)
    restart()
    front, _ = opened(PLAN)
    front.do("set_device", device="teensy-41")
    return front


def by_others(file: Path) -> str:
    """Another program writes another plan."""
    text = file.read_text().replace('"inputs": "resident"', '"inputs": "streamed"')
    assert text != file.read_text()
    file.write_text(text)
    return text


def same_size_and_date(file: Path) -> str:
    """Another program writes a plan of the same length and puts back the date."""
    before = file.stat()
    text = file.read_text().replace('"rows": 1', '"rows": 2').replace('"order": [\n    0', '"order": [\n    1')
    text = text.replace("\n    1,\n    1,", "\n    1,\n    0,")
    assert text != file.read_text() and len(text) == before.st_size
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    return text


def replaced(file: Path) -> str:
    """Another program puts another file in its place, as git does."""
    text = file.read_text().replace('"inputs": "resident"', '"inputs": "streamed"')
    other = file.with_name("other")
    other.write_text(text)
    os.replace(other, file)
    return text


def deleted(file: Path) -> None:
    file.unlink()


def damaged(file: Path) -> str:
    file.write_text("<<<<<<< HEAD")
    return "<<<<<<< HEAD"


@pytest.mark.parametrize("change", [by_others, same_size_and_date, replaced, deleted, damaged])
def test_what_others_wrote_is_noticed_without_an_edit_and_not_written_over(
    folder: Path, front: FrontEnd, change: Callable[[Path], str | None]
) -> None:
    front.ask(type="look")
    assert kinds(front) == []
    text = change(folder / PLAN)
    refused = front.ask(type="save", path=None)
    assert isinstance(refused, events.Failed) and refused.kind == "FileChanged"
    front.ask(type="look")
    assert kinds(front) == ["gone" if text is None else "changed"]
    assert ((folder / PLAN).read_text() if (folder / PLAN).exists() else None) == text
    assert front.state.document.dirty
    answer = front.ask(type="save", path=None, overwrite=True)
    assert isinstance(answer, events.DocumentChanged) and kinds(front) == []
    assert load(folder / PLAN).device == "teensy-41"


def test_theirs_is_taken_as_an_edit(folder: Path, front: FrontEnd) -> None:
    by_others(folder / PLAN)
    front.ask(type="reload", rev=front.state.rev)
    assert front.state.schedule.inputs == "streamed" and front.state.device.id != "teensy-41"
    assert not front.state.document.dirty and kinds(front) == []
    front.ask(type="undo", rev=front.state.rev)
    assert front.state.schedule.inputs == "resident" and front.state.device.id == "teensy-41"
    assert not isinstance(front.ask(type="save", path=None), events.Failed)


def test_theirs_is_refused_when_it_is_no_plan_of_the_model(folder: Path, front: FrontEnd) -> None:
    before = front.state
    damaged(folder / PLAN)
    assert isinstance(front.ask(type="reload", rev=front.state.rev), events.Failed)
    deleted(folder / PLAN)
    assert isinstance(front.ask(type="reload", rev=front.state.rev), events.Failed)
    assert (front.state.schedule, front.state.device) == (before.schedule, before.device)


def test_the_same_written_by_somebody_else_is_no_conflict(folder: Path, front: FrontEnd) -> None:
    (folder / PLAN).write_text(front.ask(type="document_text").text)
    assert not isinstance(front.ask(type="save", path=None), events.Failed)


def test_a_copy_can_be_saved_beside_what_others_wrote(folder: Path, front: FrontEnd) -> None:
    text = by_others(folder / PLAN)
    front.ask(type="save", path="copy.mcuplan.json")
    assert (folder / PLAN).read_text() == text and front.state.document.path == "copy.mcuplan.json"
    assert kinds(front) == []


def test_python_is_asked_too(folder: Path) -> None:
    session = Session.open(MODEL)
    session.save(PLAN)
    session.save()
    other = Session.open(PLAN)
    with pytest.raises(FileChanged, match="already"):
        Session.open(MODEL, "teensy-41").save(PLAN)
    other_text = by_others(folder / PLAN)
    with pytest.raises(FileChanged, match="another program"):
        other.save()
    assert (folder / PLAN).read_text() == other_text
    other.save(overwrite=True)


def test_a_change_between_reading_and_writing_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is the last thing before the new file takes its place."""
    session = Session.open(MODEL)
    session.save(PLAN)
    synchronize = os.fsync

    def meanwhile(fd: int) -> None:
        synchronize(fd)
        by_others(folder / PLAN)

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(FileChanged):
        session.save()
    assert sorted(p.name for p in folder.iterdir()) == sorted([MODEL, PLAN])


def test_of_many_who_save_at_once_one_does(folder: Path) -> None:
    Session.open(MODEL).save(PLAN)
    sessions = [Session.open(PLAN, board) for board in ("teensy-41", "raspberry-pi-pico", "nucleo-f446re")] * 2
    saved, refused = [], []

    def save(session: Session) -> None:
        try:
            session.save()
            saved.append(session.snapshot.device.id)
        except FileChanged:
            refused.append(session)

    threads = [threading.Thread(target=save, args=(s,)) for s in sessions[:3]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1 and len(refused) == 2
    assert load(folder / PLAN).device == saved[0]


def test_a_name_that_somebody_took_meanwhile_is_not_written_over(folder: Path) -> None:
    with pytest.raises(FileChanged):
        (folder / "x").write_text("precious")
        on_disk.write(folder / "x", b"mine", instead_of=None, overwrite=False)
    assert (folder / "x").read_text() == "precious"


def moved(front: FrontEnd, folder: Path, old: str, new: str) -> None:
    """As in JupyterLab's file browser: the file is moved, and the page says so."""
    (folder / new).parent.mkdir(exist_ok=True)
    (folder / old).rename(folder / new)
    front.ask(type="moved", old=old, new=new)


@pytest.mark.parametrize(
    ("old", "new", "document", "model"),
    [
        (PLAN, "other.mcuplan.json", "other.mcuplan.json", MODEL),
        (PLAN, "sub/p.mcuplan.json", "sub/p.mcuplan.json", MODEL),
        (MODEL, "other name.tflite", PLAN, "other name.tflite"),
        (MODEL, "models/m.tflite", PLAN, "models/m.tflite"),
    ],
)
def test_a_session_goes_with_its_files(
    folder: Path, front: FrontEnd, old: str, new: str, document: str, model: str
) -> None:
    """Right after the move the plan on disk opens; unsaved edits stay unsaved, are saved there, and outlive a crash."""
    before = load(folder / PLAN)
    moved(front, folder, old, new)
    there = load(folder / document)
    assert (there.schedule, there.device) == (before.schedule, before.device)
    assert (folder / document).parent.joinpath(there.model_path).resolve() == (folder / model).resolve()
    assert kinds(front) == [] and front.state.document.dirty
    assert front.state.document.path == Path(document).name
    toggled(front)
    restart()
    again, answer = opened(document)
    assert answer.recovered is not None and again.state.device.id == "teensy-41"
    again.ask(type="save", path=None)
    assert load(folder / document).device == "teensy-41"
    restart()
    assert opened(document)[0].state.schedule == again.state.schedule


def test_a_session_goes_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "a").mkdir()
    shutil.copy(MODEL, "a")
    monkeypatch.chdir(folder / "a")
    opened()[0].ask(type="save", path=None)
    restart()
    front, _ = opened(PLAN)
    edited(front)
    (folder / "a").rename(folder / "b")
    front.ask(type="moved", old="../a", new="../b")
    assert front.state.document.folder == str(folder / "b") and kinds(front) == []
    toggled(front)
    restart()
    again, _ = opened(PLAN)
    assert again.state.position == 3 and kinds(again) == []


def test_a_plan_that_another_program_changed_is_not_written_when_its_model_moves(folder: Path, front: FrontEnd) -> None:
    text = by_others(folder / PLAN)
    moved(front, folder, MODEL, "m.tflite")
    assert (folder / PLAN).read_text() == text
    assert kinds(front) == ["changed"]


def test_what_is_moved_elsewhere_unsaid_is_gone_and_can_be_written_again(folder: Path, front: FrontEnd) -> None:
    (folder / PLAN).rename(folder / "x")
    front.ask(type="moved", old="x", new="y")
    assert kinds(front) == ["gone"]
    assert not isinstance(front.ask(type="save", path=None, overwrite=True), events.Failed)
    assert kinds(front) == []


def test_a_session_never_follows_to_what_it_does_not_know(folder: Path, front: FrontEnd) -> None:
    (folder / PLAN).unlink()
    (folder / "else.mcuplan.json").write_text("precious")
    front.ask(type="moved", old=PLAN, new="else.mcuplan.json")
    assert front.state.document.path == PLAN and kinds(front) == ["gone"]
    front.ask(type="save", path=None, overwrite=True)
    assert (folder / "else.mcuplan.json").read_text() == "precious"


def test_a_folder_that_is_gone_is_said_and_made_again_when_asked(folder: Path, front: FrontEnd) -> None:
    folder.rename(folder.with_name("elsewhere"))
    front.ask(type="look")
    assert kinds(front)[:2] == ["unkept", "gone"]
    front.ask(type="save", path=None, overwrite=True)
    assert load(folder / PLAN).device == "teensy-41"


def test_two_sessions_on_a_plan_go_with_it(folder: Path, front: FrontEnd) -> None:
    """The first to hear of it writes the new path of the model; that is nothing to ask the other about."""
    restart()
    other, _ = opened(PLAN)
    edited(other)
    for old, new in ((PLAN, "sub/p.mcuplan.json"), (f"../{MODEL}", "../m.tflite")):
        moved(front, folder / "sub" if old.startswith("..") else folder, old, new)
        other.ask(type="moved", old=old, new=new)
        for one in (front, other):
            one.ask(type="look")
            assert "gone" not in kinds(one) and "changed" not in kinds(one)
    assert load(folder / "sub/p.mcuplan.json").model_path == "../m.tflite"
