"""A plan's steps as a list that a person can read: operators, transfers, and stages with what runs in them.

A stage of thousands of steps has as many lines as operators. What an operator does at each of its steps is put
together in a :class:`Unit`; units whose steps alternate make a stage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import spec_of
from mcu_lab.plan.lifetimes import live_bytes, macs_by_step, step_macs
from mcu_lab.plan.model import Compute, Copy, Plan, Step, View, Wait
from mcu_lab.schedule.model import Schedule
from mcu_lab.view.picture import Action, Row, RowKind, StepRow
from mcu_lab.view.words import kind_words, listed, shape_words, stage_words

Key = tuple[str, ...]


@dataclass
class Unit:
    """All steps of one operator, or all copies from one buffer to another. Collected step by step.

    ``holds`` has (buffer, tensor) for every View; ``waits`` counts those steps that wait for a copy of the unit.
    """

    op: int | None
    first: int
    action: Action
    label: str
    made: str
    end: int = 0
    steps: int = 0
    waits: int = 0
    live_bytes: int = 0
    macs: int = 0
    reads: dict[str, None] = field(default_factory=dict)
    writes: dict[str, None] = field(default_factory=dict)
    holds: dict[tuple[str, int], None] = field(default_factory=dict)


@remembered(shared=True)
def units_of(plan: Plan) -> tuple[Unit, ...]:
    """The plan's units, in the order of their first steps. Where buffers lie makes no difference to them."""
    curve, macs = live_bytes(plan), macs_by_step(plan)
    units: dict[Key, Unit] = {}
    copies: dict[int, Unit] = {}
    for step in plan.steps:
        if isinstance(step, Compute):
            computed: Key = ("op", str(step.op))
            if (unit := units.get(computed)) is None:
                unit = units[computed] = _first(plan, step)
            _compute(unit, step)
            unit.macs += macs[step.id]
        elif isinstance(step, Copy):
            copied: Key = ("copy", step.src.buffer, step.dst.buffer)
            if (unit := units.get(copied)) is None:
                unit = units[copied] = _first(plan, step)
            copies[step.id] = unit
            unit.reads[step.src.buffer] = unit.writes[step.dst.buffer] = None
            unit.holds[step.src.buffer, step.src.tensor] = unit.holds[step.dst.buffer, step.dst.tensor] = None
        else:
            unit = copies[step.copy]
            unit.waits += 1
        unit.steps += 1
        unit.end = step.id + 1
        unit.live_bytes = max(unit.live_bytes, curve[step.id])
    return tuple(units.values())


def rows_of(units: Sequence[Unit], schedule: Schedule | None = None) -> tuple[Row, ...]:
    """The list: units in order, each stage led by a row of its own. With ``schedule``, its stages and its order."""
    stages = schedule.stages if schedule else ()
    named = [frozenset(stage.operators) for stage in stages]
    how = {min(stage.operators): stage_words(stage) for stage in stages}
    order = schedule.order if schedule else [u.op for u in units if u.op is not None]
    index: dict[int | None, int] = {op: i for i, op in enumerate(order)}
    rows: list[Row] = []
    for group in _groups(units, named):
        members = [u.op for u in group if u.op is not None]
        stage = min(members) if len(members) > 1 or frozenset(members) in named else None
        if stage is not None:
            rows.append(_stage_row(group, stage, len(members), how.get(stage, "")))
            group.sort(key=lambda u: index.get(u.op, -1))
        rows += (_row(unit, stage, index.get(unit.op)) for unit in group)
    return tuple(rows)


def step_rows(plan: Plan, steps: range) -> tuple[StepRow, ...]:
    """Single steps, as they are."""
    curve = live_bytes(plan)
    return tuple(_step_row(plan, plan.steps[i], curve[i]) for i in steps)


def _groups(units: Sequence[Unit], stages: Sequence[Collection[int]]) -> list[list[Unit]]:
    """Units whose steps alternate, or that are known to be one stage, together.

    Operators beside which a copy is under way do not hang together for that.
    """
    stage_of = {op: number for number, stage in enumerate(stages) for op in stage}
    groups: list[list[Unit]] = []
    end = 0
    stage: int | None = None
    for unit in units:
        own = None if unit.op is None else stage_of.get(unit.op)
        if groups and (unit.first < end or (own is not None and own == stage)):
            groups[-1].append(unit)
            stage = own if stage is None else stage
        else:
            groups.append([unit])
            stage = own
        end = max(end, 0 if unit.waits else unit.end)
    return groups


def _first(plan: Plan, step: Step) -> Unit:
    """The unit that begins with this step."""
    if isinstance(step, Compute):
        op: int | None = step.op
        made = [v for v in step.writes if v] or ([step.sums] if step.sums else [])
    else:
        op, made = None, [step.dst] if isinstance(step, Copy) else []
    whole = listed([shape_words(plan.graph.tensors[v.tensor].shape) for v in made])
    return Unit(op, step.id, *_doing(plan, step), whole)


def _compute(unit: Unit, step: Compute) -> None:
    for slot in step.reads:
        for view in slot:
            unit.reads[view.buffer] = None
            unit.holds[view.buffer, view.tensor] = None
    for written in (*step.writes, step.sums):
        if written:
            unit.writes[written.buffer] = None
            unit.holds[written.buffer, written.tensor] = None
    if step.scratch:
        unit.writes[step.scratch] = None


def _row(unit: Unit, stage: int | None, index: int | None) -> Row:
    kind: RowKind = "transfer" if unit.op is None else "operator"
    action: Action = "parts" if kind == "operator" and unit.steps > 1 else unit.action
    return Row(
        kind,
        unit.op,
        stage,
        index,
        unit.first,
        unit.end,
        unit.steps,
        action,
        unit.label,
        f"{unit.made} in {unit.steps - unit.waits} parts" if unit.steps - unit.waits > 1 else unit.made,
        "",
        tuple(unit.reads),
        tuple(unit.writes),
        unit.live_bytes,
        unit.macs,
    )


def _stage_row(group: Sequence[Unit], stage: int, operators: int, how: str) -> Row:
    writes = _union(u.writes for u in group)
    return Row(
        kind="stage",
        op=None,
        stage=stage,
        index=None,
        first_step=group[0].first,
        end_step=max(u.end for u in group),
        steps=sum(u.steps for u in group),
        action="parts",
        label=f"stage of {operators} operator{'s' if operators > 1 else ''}",
        made=f"{sum(u.steps for u in group):,} steps",
        how=how,
        reads=tuple(name for name in _union(u.reads for u in group) if name not in writes),
        writes=writes,
        live_bytes=max(u.live_bytes for u in group),
        macs=sum(u.macs for u in group),
    )


def _union(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _doing(plan: Plan, step: Step) -> tuple[Action, str]:
    """What a step does, and its label."""
    if isinstance(step, Copy):
        return "copy", f"{plan.buffer[step.src.buffer].memory} → {plan.buffer[step.dst.buffer].memory}"
    if isinstance(step, Wait):
        return "wait", f"wait for step {step.copy}"
    op = plan.graph.operators[step.op]
    label = kind_words(op.kind)
    reads, writes = {v.buffer for slot in step.reads for v in slot}, {v.buffer for v in step.writes if v}
    if not writes or not writes <= reads:
        return "compute", label
    return "alias" if spec_of(op).aliases(plan.graph, op) else "in_place", label


def _step_row(plan: Plan, step: Step, live_bytes: int) -> StepRow:
    action, label = _doing(plan, step)
    if isinstance(step, Compute):
        return _compute_row(plan, step, action, label, live_bytes)
    if isinstance(step, Copy):
        made = _made(plan.graph, [step.dst])
        return StepRow(step.id, None, action, label, made, (step.src.buffer,), (step.dst.buffer,), live_bytes, 0)
    return StepRow(step.id, None, action, label, "", (), (), live_bytes, 0)


def _compute_row(plan: Plan, step: Compute, action: Action, label: str, live_bytes: int) -> StepRow:
    reads = tuple(dict.fromkeys(v.buffer for slot in step.reads for v in slot))
    made = [v for v in step.writes if v]
    writes = tuple(dict.fromkeys(v.buffer for v in made))
    touched = (*writes, *((step.sums.buffer,) if step.sums else ()), *((step.scratch,) if step.scratch else ()))
    shapes = _made(plan.graph, made or ([step.sums] if step.sums else []))
    macs = step_macs(plan.graph, step)
    return StepRow(step.id, step.op, action, label, shapes, reads, touched, live_bytes, macs)


def _made(graph: Graph, views: Sequence[View]) -> str:
    """The shape of each tensor that is made; of a part, its box as well."""
    words = []
    for view in views:
        shape = graph.tensors[view.tensor].shape
        part = "" if view.box == Box.full(shape) else f", {shape_words(view.box.shape)} at a time"
        words.append(shape_words(shape) + part)
    return listed(words)
