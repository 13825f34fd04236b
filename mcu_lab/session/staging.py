"""Making, changing and dissolving stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.errors import ScheduleError
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import Schedule, Stage
from mcu_lab.session.decisions import Decisions, named, restructured
from mcu_lab.view.words import counted, stage_words


@dataclass(frozen=True)
class MakeStage:
    """Run these operators in parts, together. They no longer take over their inputs' buffers."""

    stage: Stage
    type: Literal["make_stage"] = "make_stage"

    def words(self, plan: Plan) -> str:
        return f"stage of {counted(len(self.stage.operators), 'operator')}, {stage_words(self.stage)}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        schedule = decisions.schedule
        return restructured(
            plan, decisions, stages=(*schedule.stages, self.stage), in_place=_apart(schedule, self.stage)
        )


@dataclass(frozen=True)
class ChangeStage:
    """Replace the stage that ``operator`` is in."""

    operator: int
    stage: Stage
    type: Literal["change_stage"] = "change_stage"

    def words(self, plan: Plan) -> str:
        return f"stage of {named(plan, self.operator)}: {stage_words(self.stage)}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        schedule = decisions.schedule
        old = stage_of(schedule, self.operator)
        stages = tuple(self.stage if stage is old else stage for stage in schedule.stages)
        return restructured(plan, decisions, stages=stages, in_place=_apart(schedule, self.stage))


@dataclass(frozen=True)
class Ungroup:
    """Run the operators of the stage that ``operator`` is in whole again, one after the other."""

    operator: int
    type: Literal["ungroup"] = "ungroup"

    def words(self, plan: Plan) -> str:
        return f"ungroup the stage of {named(plan, self.operator)}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        old = stage_of(decisions.schedule, self.operator)
        return restructured(
            plan, decisions, stages=tuple(stage for stage in decisions.schedule.stages if stage is not old)
        )


def stage_of(schedule: Schedule, operator: int) -> Stage:
    """The stage that an operator is in. ScheduleError when it is in none."""
    for stage in schedule.stages:
        if operator in stage.operators:
            return stage
    raise ScheduleError("is in no stage.", where=f"operator {operator}")


def _apart(schedule: Schedule, stage: Stage) -> tuple[tuple[int, int], ...]:
    """In-place decisions without those of the stage's operators: in parts, tensors have storage of their own."""
    return tuple(pair for pair in schedule.in_place if pair[0] not in stage.operators)
