"""Transfers that somebody decided on are kept in plans, journals and scripts, shown, compared, and refused in words."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_lab.errors import McuLabError, ScheduleError
from mcu_lab.plan.model import Wait
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import ByRows, Schedule, Transfer
from mcu_lab.session import events
from mcu_lab.session.differing import decided
from mcu_lab.session.edits import SetSchedule
from mcu_lab.session.placing import Store
from mcu_lab.session.script import script
from mcu_lab.session.session import Session
from mcu_lab.session.staging import MakeStage
from mcu_lab.session.wire import to_json
from tests.session.files import MODEL, PLAN, opened, restart

BOARD = "stm32f746g-disco"


def fetched(session: Session) -> Schedule:
    """Weights of all operators in QSPI flash, in chunks of 4 channels, a step ahead."""
    graph, schedule = session.snapshot.graph, session.snapshot.decisions.schedule
    weights = [op.inputs[1] for op in graph.operators if op.kind in ("CONV_2D", "FULLY_CONNECTED")]
    storage, transfers = tuple((t, "qspi") for t in weights), tuple(Transfer(t, 4, 1, 2) for t in weights)
    return replace(schedule, storage=storage, transfers=transfers)


def test_undo_document_and_script_keep_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session.open(folder / MODEL, BOARD)
    schedule = fetched(session)
    plan = session.apply(SetSchedule(schedule)).plan
    assert any(isinstance(step, Wait) for step in plan.steps) and verify(plan) == ()
    session.undo()
    assert session.snapshot.decisions.schedule.transfers == ()
    session.redo()
    assert session.plan.steps == plan.steps
    session.save(folder / PLAN)
    assert Session.open(folder / PLAN).plan == session.plan
    (folder / "again.py").write_text(script(session))
    made = runpy.run_path(str(folder / "again.py"))
    assert (made["schedule"], made["plan"].steps) == (schedule, plan.steps)
    assert "qspi" in capsys.readouterr().out


def test_a_page_shows_them_and_its_journal_keeps_them(folder: Path) -> None:
    front, _ = opened(device=BOARD)
    schedule = fetched(front.channel._session)
    front.do("set_schedule", schedule=to_json(schedule), label="transfers")
    assert front.state is not None and front.state.schedule == schedule
    plan = front.channel._session.plan
    rows = front.state.picture.rows
    assert [row for row in rows if row.kind == "stage"] == []
    assert sum(row.steps for row in rows) == len(plan.steps)
    assert len(front.ask(type="steps", lo=0, hi=10**6).rows) == len(plan.steps)
    assert front.ask(type="lanes", lo=0, hi=len(plan.steps)).type == "lanes"
    ring = next(b.id for b in plan.buffers if b.id.startswith("l"))
    tensor = str(schedule.transfers[0].tensor)
    for kind, name in (("buffer", ring), ("operator", "0"), ("tensor", tensor)):
        answer = front.ask(type="inspect", rev=front.state.rev, focus={"kind": kind, "id": name})
        assert not isinstance(answer, events.Failed), answer
    restart()
    again, _ = opened(device=BOARD)
    assert again.state is not None and again.state.schedule == schedule


def test_where_the_core_reads_in_place_there_is_nothing_to_transfer(folder: Path) -> None:
    session = Session.open(folder / MODEL, BOARD)
    session.apply(SetSchedule(fetched(session)))
    first, *others = session.snapshot.decisions.schedule.transfers
    session.apply(Store((first.tensor,), None))
    assert session.snapshot.decisions.schedule.transfers == tuple(others)
    with pytest.raises(ScheduleError, match="is in a stage, where"):
        session.apply(MakeStage(ByRows(session.snapshot.decisions.schedule.order[:4])))


def test_what_is_different_is_said(folder: Path) -> None:
    session = Session.open(folder / MODEL, BOARD)
    before = session.snapshot.decisions
    schedule = fetched(session)
    session.apply(SetSchedule(replace(schedule, transfers=schedule.transfers[:1])))
    (said,) = (
        words
        for words in decided(session.snapshot.base, session.plan, before, session.snapshot.decisions)
        if "Transfers" in words
    )
    assert "chunks of 4, 1 ahead in 2 slots" in said
    (said,) = (
        words
        for words in decided(session.snapshot.base, session.plan, session.snapshot.decisions, before)
        if "Transfers" in words
    )
    assert said.endswith("whole.")


@pytest.mark.parametrize(
    ("transfers", "words"),
    [
        ([{"tensor": 9999, "chunk": 1}], "transfer of tensor 9999: is not a constant of this graph."),
        ([{"tensor": 0, "chunk": 1}], "transfer of tensor 0: is not a constant of this graph."),
        ([{"tensor": -1, "chunk": 1}], "whole number"),
        ([{"tensor": 1, "chunk": 1.5}], "whole number"),
        ([7], "has to be an object"),
    ],
)
def test_nonsense_in_a_document_is_one_sentence(folder: Path, transfers: list[object], words: str) -> None:
    Session.open(folder / MODEL, BOARD).save(folder / PLAN)
    said = json.loads((folder / PLAN).read_text())
    (folder / PLAN).write_text(json.dumps(said | {"transfers": transfers}))
    with pytest.raises(McuLabError) as refused:
        Session.open(folder / PLAN)
    assert words in str(refused.value) and "\n" not in str(refused.value)
