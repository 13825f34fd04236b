"""Everything that a person or a search decided, and what changing one decision does to the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mcu_lab.device.model import Device
from mcu_lab.lowering import buffer_names
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import Rewrite
from mcu_lab.schedule.model import Schedule
from mcu_lab.view.words import kind_words


@dataclass(frozen=True)
class Proof:
    """What a search proved about a schedule: ``proven`` when nothing it was allowed to do does better."""

    proven: bool
    text: str


@dataclass(frozen=True)
class Decisions:
    """The board, the rewrites of the file's graph, the schedule of what comes of them, and what is known about it."""

    device: Device
    schedule: Schedule
    proof: Proof | None = None
    rewrites: tuple[Rewrite, ...] = ()


def restructured(plan: Plan, decisions: Decisions, **changes: Any) -> Decisions:
    """``decisions`` with ``changes`` to the schedule that give buffers other lives, or other buffers.

    Offsets that a search chose for the old buffers go; a person's pins stay where there is still such a buffer.
    """
    pins = decisions.schedule.pins
    bare = replace(decisions.schedule, offsets=(), pins=(), **changes)
    if pins:
        there = buffer_names(plan.graph, bare, decisions.device)
        pins = tuple(pin for pin in pins if pin[0] in there)
    return replace(decisions, schedule=replace(bare, pins=pins), proof=None)


def named(plan: Plan, op: int) -> str:
    """An operator as people call it; any number is answered, so that a refusal can name it."""
    if not 0 <= op < len(plan.graph.operators):
        return f"operator {op}"
    return f"{kind_words(plan.graph.operators[op].kind)} (operator {op})"
