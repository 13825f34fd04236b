"""Comparing the present plan with another one: where that comes from, and what is said to be different."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.device import ad_hoc, board
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.session import events
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.differing import decided, moved
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.session.front_end import FrontEnd, attached, opening
from tests.session.models import column, diamond

MODEL, OTHER = "digits_residual_int8.tflite", "digits_mlp_int8.tflite"
PLAN = "digits_residual_int8.mcuplan.json"


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FrontEnd:
    for model in (MODEL, OTHER):
        (tmp_path / model).write_bytes((DATA / model).read_bytes())
    monkeypatch.chdir(tmp_path)
    front = FrontEnd()
    front.ask(**opening(MODEL))
    return front


def compare(front: FrontEnd, kind: str, which: object = "") -> Any:
    return front.ask(type="compare", other={"kind": kind, "id": str(which)})


def test_a_point_of_the_history_is_drawn_and_told_apart_in_words() -> None:
    front = attached(Session(column(1), ad_hoc()))
    front.do("set_in_place", operator=0, slot=0)
    compared = compare(front, "position", 0)
    saved = compared.before.arena_bytes - compared.after.arena_bytes
    assert saved > 0 and any(f"{saved:,} B" in sentence for sentence in compared.figures)
    assert [s.split(":")[0] for s in compared.decided] == ["In place now"]
    assert compared.picture.head.arena_bytes == compared.before.arena_bytes
    assert compared.timing.marks[-1][0] == compared.picture.head.steps
    assert front.state.position == 1
    same = compare(front, "position", 1)
    assert same.figures == same.decided == ()
    assert isinstance(compare(front, "position", 2), events.Failed)
    assert isinstance(compare(front, "point", 0), events.Failed)


def test_what_was_saved_and_files_of_the_same_model_are_offered(front: FrontEnd) -> None:
    front.ask(type="save", path=PLAN)
    front.do("set_inputs", inputs="streamed")
    front.ask(type="save", path="streamed.mcuplan.json")
    front.do("set_device", device="teensy-41")
    of_another = FrontEnd()
    of_another.ask(**opening(OTHER))
    of_another.ask(type="save", path="another.mcuplan.json")

    plans = {(p.other.kind, p.other.id): p.label for p in front.ask(type="others").plans}
    assert {key for key in plans if key[0] in ("file", "saved")} == {("file", PLAN), ("saved", "")}
    assert compare(front, "file", PLAN).decided == (
        f"Board: {board('teensy-41').name} instead of {board('arduino-nano-33-ble').name}.",
        "Input: streamed instead of resident.",
    )
    assert compare(front, "saved").decided == compare(front, "file", PLAN).decided[:1]
    assert "another model" in compare(front, "file", "another.mcuplan.json").what
    assert isinstance(compare(front, "file", "../x.mcuplan.json"), events.Failed)


@pytest.mark.slow
def test_a_trade_off_is_compared_before_it_is_taken(front: FrontEnd) -> None:
    front.ask(type="front", rev=0, use=["rows", "order"], max_mac_factor=1.0, seconds=5)
    found = front.wait(lambda e: isinstance(e, events.Front) and e.complete)
    compared = compare(front, "point", 0)
    assert compared.before == found.points[0].figures
    assert f"trade-off {found.points[0].text}" in [p.label for p in front.ask(type="others").plans]
    assert front.state.rev == 0


def differs(session: Session, before: Decisions, after: Decisions) -> tuple[str, ...]:
    return decided(session.snapshot.base, session.plan, before, after)


def test_every_kind_of_decision_has_its_sentence() -> None:
    graph = read_tflite(DATA / MODEL)
    session = Session(graph, ad_hoc())
    plain = session.snapshot.decisions
    front = attached(session)
    front.do("make_stage", stage={"kind": "rows", "operators": [0, 1], "rows": 2})
    staged = session.snapshot.decisions
    front.do("change_stage", operator=0, stage={"kind": "rows", "operators": [0, 1], "rows": 3})
    assert differs(session, staged, session.snapshot.decisions) == (
        "Stage conv (operator 0) to conv (operator 1): 3 rows at a time instead of 2 rows at a time.",
    )
    assert differs(session, plain, staged)[0].startswith("New stage: conv (operator 0) to")
    assert differs(session, staged, plain)[0].startswith("No longer a stage: conv (operator 0) to")
    buffer = session.plan.buffers[0].id
    front.do("pin", buffer=buffer, offset=4096)
    assert differs(session, staged, session.snapshot.decisions)[-1] == f"Pins: {buffer} at 4,096 B."
    assert differs(session, session.snapshot.decisions, staged)[-1] == f"Pins: {buffer} is free."
    constant = next(t.id for t in graph.tensors if t.is_const)
    front.do("store", tensors=[constant], memory="sram")
    assert "in sram instead of flash" in " ".join(differs(session, plain, session.snapshot.decisions))


def test_an_operator_that_was_moved_is_named_and_no_other() -> None:
    session = Session(diamond(), ad_hoc())
    before = session.snapshot.decisions
    front = attached(session)
    front.do("move", operators=[0], to=1)
    (sentence,) = differs(session, before, session.snapshot.decisions)
    assert sentence.startswith("Order: ") and sentence.count("operator") == 1


def test_the_other_plan_is_the_one_that_its_decisions_lead_to() -> None:
    session = Session(column(3), ad_hoc())
    front = attached(session)
    front.do("set_in_place", operator=0, slot=0)
    plan = lower(session.snapshot.graph, default_schedule(session.snapshot.graph), ad_hoc())
    assert compare(front, "position", 0).before.arena_bytes == arena_bytes(plan)


@given(st.integers(0, 6).flatmap(lambda n: st.permutations(range(n))))
def test_no_fewer_items_could_move(after: list[int]) -> None:
    before = list(range(len(after)))
    found = moved(before, after)
    kept = [item for item in before if item not in found]
    assert kept == [item for item in after if item not in found]
    assert len(found) == min(
        len(set(before) - set(stay))
        for size in range(len(before) + 1)
        for stay in permutations(before, size)
        if list(stay) == sorted(stay) == [item for item in after if item in stay]
    )
