"""What a stage by channels costs: whole inputs and outputs, sums, and the slices that are there at once."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from mcu_lab.errors import ScheduleError
from mcu_lab.lowering.channels import channel_stage
from mcu_lab.lowering.pieces import Make, StageSteps
from mcu_lab.plan.model import Form
from mcu_lab.schedule.model import ByChannels
from mcu_lab.search.runs import Runs

#: Channels in a slice that are tried. One size, the first with more than one slice, is lowered; the others follow.
CHANNELS = (16, 4, 8, 2, 1)


@dataclass(frozen=True, slots=True)
class ChannelCost:
    """Bytes live at once, and steps, of a stage that makes ``channels`` at a time."""

    channels: int
    bytes: int
    steps: int


def channel_costs(runs: Runs, begin: int, end: int) -> tuple[ChannelCost, ...]:
    """The costs of executing the run ``[begin, end)`` as one stage by channels; none when it cannot be one.

    Slices of what lies whole are spread over all of it, so it counts from the first to the last.
    """
    for channels in CHANNELS:
        steps = _by_channels(runs, begin, end, channels)
        if steps is None:
            return ()
        makes = [step for step in steps.steps if isinstance(step, Make)]
        once = next((at for at, make in enumerate(makes) if at and make.op == makes[0].op), len(makes))
        if once == len(makes):
            continue
        whole, sliced = _whole_bytes(runs, begin, end, steps), _sliced_bytes(runs, steps, makes[:once])
        slices = channels * len(makes) // once
        return tuple(
            ChannelCost(n, whole + -(-sliced * n // channels), once * -(-slices // n)) for n in CHANNELS if n < slices
        )
    return ()


def _by_channels(runs: Runs, begin: int, end: int, channels: int) -> StageSteps | None:
    stage = ByChannels(runs.inside(begin, end), channels)
    try:
        return channel_stage(runs.graph, stage, runs.shared, runs.alias.intersection(stage.operators))
    except ScheduleError:
        return None


def _whole_bytes(runs: Runs, begin: int, end: int, steps: StageSteps) -> int:
    """Everything that lies whole, touched or not, and sums."""
    found = sum(4 * prod(store.shape) for store in steps.stores if store.form is Form.SUMS)
    found += runs.across(begin, end)
    kept = {runs.store_of(t) for t in steps.kept}
    touched = {runs.store_of(t) for op in runs.operators[begin:end] for t in runs.touched_by(op)}
    stores = (runs.stores[number] for number in touched - kept)
    return found + sum(store.bytes for store in stores if store.first >= begin or store.last < end)


def _sliced_bytes(runs: Runs, steps: StageSteps, makes: list[Make]) -> int:
    """The most bytes of slices that are there at once while one slice goes through."""
    tensors = runs.graph.tensors
    sizes = {s.id: prod(s.shape) * tensors[s.tensor].element_bytes for s in steps.stores if s.form is Form.PLAIN}
    last = {view.buffer: at for at, make in enumerate(makes) for views in make.reads.values() for view in views}
    most = 0
    live: set[str] = set()
    for at, make in enumerate(makes):
        live |= {view.buffer for view in make.into.values()}
        most = max(most, sum(sizes[buffer] for buffer in live))
        live = {buffer for buffer in live if last.get(buffer, at) > at}
    return most
