"""The law of edits: what is offered is accepted, what is not is refused, a refusal changes nothing, undo gives back."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_lab.device import ad_hoc, board
from mcu_lab.errors import McuLabError, ScheduleError
from mcu_lab.plan.verify import verify
from mcu_lab.rewriting import RemoveUnread
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Stage
from mcu_lab.session import legal
from mcu_lab.session.edits import AskedEdit, Reset, SetBoard, SetBudget, SetDevice, SetInputs, SetSchedule
from mcu_lab.session.moving import Move
from mcu_lab.session.placing import Pin, Store, Unpin
from mcu_lab.session.reshaping import StageOffer, stage_choices
from mcu_lab.session.rewriting import SetRewrites
from mcu_lab.session.session import Session
from mcu_lab.session.sharing import SetAlias, SetInPlace
from mcu_lab.session.staging import ChangeStage, MakeStage, Ungroup
from tests.conftest import examples
from tests.session.models import column, diamond, woven

SEEDS = st.integers(0, 10_000)


def accepted(session: Session, edit: AskedEdit) -> bool:
    """Whether the edit can be made; the session is as before."""
    before = session.snapshot
    try:
        session.apply(edit)
    except McuLabError:
        assert session.snapshot is before
        return False
    if session.snapshot is not before:
        session.undo()
    assert session.snapshot.decisions == before.decisions
    return True


def random_session(seed: int) -> Session:
    """A random graph, ordered, shared and staged at random."""
    random = Random(seed)
    session = Session(woven(random), ad_hoc())
    for _ in range(random.randrange(6)):
        try:
            session.apply(random_edit(random, session))
        except McuLabError:
            continue
    return session


def random_edit(random: Random, session: Session) -> AskedEdit:
    """An edit that may or may not be legal."""
    schedule, plan = session.snapshot.decisions.schedule, session.plan
    count = len(schedule.order)
    op = random.randrange(count)
    start = random.randrange(count)
    run = schedule.order[start : start + random.randrange(1, 4)]
    stage = random_stage(random, run)
    buffer = random.choice(plan.buffers)
    return random.choice(
        [
            Move((op,), random.randrange(count)),
            Move(run, random.randrange(count)),
            MakeStage(stage),
            ChangeStage(op, stage),
            Ungroup(op),
            SetAlias(op, random.random() < 0.7),
            SetInPlace(op, random.choice([0, 1, None])),
            Pin(buffer.id, random.randrange(0, 300, 4)),
            Unpin(random.choice([buffer.id, None])),
            SetInputs(random.choice(["resident", "streamed"])),
            SetRewrites(random.choice([(), (RemoveUnread(),)])),
            Reset(),
        ]
    )


def random_stage(random: Random, run: tuple[int, ...]) -> Stage:
    rows, columns = random.randrange(1, 4), random.randrange(4)
    return random.choice(
        [
            ByRows(run, rows),
            ByRows(run, rows, "apart"),
            ByTiles(run, rows, columns),
            ByTiles(run, rows, columns, "all"),
            ByTiles(run, rows, columns, run[: random.randrange(1, 3)]),
            ByChannels(run, 1),
        ]
    )


@settings(deadline=None, max_examples=examples(60))
@given(seed=SEEDS)
def test_every_position_that_is_offered_is_accepted_and_every_other_refused(seed: int) -> None:
    session = random_session(seed)
    now = session.snapshot
    schedule = now.decisions.schedule
    subjects = [(op,) for op in schedule.order] + [stage.operators for stage in schedule.stages]
    for subject in subjects:
        offered = legal.legal_moves(now.plan, schedule, subject).ranges
        for to in range(-1, len(schedule.order) + 1):
            fine = any(lo <= to < hi for lo, hi in offered)
            assert accepted(session, Move(subject, to)) == fine, (subject, to, offered)


@settings(deadline=None, max_examples=examples(60))
@given(seed=SEEDS)
def test_every_choice_that_is_offered_is_accepted_and_every_other_refused(seed: int) -> None:
    session = random_session(seed)
    now = session.snapshot
    schedule = now.decisions.schedule
    for op in schedule.order:
        choices = legal.operator_choices(now.plan, now.decisions, op)
        if choices.alias:
            assert (
                accepted(session, SetAlias(op, not choices.alias.on)) == choices.alias.legal == (not choices.alias.why)
            )
        slots = {slot.slot: slot.choice for slot in choices.in_place}
        for slot in range(2):
            if slot not in slots:
                assert not accepted(session, SetInPlace(op, slot))
            else:
                edit = SetInPlace(op, None if slots[slot].on else slot)
                assert accepted(session, edit) == slots[slot].legal == (not slots[slot].why)
        run = choices.stage
        assert op in schedule.order[run.lo : run.hi]
        assert accepted(session, MakeStage(ByRows(schedule.order[run.lo : run.hi]))) == run.legal
        if run.legal and run.hi < len(schedule.order):
            assert not accepted(session, MakeStage(ByRows(schedule.order[run.lo : run.hi + 1])))
        if run.legal and run.lo > 0:
            assert not accepted(session, MakeStage(ByRows(schedule.order[run.lo - 1 : run.hi])))
    for stage in schedule.stages:
        offered = stage_choices(now.plan, now.decisions, min(stage.operators))
        offers = [*(offer for group in offered.groups for offer in group.offers), *offered.edges]
        for offer in offers:
            assert accepted(session, ChangeStage(stage.operators[0], offer.stage)) == (not offer.why), offer
            assert offer.on == (offer.stage == stage)
        assert all(sum(offer.on for offer in group.offers) == 1 for group in offered.groups)
        assert {type(offer.stage) for offer in offered.groups[0].offers} == set(get_args(Stage))
        for size in offered.sizes:
            for count in range(*size.range) if size.field == "rows" else (size.range[0], size.range[1] - 1):
                wish = replace(stage, **{size.field: count})
                assert accepted(session, ChangeStage(stage.operators[0], wish)), (size, count)


@settings(deadline=None, max_examples=examples(60))
@given(seed=SEEDS)
def test_what_is_accepted_is_right_and_undo_gives_back_the_very_schedule(seed: int) -> None:
    random, session = Random(seed), random_session(seed)
    for _ in range(8):
        before = session.snapshot
        edit = random_edit(random, session)
        try:
            previewed = session.preview(edit)
        except McuLabError as why:
            with pytest.raises(type(why)):
                session.apply(edit)
            assert session.snapshot is before
            continue
        after = session.apply(edit)
        assert after.entry.figures == previewed
        if not after.decisions.schedule.pins:
            assert verify(after.plan) == ()
        if after is not before:
            assert session.undo().decisions is before.decisions
            assert session.snapshot.plan == before.plan
            session.redo()


def test_a_move_says_which_operator_is_in_the_way() -> None:
    session = Session(diamond(), ad_hoc())
    moves = legal.legal_moves(session.plan, session.snapshot.decisions.schedule, (2,))
    assert moves.ranges == ((2, 3),) and moves.latest is None
    assert moves.earliest is not None and moves.earliest.operator in (0, 1)
    with pytest.raises(ScheduleError) as refused:
        session.apply(Move((2,), 0))
    assert "op2" in refused.value.what


def test_a_stage_moves_as_one() -> None:
    session = Session(column(4), ad_hoc())
    session.apply(MakeStage(ByRows((1, 2))))
    for op in (1, 2):
        assert legal.legal_moves(session.plan, session.snapshot.decisions.schedule, (op,)).ranges == ((op, op + 1),)


def offers(session: Session, operator: int) -> dict[str, StageOffer]:
    now = session.snapshot
    groups = stage_choices(now.plan, now.decisions, operator).groups
    return {offer.key: offer for group in groups for offer in group.offers}


def test_a_stage_whose_operators_are_made_anew_is_offered_what_its_kind_has() -> None:
    session = Session(column(4), ad_hoc())
    made = session.apply(MakeStage(ByTiles((0, 1, 2), 2, 2, anew=(0,))))
    assert made.label == "stage of 3 operators, 2 rows at a time, tiles of 2 columns, 1 operator made anew"
    offered = offers(session, 1)
    assert [key for key, offer in offered.items() if offer.on] == ["tiles", "some"]
    assert "1 operator" in offered["some"].words and "inside" not in offered
    assert [size.field for size in stage_choices(made.plan, made.decisions, 1).sizes] == ["rows", "columns"]
    for key, stage in {
        "rows": ByRows((0, 1, 2)),
        "keep": ByTiles((0, 1, 2), 2, 2),
        "all": ByTiles((0, 1, 2), 2, 2, "all"),
        "channels": ByChannels((0, 1, 2), offered["channels"].stage.channels),
    }.items():
        assert offered[key].stage == stage
        assert accepted(session, ChangeStage(1, stage)) == (not offered[key].why)
    session.apply(ChangeStage(1, offered["rows"].stage))
    assert session.snapshot.decisions.schedule.stages == (ByRows((0, 1, 2)),)
    assert [key for key, offer in offers(session, 1).items() if offer.on] == ["rows", "inside"]


def test_an_operator_that_leaves_its_stage_is_not_made_anew_in_it() -> None:
    session = Session(column(4), ad_hoc())
    made = session.apply(MakeStage(ByTiles((0, 1, 2), anew=(0, 1))))
    edges = {offer.key: offer.stage for offer in stage_choices(made.plan, made.decisions, 1).edges}
    assert edges["first-out"] == ByTiles((1, 2), anew=(1,))


def test_making_a_stage_takes_its_operators_out_of_in_place() -> None:
    session = Session(column(4), ad_hoc())
    session.apply(SetInPlace(1, 0))
    session.apply(SetInPlace(3, 0))
    after = session.apply(MakeStage(ByRows((0, 1, 2), rows=2)))
    assert after.decisions.schedule.in_place == ((3, 0),)
    assert after.label == "stage of 3 operators, 2 rows at a time"
    assert session.apply(ChangeStage(1, ByRows((0, 1, 2), rows=1))).decisions.schedule.stages[0].rows == 1
    assert session.apply(Ungroup(2)).decisions.schedule.stages == ()


def test_a_pin_stays_where_it_is_while_there_is_such_a_buffer() -> None:
    session = Session(diamond(), ad_hoc())
    session.apply(Pin("t3", 256))
    assert session.plan.buffer["t3"].offset == 256
    session.apply(Move((1,), 0))
    assert session.snapshot.decisions.schedule.pins == (("t3", 256),)
    session.apply(SetInPlace(2, 0))
    assert "t3" not in session.plan.buffer
    assert session.snapshot.decisions.schedule.pins == ()


def test_a_pin_has_to_be_aligned_and_of_a_buffer_on_the_board() -> None:
    session = Session(diamond(), board("nucleo-f446re"))
    alignment = session.plan.buffer["t3"].alignment
    assert alignment > 1
    for edit in (Pin("t3", 1), Pin("t3", -alignment), Pin("nothing", 0), Unpin("t3")):
        assert not accepted(session, edit)
    assert accepted(session, Pin("t3", alignment))


def test_free_offsets_are_those_between_the_pins() -> None:
    session = Session(diamond(), ad_hoc(10_000))
    session.apply(Pin("t0", 64))
    session.apply(Pin("t1", 256))
    now = session.snapshot
    assert legal.buffer_choices(now.plan, now.decisions, "t2").offsets == ((0, 1), (128, 193), (320, 10_000 - 64 + 1))
    for lo, hi in ((0, 1), (128, 193), (320, 400)):
        for offset in range(lo, hi, 4):
            session.apply(Pin("t2", offset))
            assert verify(session.plan) == ()
            session.undo()
    session.apply(Pin("t2", 252))
    assert verify(session.plan) != ()


def test_pinning_a_buffer_where_it_lies_moves_nothing() -> None:
    session = Session(diamond(), ad_hoc())
    session.fit()
    before = session.plan
    buffer = before.buffers[0]
    assert session.apply(Pin(buffer.id, buffer.offset or 0)).plan.buffers == before.buffers


def test_offsets_of_a_search_go_when_buffers_live_otherwise() -> None:
    session = Session(diamond(), ad_hoc())
    session.fit(use=frozenset({"order"}))
    assert session.snapshot.decisions.schedule.offsets and session.snapshot.decisions.proof
    order = session.snapshot.decisions.schedule.order
    after = session.apply(Move((order[1],), 0))
    assert after.decisions.schedule.offsets == () and after.decisions.proof is None
    assert verify(after.plan) == ()


def test_an_edit_that_decides_nothing_new_changes_nothing() -> None:
    session = Session(diamond(), board("nucleo-f446re"))
    now = session.snapshot
    for edit in (Move((1,), 1), SetAlias(0, False), SetInPlace(0, None), Unpin(None), SetInputs("resident"), Reset()):
        assert session.apply(edit) is now
    assert session.apply(SetDevice("nucleo-f446re")) is now


def test_constants_can_be_stored_where_the_board_has_memory_only() -> None:
    session = Session(column(2, constants=True), board("nucleo-f446re"))
    constant = next(t.id for t in session.plan.graph.tensors if t.is_const)
    choices = legal.tensor_choices(session.plan, session.snapshot.decisions, constant).memories
    assert {c.memory for c in choices} == {m.name for m in session.plan.device.memories}
    assert [c.memory for c in choices if c.choice.on] == [session.plan.device.constants]
    for choice in choices:
        assert accepted(session, Store((constant,), choice.memory)) == choice.choice.legal
    assert not accepted(session, Store((constant,), "nowhere"))
    session.apply(Store((constant,), session.plan.device.arena))
    assert session.apply(Store((constant,), session.plan.device.constants)).decisions.schedule.storage == ()
    assert not accepted(session, Store((0,), session.plan.device.arena))
    assert legal.tensor_choices(session.plan, session.snapshot.decisions, 0).memories == ()


@pytest.mark.parametrize(
    "edit",
    [
        Move((), 0),
        Move((99,), 0),
        Move((1, 1), 0),
        Move((1,), 99),
        SetAlias(99, True),
        SetInPlace(-1, 0),
        MakeStage(ByRows(())),
        MakeStage(ByRows((99,))),
        MakeStage(ByRows((0,), rows=0)),
        ChangeStage(0, ByRows((0,))),
        Ungroup(0),
        SetBudget(-1, None),
        SetRewrites((RemoveUnread(), RemoveUnread())),
        SetDevice("no-such-board"),
        SetBoard('"no-such-board"'),
        SetBoard("{"),
        SetBoard("[" * 100_000),
        SetBoard("7"),
        SetBoard('{"memory": []}'),
        SetBoard('"/etc/board.toml"'),
        SetSchedule(replace(Session(diamond(), ad_hoc()).snapshot.decisions.schedule, order=(2, 1, 0))),
    ],
    ids=str,
)
def test_nonsense_is_refused_in_words(edit: AskedEdit) -> None:
    session = Session(diamond(), ad_hoc())
    before = session.snapshot
    with pytest.raises(McuLabError) as refused:
        session.apply(edit)
    assert refused.value.what.strip()
    assert session.snapshot is before and session.history == ("open",)
