"""Is this schedule a schedule of this graph on this device? One clear sentence when it is not."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never, get_args

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.opaque import is_opaque
from mcu_lab.lowering.groups import Groups
from mcu_lab.lowering.refusal import refused
from mcu_lab.schedule.model import ByChannels, ByRows, ByTiles, Fresh, Schedule, Stage


def check_order(graph: Graph, order: tuple[int, ...], shared: Groups) -> None:
    """Every operator once, after what it reads, and before what overwrites what it reads. Else ScheduleError."""
    count = len(graph.operators)
    position = {op: i for i, op in enumerate(order)}
    for op_id in order:
        if not 0 <= op_id < count:
            raise ScheduleError(f"names operator {op_id}, but the graph has operators 0 to {count - 1}.", where="order")
    if len(position) != len(order):
        twice = next(op_id for i, op_id in enumerate(order) if position[op_id] != i)
        raise ScheduleError(f"runs {graph.operators[twice]} twice.", where="order")
    if len(order) != count:
        absent = next(op for op in graph.operators if op.id not in position)
        raise ScheduleError(f"leaves out {absent} (and {count - len(order) - 1} more).", where="order")
    for op in graph.operators:
        for tensor in op.inputs:
            producer = graph.producer.get(tensor)
            if producer is not None and producer < op.id and position[producer] > position[op.id]:
                raise ScheduleError(
                    f"runs {op} before {graph.operators[producer]}, which makes its input "
                    f"{graph.tensors[tensor].name} (t{tensor}).",
                    where="order",
                )
        for other in graph.predecessors(op):
            if position[other] > position[op.id]:
                raise ScheduleError(
                    f"runs {op}, which changes state, before {graph.operators[other]}, which reads it as it was.",
                    where="order",
                )
    for reader, writer in shared.before:
        if position[reader] > position[writer]:
            raise ScheduleError(
                f"{graph.operators[writer]} would overwrite its input in place before {graph.operators[reader]} "
                "has read it.",
                where="order",
                hint="Run the reader first, or do not do this operator in place.",
            )


def check_stages(graph: Graph, schedule: Schedule, shared: Groups) -> None:
    """Runs of the order, each connected, of operators that change no state. Else ScheduleError."""
    seen: set[int] = set()
    for stage in schedule.stages:
        if not stage.operators:
            raise ScheduleError("has no operators.", where="a stage")
        where = f"stage of operator {min(stage.operators)}"
        _check_numbers(stage, where)
        for op in stage.operators:
            if not 0 <= op < len(graph.operators):
                raise ScheduleError(
                    f"names operator {op}, but the graph has operators 0 to {len(graph.operators) - 1}.", where=where
                )
            if op in seen:
                raise ScheduleError(f"has {graph.operators[op]}, which is in a stage already.", where=where)
            seen.add(op)
        _check_run(graph, stage, schedule.order, where)
        for op in stage.operators:
            if reason := why_whole(graph, op, shared):
                raise refused(graph, op, f"cannot be made in parts: {reason}", "Run it whole.")
        for op in sorted({op for op, _ in schedule.in_place}.intersection(stage.operators)):
            raise refused(
                graph,
                op,
                "is in a stage, where tensors have storage of their own.",
                "Take it out of the stage, or do not share its storage.",
            )


def _check_numbers(stage: Stage, where: str) -> None:
    match stage:
        case ByRows():
            least = {"rows": (stage.rows, 1)}
            if stage.fresh not in get_args(Fresh):
                raise ScheduleError(f"there are no fresh rows {stage.fresh!r}.", where=where)
        case ByTiles():
            least = {"rows": (stage.rows, 1), "columns": (stage.columns, 0)}
        case ByChannels():
            least = {"channels": (stage.channels, 1)}
        case _:
            assert_never(stage)
    for what, (count, fewest) in least.items():
        if count < fewest:
            raise ScheduleError(f"cannot make {count} {what} at a time.", where=where)


def _check_run(graph: Graph, stage: Stage, order: tuple[int, ...], where: str) -> None:
    inside = frozenset(stage.operators)
    positions = [i for i, op in enumerate(order) if op in inside]
    for op in order[positions[0] : positions[-1]]:
        if op not in inside:
            raise ScheduleError(
                f"is no run of the order: {graph.operators[op]} comes between its operators.",
                where=where,
                hint="Take it into the stage, or order it before or after.",
            )
    if (stray := apart_from(graph, inside)) is not None:
        raise ScheduleError(
            f"falls apart: {graph.operators[stray]} has no tensor in common with the others.", where=where
        )


def apart_from(graph: Graph, operators: Collection[int]) -> int | None:
    """The first of these operators that no chain of activations joins to their first; None when all are joined."""
    islands = Islands(graph)
    for op in operators:
        islands.add(op)
    first = islands.of(min(operators))
    return min((op for op in operators if islands.of(op) != first), default=None)


class Islands:
    """Which of some operators chains of activations join; they are added one at a time.

    parts  how many islands there are.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._parent: dict[int, int] = {}
        self._any: dict[int, int] = {}
        self.parts = 0

    def add(self, op_id: int) -> None:
        """Take an operator in; it joins all islands that it has an activation in common with."""
        op, tensors = self._graph.operators[op_id], self._graph.tensors
        touched = [t for t in (*op.inputs, *op.outputs) if t >= 0 and not tensors[t].is_const]
        met = {self._root(t) for t in touched if t in self._parent}
        self.parts += 1 - len(met)
        # An operator without activations is an island by itself; no tensor has a negative id.
        self._any[op_id] = home = min(met, default=touched[0] if touched else -1 - op_id)
        for tensor in (*met, *touched):
            if tensor in met or tensor not in self._parent:
                self._parent[tensor] = home

    def of(self, op_id: int) -> int:
        """The island of an operator, by a number of its own."""
        return self._root(self._any[op_id])

    def _root(self, tensor: int) -> int:
        while (above := self._parent.get(tensor, tensor)) != tensor:
            tensor = above
        return tensor


def why_whole(graph: Graph, op_id: int, shared: Groups) -> str:
    """Why an operator cannot be made in parts, whatever kind of stage asks; empty when it may.

    Opaque operators cannot; nor those that touch state, or make an output in its place.
    """
    op = graph.operators[op_id]
    if is_opaque(op):
        return "it cannot be executed."
    touched = [*(t for t in op.inputs if t >= 0), *op.outputs, *(shared.root.get(t, t) for t in op.outputs)]
    state = next((graph.tensors[t].name for t in touched if graph.tensors[t].variable), None)
    return "" if state is None else f"{state} outlasts the inference."


def check_storage(graph: Graph, schedule: Schedule, device: Device) -> None:
    """Constants only, each once, in memories that exist and can be loaded from. Else ScheduleError."""
    memories = {m.name: m for m in device.memories}
    loadable = {link.src for link in device.links if link.dst == device.arena}
    seen: set[int] = set()
    for tensor, name in schedule.storage:
        where = f"storage of tensor {tensor}"
        if not 0 <= tensor < len(graph.tensors) or not graph.tensors[tensor].is_const:
            raise ScheduleError("is not a constant of this graph.", where=where)
        if tensor in seen:
            raise ScheduleError("is given twice.", where=where)
        if name not in memories:
            raise ScheduleError(
                f"{device.name} has no memory {name}.", where=where, hint=f"It has {', '.join(memories)}."
            )
        if not memories[name].reach and name not in loadable:
            raise ScheduleError(
                f"{name} is out of the core's reach and {device.name} has no link from it to {device.arena}.",
                where=where,
            )
        seen.add(tensor)
