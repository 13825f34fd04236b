"""Operators that move no byte, and outputs that take over an input's buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcu_lab.plan.model import Plan
from mcu_lab.session.decisions import Decisions, named, restructured


@dataclass(frozen=True)
class SetAlias:
    """Have an operator's tensors share storage, so that it moves no byte; or not."""

    operator: int
    on: bool
    type: Literal["set_alias"] = "set_alias"

    def words(self, plan: Plan) -> str:
        return f"{named(plan, self.operator)} {'without' if self.on else 'with'} a copy"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        schedule = decisions.schedule
        if (self.operator in schedule.alias) == self.on:
            return decisions
        rest = tuple(op for op in schedule.alias if op != self.operator)
        return restructured(plan, decisions, alias=tuple(sorted((*rest, self.operator))) if self.on else rest)


@dataclass(frozen=True)
class SetInPlace:
    """Let an operator's output take over the buffer of the input in ``slot``; None gives it one of its own."""

    operator: int
    slot: int | None
    type: Literal["set_in_place"] = "set_in_place"

    def words(self, plan: Plan) -> str:
        return f"{named(plan, self.operator)} {'with a buffer of its own' if self.slot is None else 'in place'}"

    def applied(self, plan: Plan, decisions: Decisions) -> Decisions:
        schedule = decisions.schedule
        rest = tuple(pair for pair in schedule.in_place if pair[0] != self.operator)
        new = rest if self.slot is None else tuple(sorted((*rest, (self.operator, self.slot))))
        return decisions if new == tuple(sorted(schedule.in_place)) else restructured(plan, decisions, in_place=new)
