"""The conversation with a front end: one answer to each request, whatever is asked."""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.device import ad_hoc, boards
from mcu_lab.errors import McuLabError
from mcu_lab.session import events, protocol
from mcu_lab.session.edits import SetBudget
from mcu_lab.session.opening import FIRST_BOARD
from mcu_lab.session.session import Session
from mcu_lab.session.wire import field_types, to_json
from tests.conftest import model_path
from tests.session.front_end import FrontEnd, attached, attaching, opening
from tests.session.models import column, diamond, woven
from tests.session.test_edits import random_edit


def test_a_model_in_the_working_directory_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.tflite").write_bytes(model_path("mlperf_kws_dscnn_int8").read_bytes())
    monkeypatch.chdir(tmp_path)
    front = FrontEnd()
    opened = front.ask(**opening("m.tflite"))
    assert isinstance(opened, events.Opened)
    assert opened.state.device.id == FIRST_BOARD
    assert {b.id for b in opened.boards} == {b.id for b in boards()}
    assert len(opened.state.model.operators) == len(opened.state.picture.rows)
    verdict = front.wait(lambda e: isinstance(e, events.Verdict))
    assert verdict.rev == 0 and verdict.right and verdict.problems == ()


def test_a_file_that_is_not_there_is_explained_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed = FrontEnd().ask(**opening("gone.tflite"))
    assert isinstance(failed, events.Failed)
    assert "gone.tflite" in failed.what and str(tmp_path) in failed.what and failed.hint


def test_a_damaged_model_is_a_failure_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.tflite").write_bytes(b"TFL3" * 9)
    monkeypatch.chdir(tmp_path)
    failed = FrontEnd().ask(**opening("m.tflite"))
    assert isinstance(failed, events.Failed) and failed.kind == "ModelError"


def test_another_protocol_is_refused_before_anything_else_with_both_versions() -> None:
    failed = FrontEnd().ask(type="open", protocol=protocol.PROTOCOL + 1, version="9.9.9", novelty=True)
    assert isinstance(failed, events.Failed) and failed.kind == "VersionSkew"
    assert "9.9.9" in failed.what and "kernel" in failed.hint


def test_edits_are_answered_with_the_state_they_led_to() -> None:
    front = attached()
    state = front.ask(type="do", rev=0, edit={"type": "set_device", "device": "nucleo-f446re"})
    assert isinstance(state, events.Change) and (state.base, state.rev, state.device.id) == (0, 1, "nucleo-f446re")
    state = front.ask(type="undo", rev=1)
    assert (state.rev, state.undo, state.redo) == (2, None, f"board {boards_name('nucleo-f446re')}")
    state = front.ask(type="redo", rev=2)
    assert state.device.id == "nucleo-f446re"
    state = front.ask(type="do", rev=3, edit={"type": "set_budget", "sram_bytes": 128, "flash_bytes": None})
    assert (state.device.sram_bytes, state.device.flash_bytes, state.figures.fits) == (128, None, False)
    verdict = front.wait(lambda e: isinstance(e, events.Verdict) and e.rev == 4)
    assert verdict.right and {p.code for p in verdict.problems} == {"capacity"}


def boards_name(board_id: str) -> str:
    return next(b.name for b in boards() if b.id == board_id)


def test_an_undo_that_changes_nothing_is_answered_too() -> None:
    front = attached()
    state = front.ask(type="undo", rev=0)
    assert isinstance(state, events.Change) and state.rev == 0
    assert len(front.answers(front.next_id - 1)) == 1


def test_a_stale_edit_is_refused_and_named() -> None:
    front = attached()
    front.ask(type="do", rev=0, edit={"type": "set_budget", "sram_bytes": 4096, "flash_bytes": 4096})
    failed = front.ask(type="do", rev=0, edit={"type": "set_budget", "sram_bytes": 1, "flash_bytes": 1})
    assert isinstance(failed, events.Failed) and failed.kind == "StaleEdit"


def test_edits_from_elsewhere_arrive_without_an_id() -> None:
    session = Session(diamond(), ad_hoc())
    one, other = FrontEnd(session), FrontEnd(session)
    for front in (one, other):
        front.ask(**attaching())
    session.apply(SetBudget(4096, 4096))
    for front in (one, other):
        state = front.wait(lambda e: isinstance(e, events.Change))
        assert (state.id, state.rev) == (None, 1)
    other.ask(type="undo", rev=1)
    assert one.wait(lambda e: isinstance(e, events.Change) and e.rev == 2).id is None


def test_after_closing_nothing_is_said() -> None:
    session = Session(diamond(), ad_hoc())
    front = FrontEnd(session)
    front.ask(**attaching())
    front.wait(lambda e: isinstance(e, events.Verdict))
    front.channel.close()
    count = len(front.heard)
    session.apply(SetBudget(4096, 4096))
    assert len(front.heard) == count


def test_asking_before_opening_is_refused() -> None:
    failed = FrontEnd().ask(type="undo", rev=0)
    assert isinstance(failed, events.Failed) and failed.kind == "InputError"


@pytest.mark.parametrize("seed", range(12))
def test_changes_lead_a_page_to_the_state_that_is(seed: int) -> None:
    random = Random(seed)
    front = attached(Session(woven(random), ad_hoc()))
    session = front.channel._session
    assert session is not None
    for _ in range(10):
        try:
            kind = random.choice(["edit", "edit", "undo", "redo", "jump"])
            if kind == "edit":
                session.apply(random_edit(random, session))
            elif kind == "jump":
                session.jump(random.randrange(len(session.entries)))
            else:
                getattr(session, kind)()
        except McuLabError:
            continue
    shown = front.state
    whole = front.ask(type="resync")
    assert isinstance(whole, events.State) and shown is not None

    def comparable(state: events.State) -> dict[str, Any]:
        value = to_json(state) | {"id": None}
        value["picture"]["rects"].sort(key=lambda r: r["buffer"])
        return value

    assert comparable(whole) == comparable(shown)


def test_a_preview_says_what_the_edit_then_does() -> None:
    front = attached()
    edit = {"type": "set_in_place", "operator": 2, "slot": 0}
    previewed = front.ask(type="preview", rev=0, edit=edit)
    assert isinstance(previewed, events.Previewed) and previewed.refused is None
    assert previewed.label and previewed.before == front.state.figures
    change = front.ask(type="do", rev=0, edit=edit)
    assert change.figures == previewed.after and change.label == previewed.label


def test_a_preview_of_what_is_refused_says_why_and_changes_nothing() -> None:
    front = attached()
    previewed = front.ask(type="preview", rev=0, edit={"type": "move", "operators": [2], "to": 0})
    assert previewed.after is None and "op2" in previewed.refused.what
    stale = front.ask(type="preview", rev=7, edit={"type": "reset"})
    assert stale.after is None and "revision 7" in stale.refused.what
    assert front.ask(type="resync").rev == 0


def test_of_many_previews_each_is_answered_once_and_the_newest_is_worked_out() -> None:
    front = attached()
    edits = [{"type": "pin", "buffer": "t3", "offset": 64 * i} for i in range(40)]
    asked = [front.post(type="preview", rev=0, edit=edit) for edit in edits]
    answers = [front.answer(number) for number in asked]
    assert all(isinstance(a, events.Previewed | events.Done) for a in answers)
    assert isinstance(answers[-1], events.Previewed)
    assert [len(front.answers(number)) for number in asked] == [1] * len(asked)


def test_history_can_be_read_renamed_and_jumped_in() -> None:
    front = attached()
    for size in (100, 200, 300):
        front.do("set_budget", sram_bytes=size, flash_bytes=None)
    history = front.ask(type="history")
    assert [e.label for e in history.entries] == ["open", "budget 100 B", "budget 200 B", "budget 300 B"]
    assert (history.position, [e.saved for e in history.entries]) == (3, [True, False, False, False])
    assert [e.figures.fits for e in history.entries] == [True, False, True, True]
    change = front.ask(type="jump", rev=front.state.rev, position=1)
    assert (change.device.sram_bytes, change.position, change.length) == (100, 1, 4)
    assert (front.state.undo, front.state.redo) == ("budget 100 B", "budget 200 B")
    assert front.ask(type="rename", position=1, label=" tight ").entries[1].label == "tight"
    assert front.state.label == front.state.undo == "tight"
    for position in (-1, 4):
        assert isinstance(front.ask(type="jump", rev=front.state.rev, position=position), events.Failed)
        assert isinstance(front.ask(type="rename", position=position, label="x"), events.Failed)


def test_single_steps_come_on_demand_and_not_too_many() -> None:
    session = Session(column(4), ad_hoc())
    front = attached(session)
    front.do("make_stage", stage={"kind": "rows", "operators": [0, 1, 2]})
    steps = front.ask(type="steps", lo=0, hi=10**9)
    assert len(steps.rows) == len(session.plan.steps) == front.state.picture.head.steps
    assert [row.step for row in front.ask(type="steps", lo=3, hi=5).rows] == [3, 4]
    assert front.ask(type="steps", lo=10**9, hi=10**9).rows == ()
    assert front.ask(type="steps", lo=-5, hi=2).rows[0].step == 0


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("operator", "99"),
        ("operator", "x"),
        ("operator", "-1"),
        ("stage", "0"),
        ("buffer", "none"),
        ("tensor", "9" * 30),
    ],
)
def test_what_is_not_there_cannot_be_inspected(kind: str, name: str) -> None:
    front = attached()
    assert isinstance(front.ask(type="inspect", rev=0, focus={"kind": kind, "id": name}), events.Failed)


def test_inspecting_tells_what_can_be_done() -> None:
    front = attached()
    found = front.ask(type="inspect", rev=0, focus={"kind": "operator", "id": "0"})
    assert found.operator.moves.ranges == ((0, 2),)
    assert found.operator.moves.latest.operator == 2 and found.operator.moves.earliest is None
    front.do("pin", buffer="t3", offset=128)
    found = front.ask(type="inspect", rev=1, focus={"kind": "buffer", "id": "t3"})
    assert (found.operator, found.stage, found.tensor, found.buffer.pinned) == (None, None, None, 128)


def test_a_search_can_be_cancelled_and_only_one_runs() -> None:
    front = attached()
    fit = {"type": "fit", "rev": 0, "use": ["order", "alias", "inplace"], "max_mac_factor": 1.0, "seconds": None}
    asked = front.post(**fit)
    assert isinstance(front.ask(type="cancel"), events.Done)
    answer = front.answer(asked)
    assert isinstance(answer, events.Change) and answer.proof is not None
    nonsense = front.ask(**(fit | {"use": ["magic"], "rev": 1}))
    assert isinstance(nonsense, events.Failed) and "magic" in nonsense.what


def test_a_point_of_the_front_is_one_edit() -> None:
    front = attached()
    before = front.state.schedule
    asked = {"type": "front", "rev": 0, "use": ["order", "alias", "inplace"], "max_mac_factor": 1.0, "seconds": None}
    found = front.ask(**asked)
    assert isinstance(found, events.Front) and found.complete and found.points
    chosen = front.ask(type="choose", rev=0, point=0)
    assert chosen.figures == found.points[0].figures and chosen.rev == 1
    front.ask(type="undo", rev=1)
    assert front.state.schedule == before
    assert isinstance(front.ask(type="choose", rev=2, point=len(found.points)), events.Failed)


def test_two_front_ends_on_one_session_never_wait_for_each_other() -> None:
    session = Session(diamond(), ad_hoc())
    fronts = [attached(session) for _ in range(3)]

    def work(front: FrontEnd) -> None:
        for i in range(30):
            front.post(
                type="do",
                rev=session.snapshot.rev,
                edit={"type": "set_budget", "sram_bytes": 1000 + i, "flash_bytes": None},
            )
            front.post(type="resync")

    workers = [threading.Thread(target=work, args=(front,), daemon=True) for front in fronts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive()
    for front in fronts:
        front.ask(type="resync")
        assert front.state.rev == session.snapshot.rev


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
REQUESTS = st.fixed_dictionaries(
    {"type": st.sampled_from([get_args(field_types(kind)["type"])[0] for kind in get_args(protocol.Request)])},
    optional={"id": JSON, "rev": JSON, "edit": JSON, "focus": JSON, "path": JSON, "position": JSON, "label": JSON},
)


@settings(deadline=None)
@given(message=JSON | REQUESTS)
def test_nonsense_is_answered_by_a_failure_and_never_raises(message: Any) -> None:
    front = FrontEnd()
    front.channel.receive(message)
    assert len(front.heard) == 1
    assert isinstance(front.heard[0], events.Failed | events.Done | events.Sessions)
