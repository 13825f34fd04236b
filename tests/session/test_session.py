"""A session: edits are made whole or not at all, and history gives back exactly what was."""

from __future__ import annotations

import gc
from pathlib import Path
from threading import Thread

import pytest

from mcu_lab.device import ad_hoc, board
from mcu_lab.errors import DeviceError, DocumentError, McuLabError, ScheduleError
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.edits import Reset, SetBudget, SetDevice, SetSchedule
from mcu_lab.session.session import Session, Snapshot, StaleEdit
from tests.conftest import model_path
from tests.session.models import diamond

SWAPPED = SetSchedule(Schedule(order=(1, 0, 2)), "swap")


def session() -> Session:
    return Session(diamond(), ad_hoc())


def test_a_new_session_has_the_order_of_the_file_and_a_verified_plan() -> None:
    snapshot = session().snapshot
    assert snapshot.decisions.schedule.order == (0, 1, 2)
    assert snapshot.problems == ()
    assert (snapshot.rev, snapshot.undo, snapshot.redo) == (0, None, None)


def test_edits_undo_and_redo_give_back_the_same_plans() -> None:
    made = session()
    snapshots = [made.snapshot]
    for edit in (SWAPPED, SetDevice("nucleo-f446re"), SetBudget(1000, None)):
        snapshots.append(made.apply(edit))
    for earlier in reversed(snapshots[:-1]):
        assert made.undo().plan == earlier.plan
    for later in snapshots[1:]:
        assert made.redo().plan == later.plan
    assert made.history == ("open", "swap", f"board {board('nucleo-f446re').name}", "budget 1000 B")


def test_undo_and_redo_name_what_they_would_do() -> None:
    made = session()
    assert made.apply(SWAPPED).undo == "swap"
    after = made.undo()
    assert (after.undo, after.redo) == (None, "swap")
    assert made.redo().undo == "swap"


def test_a_new_edit_forgets_what_was_undone() -> None:
    made = session()
    made.apply(SWAPPED)
    made.undo()
    assert made.apply(SetBudget(500, 500)).redo is None
    assert made.redo() is made.snapshot


def test_undo_without_history_changes_nothing() -> None:
    made = session()
    assert made.undo() is made.snapshot
    assert made.snapshot.rev == 0


@pytest.mark.parametrize(
    ("edit", "error"),
    [
        (SetSchedule(Schedule(order=(2, 0, 1))), ScheduleError),
        (SetSchedule(Schedule(order=(0, 1))), ScheduleError),
        (SetDevice("no-such-board"), DeviceError),
        (SetBudget(-1, None), DeviceError),
    ],
)
def test_a_refused_edit_changes_nothing(edit: SetSchedule | SetDevice | SetBudget, error: type[McuLabError]) -> None:
    made = session()
    made.apply(SWAPPED)
    before, history = made.snapshot, made.history
    with pytest.raises(error):
        made.apply(edit)
    assert made.snapshot is before
    assert made.history == history


def test_an_edit_for_another_revision_is_refused() -> None:
    made = session()
    made.apply(SWAPPED, rev=0)
    with pytest.raises(StaleEdit) as caught:
        made.undo(rev=0)
    assert "revision 0" in caught.value.what and "revision 1" in caught.value.what


def test_listeners_hear_each_change_once_until_they_leave() -> None:
    made, heard = session(), []
    leave = made.subscribe(lambda snapshot: heard.append(snapshot.rev))
    made.apply(SWAPPED)
    made.undo()
    leave()
    leave()
    made.redo()
    assert heard == [1, 2]


def test_threads_that_edit_at_once_lose_no_edit() -> None:
    made, each, threads = session(), 20, 4

    def work(number: int) -> None:
        for i in range(each):
            made.apply(SetBudget(1000 + number * each + i, None))

    workers = [Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert made.snapshot.rev == each * threads
    assert len(made.history) == each * threads + 1


def test_of_many_threads_with_one_revision_exactly_one_succeeds() -> None:
    made = session()
    outcomes: list[Snapshot | StaleEdit] = []

    def work() -> None:
        try:
            outcomes.append(made.apply(SWAPPED, rev=0))
        except StaleEdit as error:
            outcomes.append(error)

    workers = [Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(isinstance(o, Snapshot) for o in outcomes) == 1
    assert len(outcomes) == 6


@pytest.mark.parametrize("device", ["nucleo-f446re", None])
def test_a_saved_document_opens_to_the_same_plan(tmp_path: Path, device: str | None) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(model_path("mlperf_kws_dscnn_int8").read_bytes())
    first = Session.open(model, device)
    if device is None:
        first.apply(SetBudget(20_000, None))
    first.save(tmp_path / "plan.mcuplan.json")
    second = Session.open(tmp_path / "plan.mcuplan.json")
    assert second.snapshot.decisions == first.snapshot.decisions
    assert second.plan.steps == first.plan.steps and second.plan.buffers == first.plan.buffers


def test_a_changed_model_is_noticed(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(model_path("hello_world_int8").read_bytes())
    Session.open(model).save(tmp_path / "plan.mcuplan.json")
    model.write_bytes(model_path("mlperf_kws_dscnn_int8").read_bytes())
    with pytest.raises(DocumentError):
        Session.open(tmp_path / "plan.mcuplan.json")


def test_a_graph_without_a_file_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        session().save(tmp_path / "plan.mcuplan.json")


def test_a_schedule_for_another_graph_is_refused() -> None:
    graph = diamond()
    with pytest.raises(ScheduleError):
        Session(graph, ad_hoc(), Schedule(order=tuple(range(len(graph.operators) + 1))))


def test_history_keeps_decisions_and_no_plans() -> None:
    made = session()

    def plans_after(edits: int) -> int:
        for i in range(edits):
            made.apply(SetBudget(1000 + made.snapshot.rev + i, None))
            made.apply(SWAPPED if i % 2 else Reset())
        gc.collect()
        graph = made.snapshot.graph
        return sum(isinstance(o, Plan) and o.graph is graph for o in gc.get_objects())

    assert plans_after(20) == plans_after(100)


def test_what_followed_before_an_undo_follows_again() -> None:
    made = session()
    opened = made.snapshot.outcome
    after = made.apply(SWAPPED).outcome
    assert made.undo().outcome is opened
    assert made.redo().outcome is after


def test_an_edit_leads_to_what_its_preview_found() -> None:
    made = session()
    previewed = made.preview(SWAPPED)
    assert made.apply(SWAPPED).entry.figures is previewed


def test_a_verification_that_gave_up_is_made_when_asked_again() -> None:
    class GaveUp(Exception):
        pass

    def give_up() -> None:
        raise GaveUp

    outcome = session().snapshot.outcome
    with pytest.raises(GaveUp):
        outcome.judge(give_up)
    assert outcome.judge(lambda: None) == outcome.problems == ()
