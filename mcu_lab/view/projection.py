"""From a plan to its picture: see :mod:`mcu_lab.view.picture`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES
from mcu_lab.device.model import Device
from mcu_lab.graph.box import Box
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.graph.opaque import plain_kind
from mcu_lab.graph.remembered import remembered
from mcu_lab.ops import spec_of
from mcu_lab.plan.lifetimes import arena_bytes, flash_bytes, live_bytes, macs, overfull, peak_bytes, used_bytes
from mcu_lab.plan.model import Plan
from mcu_lab.rewriting import Numbers
from mcu_lab.schedule.model import Schedule
from mcu_lab.view.peak import peak_of
from mcu_lab.view.picture import (
    Attribute,
    Head,
    MemoryUse,
    ModelInfo,
    OperatorInfo,
    Projection,
    Row,
    TensorInfo,
)
from mcu_lab.view.rects import rects_of
from mcu_lab.view.rows import rows_of, units_of
from mcu_lab.view.words import bytes_words, kind_words, listed, short_name, size_words

#: A curve with more corners than this is drawn coarser: the largest of neighbouring values stands for them.
MOST_CORNERS = 2_000


def describe(graph: Graph, path: str, origin: Numbers | None = None) -> ModelInfo:
    """The model's own part of the picture. ``path`` is where it was read from, for display.

    ``origin``: which of its ids are which of the file's; None: they are the file's.
    """
    origin = origin or Numbers.same(graph)
    return ModelInfo(
        name=graph.name,
        path=path,
        sha256=graph.sha256,
        tensors=tuple(
            TensorInfo(
                t.id,
                origin.tensors.get(t.id),
                t.name,
                short_name(t.name) or f"tensor {t.id}",
                t.shape,
                t.dtype,
                t.bytes,
                t.is_const,
            )
            for t in graph.tensors
        ),
        operators=tuple(_operator_info(graph, op, origin.operators.get(op.id)) for op in graph.operators),
        inputs=graph.inputs,
        outputs=graph.outputs,
    )


def project(plan: Plan, schedule: Schedule | None = None) -> Projection:
    """The picture of ``plan``. Every buffer of the plan must have an offset.

    Operators whose steps alternate are shown as a stage. With the ``schedule`` that the plan follows from, so is each
    of its stages, and operators are counted in its order.
    """
    rows = rows_of(units_of(plan), schedule)
    rects = rects_of(plan)
    return Projection(_head(plan, rows), rows, rects, curve_of(plan))


@remembered(shared=True)
def curve_of(plan: Plan) -> tuple[tuple[int, int], ...]:
    """Live bytes of the arena, as corners."""
    return corners(live_bytes(plan))


def corners(curve: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(step, value) wherever ``curve`` changes. Of a curve with very many changes, an upper bound with fewer."""
    group = 1
    while True:
        found: list[tuple[int, int]] = []
        for start in range(0, len(curve), group):
            value = curve[start] if group == 1 else max(curve[start : start + group])
            if not found or found[-1][1] != value:
                found.append((start, value))
        if len(found) <= MOST_CORNERS:
            return tuple(found)
        group *= -(-len(found) // MOST_CORNERS)


def _head(plan: Plan, rows: tuple[Row, ...]) -> Head:
    memories = tuple(MemoryUse(m.name, m.kind, used_bytes(plan, m.name), _limit(m.bytes)) for m in plan.device.memories)
    limits = {m.name: m.limit_bytes for m in memories}
    return Head(
        arena=plan.device.arena,
        steps=len(plan.steps),
        memories=memories,
        arena_bytes=arena_bytes(plan),
        limit_bytes=limits[plan.device.arena],
        live_bound_bytes=peak_bytes(plan),
        flash_bytes=flash_bytes(plan),
        flash_limit_bytes=limits[plan.device.constants],
        macs=macs(plan),
        fits=not overfull(plan),
        verdict=_verdict(plan.device, memories),
        peak=peak_of(plan, rows),
    )


def _limit(capacity_bytes: int) -> int | None:
    return None if capacity_bytes >= UNLIMITED_BYTES else capacity_bytes


def _operator_info(graph: Graph, op: Operator, origin: int | None) -> OperatorInfo:
    spec = spec_of(op)
    whole = tuple(Box.full(graph.tensors[t].shape) for t in op.outputs)
    return OperatorInfo(
        id=op.id,
        origin=origin,
        kind=plain_kind(op.kind),
        label=kind_words(op.kind),
        inputs=tuple(t for t in op.inputs if t >= 0),
        outputs=op.outputs,
        attributes=tuple(Attribute(name, str(value)) for name, value in op.attrs.items()),
        macs=spec.macs(graph, op, whole, None) if spec else 0,
    )


def _verdict(device: Device, memories: tuple[MemoryUse, ...]) -> str:
    over = [m for m in memories if m.limit_bytes is not None and m.used_bytes > m.limit_bytes]
    if over:
        parts = [f"{bytes_words(m.used_bytes - (m.limit_bytes or 0))} too many in {m.name}" for m in over]
        return f"Does not fit {device.name}: {listed(parts)}."
    limited = [m for m in memories if m.limit_bytes is not None and m.used_bytes]
    if not limited:
        return "No limit is set."
    parts = [f"{size_words((m.limit_bytes or 0) - m.used_bytes)} of {m.name}" for m in limited]
    return f"Fits {device.name} and leaves {listed(parts)} free."
