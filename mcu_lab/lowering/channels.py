"""Stages by channels: slices of channels are made, passed on, and summed up (Pex: Liberis & Lane 2022).

For each slice in turn every operator of the stage makes its part. What an operator does with a slice follows from its
region rule alone: one that reads nothing the stage makes *makes* the slice, from whole tensors; one that needs just
the same channels of what the stage makes *passes* them on; one that needs all channels and can sum them up *adds* the
slice to int32 sums, which become its output with the last slice. What leaves the stage lies whole, and each slice of
it is written straight into its place there.

It pays where a wide tensor lies between narrower ones: an expanding convolution and the strided depthwise one behind
it need their input, their output and one slice. Sums cost four bytes an element, so a stage is best ended before the
operator that mixes, unless the output of that is smaller than a quarter of what it reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from mcu_lab.errors import ScheduleError
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.limits import STEPS
from mcu_lab.lowering.boundary import Shifted, kept_places, operators_of
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.pieces import Make, StageSteps, Store
from mcu_lab.lowering.refusal import refused
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import dense_view, packed_view
from mcu_lab.plan.model import Form
from mcu_lab.schedule.model import ByChannels
from mcu_lab.stopping import look_up


def channel_stage(graph: Graph, stage: ByChannels, shared: Groups, alias: frozenset[int]) -> StageSteps:
    """The steps of a stage by channels.

    A slice has ``stage.channels`` of the narrowest tensor that is sliced; of a tensor with twice its channels (behind a
    depth multiplier) twice as many. Slices ascend. A streamed input is whole before the first slice.

    Raises ScheduleError naming an operator that cannot go along.
    """
    operators = operators_of(graph, stage)
    adders = _adders(graph, operators)
    sliced = tuple(t for op in operators if op.id not in adders for t in op.outputs)
    _check_depths(graph, stage, sliced)
    narrowest = min(_depth(graph.tensors[t]) for t in sliced)
    scale = {t: _depth(graph.tensors[t]) // narrowest for t in sliced}
    starts = range(0, narrowest, stage.channels)
    where = f"stage of operator {operators[0].id}"
    STEPS.allow(len(starts) * len(operators), "making so few channels at a time", where=where, error=ScheduleError)
    slices = tuple(Interval(start, min(start + stage.channels, narrowest)) for start in starts)
    for part in slices:
        for op in operators:
            look_up()
            _check(graph, op, _slices_of(scale, part), adders)
    kept = kept_places(graph, stage, sliced, alias)
    _check_shifts(graph, kept)
    widest = _slices_of(scale, slices[0])
    stores = [
        Store(f"t{t}", t, _sliced(graph.tensors[t], widest[t]).shape) for t, place in kept.items() if place.root == t
    ]
    stores += [Store(f"a{op}", t, graph.tensors[t].shape, Form.SUMS) for op, t in adders.items()]
    steps = (
        step for part in slices for step in _steps(graph, operators, _slices_of(scale, part), kept, shared.held, adders)
    )
    return StageSteps(operators[0].id, tuple(stores), tuple(steps), frozenset(kept))


def _adders(graph: Graph, operators: tuple[Operator, ...]) -> dict[int, int]:
    """The operators that sum up slices of what the stage makes -> their outputs."""
    made = {t for op in operators for t in op.outputs}
    return {op.id: op.outputs[0] for op in operators if op.inputs and op.inputs[0] in made and _mixes(graph, op)}


def _mixes(graph: Graph, op: Operator) -> bool:
    """Whether each channel of the output takes all channels of input 0, and their sums are something to keep."""
    x, spec = graph.tensors[op.inputs[0]], spec_of(op)
    if spec.reduce_axis(graph, op) != len(x.shape) - 1 or len(op.outputs) != 1:
        return False
    one = _sliced(graph.tensors[op.outputs[0]], Interval(0, 1))
    needed = spec.needs(graph, op, (one,), None)[0]
    return needed is not None and len(needed[-1]) == _depth(x) > 1


def _check_depths(graph: Graph, stage: ByChannels, sliced: Collection[int]) -> None:
    """Refuse tensors whose channels cannot be sliced together."""
    depths = {t: _depth(graph.tensors[t]) for t in sliced}
    narrowest = min(depths.values(), default=0)
    if not narrowest or any(not graph.tensors[t].elements for t in sliced):
        where = f"stage of operator {min(stage.operators)}"
        raise ScheduleError("makes nothing that has channels.", where=where, hint="Run its operators whole.")
    for tensor, depth in depths.items():
        if depth % narrowest:
            raise refused(
                graph,
                graph.producer[tensor],
                f"makes {depth} channels, which cannot be sliced together with the {narrowest} of another operator.",
                "Take it out of the stage.",
            )


def _check(graph: Graph, op: Operator, part: Mapping[int, Interval], adders: Mapping[int, int]) -> None:
    """Refuse what cannot be made from just this slice of what the stage makes."""
    late = next((t for t in op.inputs if t in adders.values()), None)
    if late is not None:
        adder = graph.operators[graph.producer[late]]
        raise refused(
            graph,
            op.id,
            f"reads what {adder} sums up, which is complete only with the last slice.",
            f"End the stage with {adder}.",
        )
    if op.id in adders:
        if not part.keys().isdisjoint(op.inputs[1:]):
            raise refused(graph, op.id, "is given weights that the stage makes.", "Take it out of the stage.")
        return
    needed = spec_of(op).needs(graph, op, tuple(_sliced(graph.tensors[t], part[t]) for t in op.outputs), None)
    for tensor, box in zip(op.inputs, needed, strict=True):
        if tensor in part and box is not None and box[-1] != part[tensor]:
            raise refused(
                graph,
                op.id,
                f"needs channels {box[-1]} of {graph.tensors[tensor].name} (t{tensor}) when the stage has only "
                f"{part[tensor]} of them.",
                "End the stage before it.",
            )


def _check_shifts(graph: Graph, kept: Mapping[int, Shifted]) -> None:
    shifted = next((t for t, place in kept.items() if place.shift[-1]), None)
    if shifted is not None:
        raise refused(graph, graph.producer[shifted], "adds channels, which come in slices.", "Let it move its bytes.")


def _steps(
    graph: Graph,
    operators: tuple[Operator, ...],
    part: Mapping[int, Interval],
    kept: Mapping[int, Shifted],
    held: Mapping[int, Box],
    adders: Mapping[int, int],
) -> Iterator[Make]:
    """Every operator's part of one slice. ``held``: of tensors that lie inside others, the box that does."""
    boxes = {t: _sliced(graph.tensors[t], channels) for t, channels in part.items()}
    boxes |= {t: box & held[t] for t, box in boxes.items() if t in held}
    roots = {t: packed_view(f"t{t}", t, boxes[t]) for t, place in kept.items() if place.root == t}
    views = {t: place.view(roots[place.root], t, boxes[t]) for t, place in kept.items()}
    for op in operators:
        reads = {t: (views[t],) for t in op.inputs if t in views}
        if op.id not in adders:
            writes = tuple(boxes[t] for t in op.outputs)
            if not any(box.size for box in writes):
                continue  # all of the slice lies in a border that nobody writes
            yield Make(op.id, writes, reads, {t: views[t] for t in op.outputs if t in views})
            continue
        output, taken = graph.tensors[op.outputs[0]], part[op.inputs[0]]
        last = taken.hi == _depth(graph.tensors[op.inputs[0]])
        sums = dense_view(f"a{op.id}", output.id, output.shape)
        yield Make(op.id, (sums.box if last else None,), reads, {}, taken, sums)


def _depth(tensor: Tensor) -> int:
    """How many channels a tensor has: the extent of its last axis."""
    return tensor.shape[-1] if tensor.shape else 0


def _sliced(tensor: Tensor, channels: Interval) -> Box:
    return Box.full(tensor.shape).replaced(-1, channels)


def _slices_of(scale: Mapping[int, int], part: Interval) -> dict[int, Interval]:
    """The slice of each tensor, of which the narrowest has ``part``."""
    return {t: Interval(part.lo * times, part.hi * times) for t, times in scale.items()}
