"""Edits outlive their process, or their answers say that they would not."""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcu_lab.device import ad_hoc
from mcu_lab.session import chronicle, events
from mcu_lab.session.journal import FOLDER
from mcu_lab.session.session import Session
from tests.session.files import MODEL, PLAN, edited, opened, restart
from tests.session.front_end import FrontEnd, attached
from tests.session.models import diamond


def toggled(front: FrontEnd) -> events.State:
    """One edit, and what is shown then."""
    inputs = "streamed" if front.state.schedule.inputs == "resident" else "resident"
    front.do("set_inputs", inputs=inputs)
    return front.state


def kinds(front: FrontEnd) -> list[str]:
    return [notice.kind for notice in front.state.document.notices]


def killed(run: Callable[[], None]) -> None:
    """Carry ``run`` out in a process that is killed at its end."""
    ended(begun(run))


def begun(run: Callable[[], None]) -> int:
    if (child := os.fork()) == 0:
        try:
            run()
            os.kill(os.getpid(), 9)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    return child


def ended(child: int) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


def limited(room_bytes: int | None) -> None:
    """No file of this process may be longer than its journal by more than this."""
    (journal,) = Path(FOLDER).glob("*.journal")
    limit = resource.RLIM_INFINITY if room_bytes is None else journal.stat().st_size + room_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.mark.quick(3)
@pytest.mark.parametrize("room_bytes", [0, 1, 60, 400])
@pytest.mark.parametrize("looks", [True, False])
def test_a_moment_without_room_is_said_and_overcome(folder: Path, room_bytes: int, looks: bool) -> None:
    """A line that was torn takes nothing with it, and the journal is whole again as soon as there is room."""

    def run() -> None:
        front, _ = opened()
        for _ in range(3):
            assert not [n for n in toggled(front).document.notices]
        limited(room_bytes)
        while "unkept" not in kinds(front):
            toggled(front)
        for _ in range(3):
            toggled(front)
            assert "unkept" in kinds(front), "every answer says so for as long as it is so"
        front.do("set_device", device="teensy-41")
        limited(None)
        if looks:
            front.ask(type="look")
            assert kinds(front) == []
        toggled(front)
        assert kinds(front) == []
        front.ask(type="rename", position=2, label=f"{front.state.length} in all")

    killed(run)
    front, answer = opened()
    assert answer.recovered is not None
    history = front.ask(type="history").entries
    assert history[2].label == f"{len(history)} in all"
    assert front.state.device.id == "teensy-41"


def test_what_was_kept_before_the_disk_was_full_is_there(folder: Path) -> None:
    def run() -> None:
        front, _ = opened()
        edited(front)
        limited(10)
        front.do("set_device", device="teensy-41")
        assert "unkept" in kinds(front)

    killed(run)
    front, answer = opened()
    assert front.state.position == 2 and "2 edits" in answer.recovered


def test_a_journal_that_somebody_removes_is_written_again(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    shutil.rmtree(folder / FOLDER)
    front.ask(type="look")
    state = toggled(front)
    shutil.rmtree(folder / FOLDER)
    toggled(front)
    restart()
    again, _ = opened()
    assert (again.state.position, again.state.schedule) == (4, front.state.schedule) and state.position == 3


def test_an_entry_renamed_where_the_session_stands_keeps_what_was_undone(folder: Path) -> None:
    front, _ = opened()
    edited(front)
    front.ask(type="undo", rev=front.state.rev)
    front.ask(type="rename", position=1, label="tight")
    restart()
    again, _ = opened()
    assert [e.label for e in again.ask(type="history").entries] == [e.label for e in front.ask(type="history").entries]


def test_two_sessions_keep_two_histories(folder: Path) -> None:
    """What the later one leaves is there when the file is opened again, what the other one left is offered."""
    opened()[0].ask(type="save", path=None)
    restart()

    edits, others_turn = os.pipe()
    goes_on, own_turn = os.pipe()

    def first() -> None:
        one, _ = opened(PLAN)
        one.do("set_device", device="teensy-41")
        os.write(others_turn, b"x")
        os.read(goes_on, 1)
        toggled(one)
        assert kinds(one) == []
        one.ask(type="look")
        assert kinds(one) == ["left"], "the other one is gone by now"

    def second() -> None:
        two, answer = opened(PLAN)
        assert answer.recovered is None and two.state.position == 0
        assert kinds(two) == ["elsewhere"]
        two.do("set_device", device="raspberry-pi-pico")
        two.do("set_budget", sram_bytes=1000, flash_bytes=None)

    child = begun(first)
    os.read(edits, 1)
    killed(second)
    os.write(own_turn, b"x")
    ended(child)
    front, answer = opened(PLAN)
    assert "2 edits" in answer.recovered and front.state.schedule.inputs == "streamed"
    assert [e.label for e in front.ask(type="history").entries[1:]] == ["board Teensy 4.1", "input streamed"]
    (notice,) = front.state.document.notices
    assert notice.kind == "left" and "2 edits" in notice.text and "budget" in notice.text
    back, drop = notice.offers
    front.ask(type="bring_back", rev=front.state.rev, journal=back.journal)
    assert front.state.device.sram_bytes == 1000 and kinds(front) == []
    for _ in range(3):
        front.ask(type="undo", rev=front.state.rev)
    assert front.state.schedule.inputs == "streamed" and front.state.device.id == "teensy-41"
    assert drop.journal == back.journal
    restart()
    assert opened(PLAN)[0].state.length == front.state.length


def test_what_was_left_for_another_state_of_the_file_is_offered_and_can_be_discarded(folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    edited(front)
    data = json.loads((folder / PLAN).read_text())
    (folder / PLAN).write_text(json.dumps(data | {"inputs": "streamed"}))
    restart()
    again, answer = opened(PLAN)
    assert answer.recovered is None and again.state.position == 0
    toggled(again)
    restart()
    again, _ = opened(PLAN)
    (notice,) = again.state.document.notices
    assert notice.kind == "left"
    again.ask(type="drop", journal=notice.offers[1].journal)
    assert kinds(again) == []
    assert isinstance(again.ask(type="drop", journal=notice.offers[1].journal), events.Failed)
    assert isinstance(again.ask(type="drop", journal="../" + PLAN), events.Failed) and (folder / PLAN).is_file()


def test_what_was_left_under_a_name_that_is_gone_is_offered(folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    edited(front)
    restart()
    (folder / PLAN).rename(folder / "renamed.mcuplan.json")
    again, _ = opened("renamed.mcuplan.json")
    assert kinds(again) == ["left"]


def test_what_was_edited_since_a_save_is_brought_back_whatever_the_order_of_decisions(folder: Path) -> None:
    """A document sorts its decisions; that makes them no others."""
    front, _ = opened()
    for operators in ([4, 5], [0, 1]):
        front.do("make_stage", stage={"kind": "rows", "operators": operators})
    assert front.state.schedule.stages[0].operators == (4, 5), "not as a document has them"
    front.ask(type="save", path=None)
    front.do("set_device", device="teensy-41")
    restart()
    assert opened(PLAN)[1].recovered is not None


def test_the_kernel_of_a_crashed_server_is_waited_for(folder: Path) -> None:
    """It still holds its journal for a moment when the panel is opened again."""
    ready, done = os.pipe()
    if (child := os.fork()) == 0:
        front, _ = opened()
        edited(front)
        os.write(done, b"x")
        time.sleep(1.0)
        os.kill(os.getpid(), 9)
    os.read(ready, 1)
    _, answer = opened()
    os.waitpid(child, 0)
    assert answer.recovered is not None


def test_a_cell_keeps_its_edits_too_and_offers_them_to_the_next(folder: Path) -> None:
    """A cell says itself what it begins with: what a crash left is offered, never taken by itself."""
    session = Session.open(MODEL)
    session.undo()
    front = attached(session)
    edited(front)
    schedule, device = front.state.schedule, front.state.device
    restart()
    again = attached(Session.open(MODEL))
    assert again.state.position == 0
    (notice,) = again.state.document.notices
    again.ask(type="bring_back", rev=again.state.rev, journal=notice.offers[0].journal)
    assert (again.state.schedule, again.state.device) == (schedule, device)


def test_what_was_edited_before_it_was_shown_is_kept(folder: Path) -> None:
    session = Session.open(MODEL)
    session.fit(seconds=1)
    attached(session)
    del session
    restart()
    assert kinds(attached(Session.open(MODEL))) == ["left"]


def test_a_session_without_a_file_says_that_its_edits_end_with_it() -> None:
    front = attached(Session(diamond(), ad_hoc()))
    assert kinds(front) == []
    front.do("set_budget", sram_bytes=1000, flash_bytes=None)
    assert kinds(front) == ["unkept"]


def test_a_long_history_is_kept_within_bounds_and_read_in_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "MOST_BYTES", 20_000)
    front, _ = opened()
    for i in range(120):
        front.do("set_budget", sram_bytes=100_000 + i, flash_bytes=None)
    (journal,) = (folder / FOLDER).iterdir()
    assert journal.stat().st_size < 25_000
    restart()
    again, _ = opened()
    assert again.state.device.sram_bytes == 100_119 and 20 < again.state.position < 120
    again.do("set_budget", sram_bytes=1, flash_bytes=None)
    restart()
    assert opened()[0].state.device.sram_bytes == 1


def test_a_journal_that_takes_too_long_gives_its_last_steps_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, _ = opened()
    edited(front)
    toggled(front)
    restart()
    monkeypatch.setattr(chronicle, "MOST_SECONDS", -1.0)
    again, answer = opened()
    assert "no time" in answer.recovered and again.state.position == 0
    assert (again.state.schedule, again.state.device) == (front.state.schedule, front.state.device)


@pytest.mark.slow
def test_the_longest_journal_opens_quickly(folder: Path) -> None:
    """Nobody waits for minutes: bounded in bytes and in seconds, whoever wrote it."""
    front, _ = opened()
    edited(front)
    (journal,) = (folder / FOLDER).iterdir()
    lines = journal.read_bytes().splitlines(keepends=True)
    edit = next(line for line in lines if line.startswith(b'{"at":2'))
    again = edit.replace(b'"at":2', b'"at":null') * ((36 << 20) // len(edit))
    restart()
    journal.write_bytes(b"".join(lines[:-2]) + again + b"".join(lines[-2:]))
    began = time.monotonic()
    _, answer = opened()
    assert time.monotonic() - began < 30
    assert answer.recovered is not None


@pytest.mark.parametrize("board", ["/dev/zero.toml", "mine.toml", "no board", "../../x.toml"])
def test_a_journal_names_no_board_that_a_document_may_not(folder: Path, board: str) -> None:
    os.mkfifo(folder / "mine.toml")
    front, _ = opened()
    front.do("set_device", device="teensy-41")
    restart()
    (journal,) = (folder / FOLDER).iterdir()
    journal.write_bytes(journal.read_bytes().replace(b'"teensy-41"', json.dumps(board).encode()))
    again, _ = opened()
    assert again.state.position == 0


@pytest.mark.parametrize("name", ["a" * 241, "ü" * 120, "\u2028 \N{PILE OF POO}", "-rf", "a.journal"])
def test_any_name_has_a_journal(folder: Path, name: str) -> None:
    name += ".mcuplan.json"
    front, _ = opened()
    front.ask(type="save", path=name)
    edited(front)
    assert kinds(front) == []
    restart()
    again, answer = opened(name)
    assert answer.recovered is not None and again.state.position == 2


def test_a_document_behind_a_link_has_its_journal_where_it_lies(folder: Path) -> None:
    front, _ = opened()
    front.ask(type="save", path=None)
    (folder / "there").mkdir()
    (folder / "there" / "link.mcuplan.json").symlink_to(folder / PLAN)
    restart()
    linked, _ = opened("there/link.mcuplan.json")
    edited(linked)
    linked.ask(type="save", path=None)
    assert (folder / "there" / "link.mcuplan.json").is_symlink()
    edited(linked)
    toggled(linked)
    restart()
    assert opened(PLAN)[1].recovered is not None


@pytest.mark.parametrize("spoiled", ["file", "link", "gone"])
def test_a_folder_that_cannot_hold_a_journal_is_said_until_it_can(folder: Path, spoiled: str) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    place = folder / FOLDER
    spoil: dict[str, Callable[[], Any]] = {
        "file": lambda: place.write_text(""),
        "link": lambda: place.symlink_to(elsewhere),
        "gone": lambda: folder.rename(folder.with_name("moved away")),
    }
    front, _ = opened()
    spoil[spoiled]()
    edited(front)
    assert "unkept" in kinds(front)
    if spoiled == "gone":
        folder.with_name("moved away").rename(folder)
    else:
        place.unlink()
    front.ask(type="look")
    assert kinds(front) == []
    restart()
    assert opened()[0].state.position == 2
