"""Stages by channels (Pex): slices of channels are made, passed on, and summed up."""

from __future__ import annotations

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.pieces import StageSteps
from mcu_lab.schedule.model import InputMode, Stage


def channel_stage(graph: Graph, stage: Stage, inputs: InputMode) -> StageSteps:
    """The steps of a stage by channels. Raises ScheduleError for operators that cannot be executed so."""
    raise ScheduleError("by channels is not supported.", where=f"stage of operator {min(stage.operators)}")
