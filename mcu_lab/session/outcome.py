"""What follows from decisions: the plan, what it costs, and how it looks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

from mcu_lab.cost import Cost, cost
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering import lower
from mcu_lab.plan.model import Plan
from mcu_lab.plan.verify import Problem, verify
from mcu_lab.rewriting import rewritten
from mcu_lab.schedule.model import Schedule
from mcu_lab.session.decisions import Decisions
from mcu_lab.session.figures import Figures, figures
from mcu_lab.session.timing import Timing, timing
from mcu_lab.view.picture import Projection
from mcu_lab.view.projection import project

#: An undo, a redo and an edit after its preview ask for what was there just before. Plans are large.
KEPT = 4


@dataclass(frozen=True)
class Outcome:
    """A plan and what it takes; everything else is worked out when first asked for."""

    schedule: Schedule
    plan: Plan
    cost: Cost
    figures: Figures

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What the verifier says of the plan."""
        return verify(self.plan)

    def judge(self, before_step: Callable[[], None]) -> tuple[Problem, ...]:
        """The same for who may have to give up: ``before_step`` is called now and then, and may raise."""
        if "problems" not in self.__dict__:
            self.__dict__["problems"] = verify(self.plan, before_step=before_step)
        return self.problems

    @cached_property
    def picture(self) -> Projection:
        """The plan, ready to draw."""
        return project(self.plan, self.schedule)

    @cached_property
    def timing(self) -> Timing:
        """When each step runs."""
        return timing(self.cost, len(self.plan.steps))


class Outcomes:
    """Outcomes of decisions about one file's graph. The last few are kept; one is worked out at a time."""

    def __init__(self, base: Graph) -> None:
        self._base = base
        self._lock = Lock()
        self._kept: deque[tuple[Decisions, Outcome]] = deque(maxlen=KEPT)

    def of(self, decisions: Decisions) -> Outcome:
        """What follows from ``decisions``. Raises what lowering raises."""
        with self._lock:
            for before, outcome in self._kept:
                if replace(before, proof=decisions.proof) == decisions:
                    return outcome
            plan = lower(rewritten(self._base, decisions.rewrites), decisions.schedule, decisions.device)
            estimate = cost(plan)
            outcome = Outcome(decisions.schedule, plan, estimate, figures(plan, estimate))
            self._kept.append((decisions, outcome))
            return outcome
