"""The lanes beneath the timeline: what core and links are busy with, in the order and the sums of the cost estimate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.cost import cost
from mcu_lab.plan.model import Compute, Copy, Wait
from mcu_lab.schedule.model import ByRows
from mcu_lab.session import lanes
from mcu_lab.session.edits import MakeStage, SetInputs
from mcu_lab.session.lanes import Lane
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.cost.test_cost import LINKED, RELU_US, compute, copy, device, link, plan
from tests.session.front_end import attached

MODEL = DATA / "digits_residual_int8.tflite"


def staged() -> Session:
    session = Session.open(MODEL, "nucleo-f446re")
    session.apply(SetInputs("streamed"))
    session.apply(MakeStage(ByRows((0, 1))))
    return session


def of_all(session: Session) -> tuple[Lane, Lane]:
    now = session.snapshot
    return lanes.lanes(now.plan, now.cost, 0, len(now.plan.steps))


def test_every_step_is_there_once_and_the_time_adds_up() -> None:
    session = staged()
    cpu, copies = of_all(session)
    steps = session.plan.steps
    assert cpu.first_step == (0, *cpu.end_step[:-1]) and cpu.end_step[-1] == len(steps)
    assert sum(cpu.busy_us) == pytest.approx(session.snapshot.cost.latency_us, rel=1e-3)
    assert copies.first_step == tuple(s.id for s in steps if isinstance(s, Copy)) != ()
    for work, op, lo, hi in zip(cpu.work, cpu.op, cpu.first_step, cpu.end_step, strict=True):
        assert {s.op if isinstance(s, Compute) else -1 for s in steps[lo:hi]} == {op}
        assert (work == "compute") == (op >= 0)


def test_of_many_steps_neighbours_are_put_together_and_no_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    session = staged()
    fine = of_all(session)
    monkeypatch.setattr(lanes, "MOST_SPANS", 5)
    coarse = of_all(session)
    for one, other in zip(coarse, fine, strict=True):
        assert len(one.work) <= 5 < len(other.work)
        assert sum(one.busy_us) == pytest.approx(sum(other.busy_us), abs=0.5)
        assert (one.first_step[0], one.end_step[-1]) == (other.first_step[0], other.end_step[-1])
        assert not any(other.mixed)
    assert any(coarse[0].mixed)
    part, _ = lanes.lanes(session.plan, session.snapshot.cost, 2, 6)
    assert (part.first_step[0], part.end_step[-1]) == (2, 6)


def test_a_transfer_lies_beside_the_core_until_it_arrives_and_the_wait_is_a_stall() -> None:
    slow = device(replace(link("sram", "psram"), setup_us=RELU_US))
    steps = [compute(0, 0), copy(1, "t1", "x1", 1, blocking=False), compute(2, 1), Wait(3, 1), compute(4, 2)]
    made = plan(steps, slow)
    cpu, copies = lanes.lanes(made, cost(made), 0, 5)
    assert cpu.work == ("compute", "compute", "stall", "compute")
    assert cpu.op == (0, 1, -1, 2) and cpu.first_step == (0, 2, 3, 4)
    assert (copies.work, copies.first_step, copies.start_us) == (("transfer",), (1,), (RELU_US,))
    assert copies.end_us == (cpu.end_us[2],) and cpu.end_us[2] > cpu.end_us[1]


def test_the_core_stalls_for_a_transfer_that_blocks() -> None:
    made = plan([compute(0, 0), copy(1, "t1", "x1", 1, blocking=True), compute(2, 1)], LINKED)
    cpu, copies = lanes.lanes(made, cost(made), 0, 3)
    assert cpu.work == ("compute", "stall", "compute")
    assert (copies.start_us, copies.end_us) == (cpu.start_us[1:2], cpu.end_us[1:2])


def test_a_front_end_gets_the_lanes_of_the_present_revision() -> None:
    session = staged()
    answer = attached(session).ask(type="lanes", lo=0, hi=4)
    assert (answer.rev, answer.lo, answer.hi) == (session.snapshot.rev, 0, 4)
    assert (answer.cpu, answer.copy) == lanes.lanes(session.plan, session.snapshot.cost, 0, 4)
