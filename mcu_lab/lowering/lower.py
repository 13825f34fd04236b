"""lower(graph, schedule, device) -> Plan: what follows from the decisions, written out. Pure and deterministic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from mcu_lab.device.model import Device
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.remembered import remembered
from mcu_lab.limits import OPERATORS
from mcu_lab.lowering.asked import Asked
from mcu_lab.lowering.check import check_order, check_stages, check_storage
from mcu_lab.lowering.chunks import Given, chunks_of
from mcu_lab.lowering.draft import Draft
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.lying import Memories, sharing
from mcu_lab.lowering.pieces import Make, StageSteps
from mcu_lab.lowering.place import placed
from mcu_lab.lowering.stages import stage_steps
from mcu_lab.ops import require_planned
from mcu_lab.plan.address import Layout
from mcu_lab.plan.extents import extents, moved
from mcu_lab.plan.model import Plan
from mcu_lab.schedule.model import InputMode, Schedule, Stage


def default_schedule(graph: Graph) -> Schedule:
    """The order of the file; whole, separate tensors; everything else left to defaults."""
    return Schedule(order=tuple(op.id for op in graph.operators))


def lower(graph: Graph, schedule: Schedule, device: Device) -> Plan:
    """The plan of these decisions, every buffer placed.

    Buffers: ``t{tensor}`` activations (named by the tensor that holds its group), ``f{tensor}`` rows of one that lie
    apart while they are fresh, ``a{op}`` sums, ``c{tensor}`` constants, ``s{op}`` kernel scratch, ``i{tensor}`` a
    streamed input in the application's memory, ``l{tensor}.{op}`` a constant loaded from a memory out of reach for one
    operator, or the ring for its chunks. Whether it fits is not lowering's question.

    Raises ScheduleError for decisions that the graph or device does not allow, or that take more steps than
    :mod:`mcu_lab.limits` allows; LimitError for a graph with more operators than that; UnsupportedError with
    everything in the graph that cannot be executed.
    """
    draft = _drafted(graph, replace(schedule, offsets=(), pins=()), Memories.of(device))
    return placed(moved(draft, replace(draft, device=device)), dict(schedule.offsets) | dict(schedule.pins))


def buffer_names(graph: Graph, schedule: Schedule, device: Device) -> frozenset[str]:
    """Ids of the buffers in the plan of these decisions, whatever their offsets and pins. Raises as :func:`lower`."""
    return frozenset(_drafted(graph, replace(schedule, offsets=(), pins=()), Memories.of(device)).buffer)


@remembered(most=8)
def _drafted(graph: Graph, schedule: Schedule, memories: Memories) -> Plan:
    """The plan before anything is placed. Remembered, because most edits of a session leave it as it was."""
    device = memories.device
    shared, stages, chunks = checked(graph, schedule, device)
    given = [_given(graph, schedule, stage, shared) for stage in schedule.stages]
    stage_of = {op: i for i, stage in enumerate(schedule.stages) for op in stage.operators}
    draft = Draft(graph, schedule, memories, shared, stages, chunks)
    for stage, operators in groupby(schedule.order, key=stage_of.get):
        if stage is None:
            for op in operators:
                draft.run(graph.operators[op])
        else:
            draft.run_stage(stages[stage], _asked(graph, given[stage]))
    plan = draft.finished()
    extents(plan)
    return plan


def checked(graph: Graph, schedule: Schedule, device: Device) -> tuple[Groups, tuple[StageSteps, ...], Given]:
    """Where activations lie, what each stage does, and who is given constants in chunks.

    Raises what :func:`lower` raises of all but offsets and pins.
    """
    OPERATORS.allow(len(graph.operators), "planning the model", where=graph.name)
    require_planned(graph)
    shared = sharing(graph, schedule.alias, schedule.in_place)
    check_order(graph, schedule.order, shared)
    check_storage(graph, schedule, device)
    check_stages(graph, schedule, shared)
    chunks = chunks_of(graph, schedule, device)
    steps = tuple(_stage_steps(graph, _given(graph, schedule, stage, shared)) for stage in schedule.stages)
    return shared, steps, chunks


@dataclass(frozen=True)
class _Given:
    """What the steps of a stage depend on: of the other decisions, only what concerns its own operators."""

    stage: Stage
    inputs: InputMode
    alias: frozenset[int]
    root: tuple[tuple[int, int], ...]
    layout: tuple[tuple[int, Layout], ...]
    held: tuple[tuple[int, Box], ...]


def _given(graph: Graph, schedule: Schedule, stage: Stage, shared: Groups) -> _Given:
    tensors = sorted({t for op in stage.operators for t in (*graph.operators[op].inputs, *graph.operators[op].outputs)})
    return _Given(
        stage,
        schedule.inputs,
        frozenset(schedule.alias).intersection(stage.operators),
        tuple((t, shared.root[t]) for t in tensors if t in shared.root),
        tuple((t, shared.layout[t]) for t in tensors if t in shared.layout),
        tuple((t, shared.held[t]) for t in tensors if t in shared.held),
    )


@remembered(most=32)
def _stage_steps(graph: Graph, given: _Given) -> StageSteps:
    shared = Groups(dict(given.root), dict(given.layout), (), dict(given.held))
    return stage_steps(graph, given.stage, given.inputs, shared, given.alias)


@remembered(most=8)
def _asked(graph: Graph, given: _Given) -> tuple[Asked | None, ...]:
    """For each step of a stage; None for those that move."""
    steps = _stage_steps(graph, given).steps
    return tuple(Asked.of(graph, step) if isinstance(step, Make) else None for step in steps)
