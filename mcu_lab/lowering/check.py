"""Is this schedule a schedule of this graph on this device? One clear sentence when it is not."""

from __future__ import annotations

from mcu_lab.device.model import Device
from mcu_lab.errors import ScheduleError
from mcu_lab.graph.ir import Graph
from mcu_lab.lowering.groups import Groups
from mcu_lab.schedule.model import Schedule


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
            if producer is not None and position[producer] > position[op.id]:
                raise ScheduleError(
                    f"runs {op} before {graph.operators[producer]}, which makes its input "
                    f"{graph.tensors[tensor].name} (t{tensor}).",
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
