"""Stages: which kind of partial execution a stage asks for."""

from __future__ import annotations

from typing import assert_never

from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.channels import channel_stage
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pieces import StageSteps
from mcu_lab.lowering.rows import row_stage
from mcu_lab.lowering.tiles import tiled_stage
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, InputMode, Stage


def stage_steps(graph: Graph, stage: Stage, inputs: InputMode, shared: Groups, alias: frozenset[int]) -> StageSteps:
    """The steps of a stage that :func:`mcu_lab.lowering.check.check_stages` has let pass.

    ``shared`` says where tensors lie that lie whole, given that the operators of ``alias`` move nothing. Raises
    ScheduleError for what only the kind of stage can tell.
    """
    match stage:
        case ByRows():
            return row_stage(graph, stage, inputs, shared, alias)
        case ByTiles():
            return tiled_stage(graph, stage, inputs, shared, alias)
        case ByChannels():
            return channel_stage(graph, stage, shared, alias)
        case _:
            assert_never(stage)
