"""Is a plan right? Every byte of it, before anything runs.

``verify`` follows the steps over a *shadow memory* that knows, for each byte, which element of which tensor lives
there; every read must find exactly what it expects. It knows the plan's model, the operators' own rules and the
graph, and shares nothing with what makes plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.model import Compute, Copy, Plan, views_of
from mcu_lab.plan.verify import compute
from mcu_lab.plan.verify.budget import PROBLEMS, Budget, OutOfBudgetError
from mcu_lab.plan.verify.bundle import apart_problems, bundle_fault
from mcu_lab.plan.verify.codes import decoding_problems
from mcu_lab.plan.verify.copies import Copies
from mcu_lab.plan.verify.ends import end, start
from mcu_lab.plan.verify.forms import unfollowed, unreached
from mcu_lab.plan.verify.image import Image
from mcu_lab.plan.verify.placement import misplaced, unplaced
from mcu_lab.plan.verify.problem import Problem, ProblemCode
from mcu_lab.plan.verify.structure import structure_problems

__all__ = ["Problem", "ProblemCode", "verify"]


def verify(plan: Plan | Bundle, *, before_step: Callable[[], None] = lambda: None) -> tuple[Problem, ...]:
    """Everything found wrong with the plan, at most 100 problems; empty when the plan may run.

    Of a bundle each plan is verified, and when all of them are right, that they leave each other alone.

    Never raises and never repairs. A plan that is no plan (wrong types, ids, boxes, or buffers that lie nowhere) is
    reported without being followed. Memory and time are bounded; beyond the bounds the answer is ``too-large``.

    ``before_step`` is called before each step is followed; what it raises ends the verification.
    """
    problems = _bundle_problems if isinstance(plan, Bundle) else _problems
    return tuple(islice(problems(plan, before_step), PROBLEMS))  # type: ignore[arg-type]


def _bundle_problems(bundle: Bundle, before_step: Callable[[], None]) -> Iterator[Problem]:
    if fault := bundle_fault(bundle):
        yield fault
        return
    unsound = False
    for name, plan in bundle.plans.items():
        for problem in _problems(plan, before_step):
            unsound = True
            yield replace(problem, model=name)
    if not unsound:
        yield from _bounded(apart_problems(bundle))


def _bounded(problems: Iterator[Problem]) -> Iterator[Problem]:
    try:
        yield from problems
    except (OutOfBudgetError, MemoryError):
        seen = "Following the plan takes more work than is allowed, or more memory than there is."
        message = f"{seen} Use larger tiles or a smaller model."
        yield Problem(ProblemCode.TOO_LARGE, None, None, message)


def _problems(plan: Plan, before_step: Callable[[], None]) -> Iterator[Problem]:
    if not isinstance(plan, Plan):
        yield Problem(ProblemCode.MALFORMED, None, None, f"This is {type(plan).__name__}, not a Plan.")
        return
    for gate in (structure_problems, decoding_problems, unplaced):
        unsound = False
        for problem in gate(plan):
            unsound = True
            yield problem
        if unsound:
            return
    yield from misplaced(plan)
    yield from _bounded(_followed(plan, before_step))


def _followed(plan: Plan, before_step: Callable[[], None]) -> Iterator[Problem]:
    budget = Budget()
    # What is known to be too much is told before any of it is done.
    budget.allow(sum(view.box.size for step in plan.steps for view in views_of(step)))
    image = Image(plan, budget)
    copies = Copies(image)
    yield from start(image)
    for step in plan.steps:
        before_step()
        if isinstance(step, Compute):
            yield from unfollowed(plan.graph, step)
            yield from compute.follow(image, step)
        elif isinstance(step, Copy):
            yield from unreached(step, image.memory(step.src.buffer), image.memory(step.dst.buffer))
            yield from copies.copy(step)
        else:
            yield from copies.wait(step)
    yield from copies.end()
    yield from end(image)
