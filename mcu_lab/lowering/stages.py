"""Stages: which kind of partial execution a stage asks for."""

from __future__ import annotations

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.channels import channel_stage
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pieces import StageSteps
from mcu_lab.lowering.rows import row_stage
from mcu_lab.lowering.tiles import tiled_stage
from mcu_lab.schedule.model import InputMode, Stage


def stage_steps(graph: Graph, stage: Stage, inputs: InputMode, shared: Groups, alias: frozenset[int]) -> StageSteps:
    """The steps of a stage that :func:`mcu_lab.lowering.check.check_stages` has let pass.

    ``shared`` says where tensors lie that lie whole, given that the operators of ``alias`` move nothing. Raises
    ScheduleError for what only the kind of stage can tell.
    """
    if stage.channels:
        return channel_stage(graph, stage, shared, alias)
    if stage.columns or stage.anew or stage.halo == "recompute":
        return tiled_stage(graph, stage, inputs, shared, alias)
    return row_stage(graph, stage, inputs, shared, alias)
