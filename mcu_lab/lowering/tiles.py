"""Stages by tiles: columns one after the other, or tiles that make all they need anew."""

from __future__ import annotations

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.pieces import StageSteps
from mcu_lab.schedule.model import InputMode, Stage


def tiled_stage(graph: Graph, stage: Stage, inputs: InputMode) -> StageSteps:
    """The steps of a stage by tiles. Raises ScheduleError for operators that cannot be executed so."""
    raise ScheduleError("by columns is not supported.", where=f"stage of operator {min(stage.operators)}")
