"""The lanes beneath the timeline: what core and links are busy with, in the order and the sums of the cost estimate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcu_lab.cost import cost
from mcu_lab.plan.model import Compute, Copy, Wait
from mcu_lab.schedule.model import Stage
from mcu_lab.session import lanes
from mcu_lab.session.edits import MakeStage, SetInputs
from mcu_lab.session.lanes import Busy, busy
from mcu_lab.session.session import Session
from tests.conftest import DATA
from tests.cost.test_cost import LINKED, RELU_US, compute, copy, device, link, plan
from tests.session.front_end import attached

MODEL = DATA / "digits_residual_int8.tflite"


def staged() -> Session:
    session = Session.open(MODEL, "nucleo-f446re")
    session.apply(SetInputs("streamed"))
    session.apply(MakeStage(Stage((0, 1))))
    return session


def of(spans: tuple[Busy, ...], lane: str, *works: str) -> list[Busy]:
    return [b for b in spans if b.lane == lane and (not works or b.work in works)]


def test_every_step_is_there_once_and_the_time_adds_up() -> None:
    now = staged().snapshot
    spans = busy(now.plan, now.cost, 0, len(now.plan.steps))
    cpu = of(spans, "cpu")
    assert [(b.first_step, b.end_step) for b in cpu] == [(a, b) for a, b in zip(*covers(cpu), strict=True)]
    assert sum(b.busy_us for b in cpu) == pytest.approx(now.cost.latency_us, rel=1e-3)
    copies = [s for s in now.plan.steps if isinstance(s, Copy)]
    assert copies and [b.first_step for b in of(spans, "copy")] == [s.id for s in copies]
    for b in of(spans, "cpu", "compute"):
        assert {s.op for s in now.plan.steps[b.first_step : b.end_step] if isinstance(s, Compute)} == {b.op}


def covers(spans: list[Busy]) -> tuple[list[int], list[int]]:
    """Where spans would begin and end that cover all steps without a gap."""
    ends = [b.end_step for b in spans]
    return [0, *ends[:-1]], ends


def test_of_many_steps_neighbours_are_put_together_and_no_time_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    now = staged().snapshot
    count = len(now.plan.steps)
    fine = busy(now.plan, now.cost, 0, count)
    monkeypatch.setattr(lanes, "MOST_SPANS", 5)
    coarse = busy(now.plan, now.cost, 0, count)
    for lane in ("cpu", "copy"):
        assert len(of(coarse, lane)) <= 5 < len(of(fine, lane))
        assert sum(b.busy_us for b in of(coarse, lane)) == pytest.approx(
            sum(b.busy_us for b in of(fine, lane)), abs=0.5
        )
    assert any(b.mixed for b in coarse) and not any(b.mixed for b in fine)
    assert of(coarse, "cpu")[-1].end_step == count
    part = busy(now.plan, now.cost, 2, 6)
    assert {b.first_step for b in of(part, "cpu")} <= {2, 3, 4, 5} and of(part, "cpu")[-1].end_step == 6


def test_a_transfer_lies_beside_the_core_until_it_arrives_and_the_wait_is_a_stall() -> None:
    slow = device(replace(link("sram", "psram"), setup_us=RELU_US))
    steps = [compute(0, 0), copy(1, "t1", "x1", 1, blocking=False), compute(2, 1), Wait(3, 1), compute(4, 2)]
    made = plan(steps, slow)
    spans = busy(made, cost(made), 0, 5)
    assert [(b.work, b.op, b.first_step) for b in of(spans, "cpu")] == [
        ("compute", 0, 0), ("compute", 1, 2), ("stall", None, 3), ("compute", 2, 4),
    ]  # fmt: skip
    (transfer,) = of(spans, "copy")
    assert (transfer.work, transfer.first_step, transfer.start_us) == ("transfer", 1, RELU_US)
    assert transfer.end_us == of(spans, "cpu", "stall")[0].end_us > of(spans, "cpu")[1].end_us


def test_the_core_stalls_for_a_transfer_that_blocks() -> None:
    made = plan([compute(0, 0), copy(1, "t1", "x1", 1, blocking=True), compute(2, 1)], LINKED)
    spans = busy(made, cost(made), 0, 3)
    (transfer,), (stall,) = of(spans, "copy"), of(spans, "cpu", "stall")
    assert (transfer.start_us, transfer.end_us) == (stall.start_us, stall.end_us)


def test_a_front_end_gets_the_lanes_of_the_present_revision() -> None:
    session = staged()
    front = attached(session)
    answer = front.ask(type="lanes", lo=0, hi=4)
    assert (answer.rev, answer.lo, answer.hi) == (session.snapshot.rev, 0, 4)
    assert answer.spans == busy(session.plan, session.snapshot.cost, 0, 4)
