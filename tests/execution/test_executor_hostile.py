"""``execute`` runs a plan or says in a sentence why not, whatever it is given; nothing else escapes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from mcu_lab.errors import McuLabError, PlanError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs
from mcu_lab.plan.model import Plan
from tests.plan.broken_plans import BASES, broken_plans
from tests.plan.damage import damaged
from tests.plan.test_verify_hostile import spoiled

#: Buffers beyond this take more memory than a test should; a limit is asked elsewhere.
MOST_BYTES = 1 << 20


def small(plan: Plan) -> bool:
    try:
        return all(b.offset is None or b.offset + b.bytes < MOST_BYTES for b in plan.buffers)
    except (AttributeError, TypeError):
        return True  # no plan at all


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_garbage_anywhere_in_a_plan_is_refused_or_run(base: Callable[[], Plan]) -> None:
    random = Random(base.__name__)
    inputs = random_inputs(base().graph, 0)
    for _ in range(60):
        plan = spoiled(base(), random)
        if small(plan):
            _run(plan, inputs)


@pytest.mark.quick(3)
@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_a_damaged_plan_is_refused_or_run(base: Callable[[], Plan]) -> None:
    inputs = random_inputs(base().graph, 0)
    for seed in range(40):
        _run(damaged(base(), seed)[0], inputs)


def test_every_broken_plan_is_refused_or_run() -> None:
    for broken in broken_plans():
        if small(broken.plan):
            _run(broken.plan, random_inputs(BASES[0]().graph, 0))


def _run(plan: Plan, inputs: object) -> None:
    try:
        execute(plan, inputs, keep=True, trace="arena", copies="late")  # type: ignore[arg-type]
    except McuLabError as error:
        assert str(error)


def test_no_plan_is_refused() -> None:
    with pytest.raises(PlanError, match="not a Plan"):
        execute(None, {})  # type: ignore[arg-type]
