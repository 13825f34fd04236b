"""Each problem code: a plan that triggers it, and what shows that such a plan is really wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import ProblemCode, verify
from tests.plan.broken_plans import BASES, Broken, Witness, broken_plans, taking_turns, twice
from tests.plan.bundles import Turns
from tests.plan.judge import Judge
from tests.plan.verifier_page import PAGE, page, problems_of

BROKEN = tuple(broken_plans())


def _name(broken: Broken) -> str:
    return f"{broken.code.value}-{broken.witness.value}"


def _right_graph(broken: Broken) -> Judge | Turns:
    if isinstance(broken.plan, Bundle):
        return Turns.of({name: plan.graph for name, plan in broken.plan.plans.items()})
    bases = {base().graph.tensors[0].shape: base().graph for base in BASES}
    return Judge.of(bases[broken.plan.graph.tensors[0].shape])


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.__name__)
def test_the_plans_that_get_broken_are_right(base: Callable[[], Plan]) -> None:
    plan = base()
    assert verify(plan) == ()
    assert Judge.of(plan.graph).difference(plan) == ""


def test_the_bundle_that_gets_broken_is_right() -> None:
    bundle = taking_turns()
    assert verify(bundle) == ()
    assert Turns.of({name: plan.graph for name, plan in bundle.plans.items()}).difference(bundle) == ""


def test_every_code_has_a_plan_that_triggers_it() -> None:
    assert {broken.code for broken in BROKEN} == set(ProblemCode)


@pytest.mark.parametrize("broken", BROKEN, ids=_name)
def test_the_problem_is_found(broken: Broken) -> None:
    problems = problems_of(broken)
    assert broken.code in {p.code for p in problems}
    assert all(problem.message.endswith(".") for problem in problems)


@pytest.mark.parametrize("broken", [b for b in BROKEN if b.witness is Witness.BYTES], ids=_name)
def test_the_bytes_go_wrong(broken: Broken) -> None:
    assert _right_graph(broken).difference(broken.plan) != ""


@pytest.mark.parametrize("broken", [b for b in BROKEN if b.witness is Witness.SECOND], ids=_name)
def test_the_bytes_of_a_second_inference_go_wrong(broken: Broken) -> None:
    judge = _right_graph(broken)
    assert judge.difference(broken.plan) == ""
    assert judge.difference(twice(broken.plan)) != ""


@pytest.mark.parametrize("broken", [b for b in BROKEN if b.witness is Witness.REFUSED], ids=_name)
def test_the_executor_cannot_run_it(broken: Broken) -> None:
    assert _right_graph(broken).refuses(broken.plan)


@pytest.mark.parametrize("broken", [b for b in BROKEN if b.witness is Witness.BOARD], ids=_name)
def test_what_only_a_board_would_show_is_explained(broken: Broken) -> None:
    """The executor runs these to the right bytes: it has no flash that faults and no link that is missing."""
    assert broken.because


def test_the_page_about_the_codes_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.plan.verifier_page"
