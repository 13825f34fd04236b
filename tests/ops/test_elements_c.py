"""The C kernels of operators that map, move or repeat elements, against the executor, with sanitizers.

Cases stand side by side in few graphs, so that few builds run them all.
"""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.firmware.kernels import missing_kernels
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.lowering import candidates, lower
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Access
from mcu_lab.plan.model import Plan, Ring, View
from mcu_lab.plan.verify import verify
from mcu_lab.schedule.model import Schedule
from tests.firmware.cases import assert_same_bytes, default_plan, needs_gcc, needs_qemu
from tests.ops.element_cases import CASES, inputs_for, kind_of, side_by_side
from tests.plan.partial_plans import Draft

#: Cases without a C kernel.
NO_KERNEL = {c for c, g in CASES.items() if missing_kernels(g)}
_WITH_KERNEL = [g for c, g in CASES.items() if c not in NO_KERNEL]
EVERYTHING = side_by_side(_WITH_KERNEL)
#: The same in shares whose tables of steps can be addressed when they are tiled.
SHARES = tuple(side_by_side(_WITH_KERNEL[i::8]) for i in range(8))


def sharing_plan(graph: Graph) -> Plan:
    """Every zero-copy operator as such, and every other one in place where it can be."""
    alias, pairs = candidates(graph)
    in_place = {op: (op, slot) for op, slot in reversed(pairs) if op not in alias}
    schedule = Schedule(tuple(range(len(graph.operators))), alias=alias, in_place=tuple(sorted(in_place.values())))
    return lower(graph, schedule, ad_hoc())


def ring_axis(tensor: Tensor) -> int | None:
    """Rows: axis 1 of an image, the first axis of anything smaller with at least two."""
    rank = len(tensor.shape)
    return None if rank < 2 else 1 if rank == 4 else 0


def loose_view(draft: Draft, name: str, tensor: int, box: Box) -> View:
    """Just ``box`` in a buffer with gaps between the elements of every axis; a ring holds exactly its rows."""
    axis = ring_axis(draft.graph.tensors[tensor])
    lengths = [n + 1 for n in box.shape]
    strides = [prod(lengths[i + 1 :]) * 2 for i in range(len(lengths))]
    start = 3 - sum(s * i.lo for a, (s, i) in enumerate(zip(strides, box, strict=True)) if a != axis)
    draft.buffer(name, tensor, (3 + 2 * prod(lengths),))
    ring = None if axis is None else Ring(axis, len(box[axis]), box[axis].lo % len(box[axis]))
    return View(name, tensor, box, start, tuple(strides), ring)


def tiles(tensor: Tensor, rng: np.random.Generator) -> list[Box]:
    """The tensor cut in two along each of its axes, at random places."""
    boxes = [Box.full(tensor.shape)]
    for axis, n in enumerate(tensor.shape):
        if n > 1:
            at = int(rng.integers(1, n))
            boxes = [b.replaced(axis, half) for b in boxes for half in (Interval(0, at), Interval(at, n))]
    return boxes


def tiled_plan(graph: Graph) -> Plan:
    """Every output in tiles, each copied into a loose ring from just what it needs, and copied out of one."""
    draft, rng = Draft(graph), np.random.default_rng(0)
    draft.resident_inputs()
    for op in graph.operators:
        for slot, output in enumerate(op.outputs):
            for box in tiles(graph.tensors[output], rng):
                tile(draft, op, slot, box)
    return draft.finished()


def tile(draft: Draft, op: Operator, slot: int, box: Box) -> None:
    name, output = str(len(draft.steps)), op.outputs[slot]
    boxes = tuple(box if k == slot else None for k in range(len(op.outputs)))
    held: dict[int, View] = {}
    needed = spec_of(op).needs(draft.graph, op, boxes, None)
    for t, part in zip(op.inputs, needed, strict=True):
        if part is not None and part.size and not draft.graph.tensors[t].is_const and op.inputs.count(t) == 1:
            held[t] = loose_view(draft, f"in{t}_{name}", t, part)
            draft.copy(View(draft.whole(t).buffer, t, part, 0, draft.whole(t).strides), held[t])
    written = loose_view(draft, f"out{name}", output, box)
    draft.compute(op, [written if k == slot else None for k in range(len(op.outputs))], held)
    whole = draft.whole(output)
    draft.copy(written, View(whole.buffer, output, box, 0, whole.strides))


def test_what_has_no_c_kernel_is_known() -> None:
    assert set() == NO_KERNEL


@needs_gcc
@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan_of", "graph"),
    [(default_plan, EVERYTHING), (sharing_plan, EVERYTHING), *((tiled_plan, share) for share in SHARES)],
)
def test_every_row_of_the_c_has_the_executors_bytes(plan_of, graph: Graph) -> None:  # type: ignore[no-untyped-def]
    plan = plan_of(graph)
    assert verify(plan) == ()
    assert_same_bytes(plan, inputs=inputs_for(graph, 0))


@needs_qemu
@pytest.mark.qemu
def test_every_kernel_on_an_emulated_cortex_m4() -> None:
    assert_same_bytes(default_plan(EVERYTHING), "cortex-m4", inputs=inputs_for(EVERYTHING, 1))


@pytest.mark.quick(each=kind_of)
@pytest.mark.parametrize("case", [c for c, g in CASES.items() if spec_of(g.operators[0]).access is Access.ELEMENTS])
def test_what_can_work_in_place_is_offered(case: str) -> None:
    graph = CASES[case]
    op = graph.operators[0]
    out = graph.tensors[op.outputs[0]]
    tensors = [graph.tensors[t] for t in op.inputs]
    fits = [t.shape == out.shape and not t.is_const and t.element_bytes == out.element_bytes for t in tensors]
    assert bool(spec_of(op).in_place(graph, op)) == any(fits)
