"""The C kernels on parts of tensors: sub-boxes, rings of rows, gaps between elements, slices of input channels.

All operators run in one program, built with warnings as errors and sanitizers, and every row's bytes are compared
with the executor's.
"""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mcu_lab.device.ad_hoc import ad_hoc
from mcu_lab.errors import UnsupportedError
from mcu_lab.execution.executor import execute
from mcu_lab.execution.reference import random_inputs, run_reference
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import lockstep
from mcu_lab.firmware.kernels import kernel_of
from mcu_lab.firmware.vector import TestVector
from mcu_lab.graph.box import Box, Interval
from mcu_lab.graph.ir import Graph, Operator, Tensor
from mcu_lab.lowering import default_schedule, lower
from mcu_lab.ops import spec_of
from mcu_lab.plan.address import dense_strides, dense_view, packed_view
from mcu_lab.plan.model import Buffer, Compute, Copy, Form, Plan, Ring, Step, View
from mcu_lab.plan.verify import verify
from tests.ops.one_operator import CASES, FOLDED, convolution, pool

EXPORTABLE = {**{name: graph for name, graph in CASES.items() if kernel_of(graph, graph.operators[0])}, **FOLDED}


def _side_by_side(graphs: list[Graph]) -> Graph:
    """One graph that holds the operators of all, each with its own tensors."""
    tensors: list[Tensor] = []
    operators: list[Operator] = []
    for number, graph in enumerate(graphs):
        first = len(tensors)
        tensors += [dataclasses.replace(t, id=first + t.id, name=f"{t.name}_{number}") for t in graph.tensors]
        operators += [
            dataclasses.replace(
                op,
                id=len(operators) + op.id,
                inputs=tuple(first + t if t >= 0 else -1 for t in op.inputs),
                outputs=tuple(first + t for t in op.outputs),
            )
            for op in graph.operators
        ]
    made = tuple(op.outputs[0] for op in operators)
    data = [op.inputs[spec_of(op).data_slot] for op in operators]
    inputs = tuple(t for t in data if t not in made)
    return Graph("side by side", tuple(tensors), tuple(operators), inputs, made)


@dataclass
class _Build:
    """A plan that makes every operator in parts, growing step by step."""

    graph: Graph
    rng: np.random.Generator
    buffers: list[Buffer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    at_start: list[View] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    made: dict[int, View] = field(default_factory=dict)

    def buffer(self, id: str, memory: str, size: int, dtype: str, form: Form = Form.PLAIN) -> str:
        offset = -(-self.ends.get(memory, 0) // 16) * 16
        nbytes = size * np.dtype(dtype).itemsize
        self.buffers.append(Buffer(id, memory, nbytes, 16, offset, (size,), dtype, form))
        self.ends[memory] = offset + nbytes
        return id

    def whole(self, tensor: int) -> View:
        t = self.graph.tensors[tensor]
        memory = "flash" if t.is_const else "sram"
        return dense_view(
            self.buffer(f"{'c' if t.is_const else 't'}{tensor}", memory, t.elements, t.dtype), tensor, t.shape
        )

    def operator(self, op: Operator) -> View:
        spec = spec_of(op)
        reads = [self.made.get(t) or self.whole(t) for t in op.inputs]
        write = self.made[op.outputs[0]] = self.whole(op.outputs[0])
        self.at_start += [view for view in reads if view.tensor not in self.made]
        sliced = spec.reduce_axis(self.graph, op) is not None
        for number, box in enumerate(_parts(self.rng, write.box.shape)):
            part = dataclasses.replace(write, box=box)
            if sliced and number % 2:
                self.slices(op, reads, part)
            else:
                self.step(op, reads, part)
        return write

    def step(self, op: Operator, reads: list[View], write: View) -> None:
        needed = spec_of(op).needs(self.graph, op, (write.box,), None)
        views = tuple(self.region(v, b) for v, b in zip(reads, needed, strict=True))
        asked = spec_of(op).scratch_bytes(self.graph, op, (write.box,))
        scratch = self.buffer(f"s{len(self.steps)}", "sram", asked, "uint8", Form.SCRATCH) if asked else None
        self.steps.append(Compute(len(self.steps), op.id, (write,), views, scratch=scratch))

    def slices(self, op: Operator, reads: list[View], write: View) -> None:
        """The same part from its input in one to three slices."""
        axis = spec_of(op).reduce_axis(self.graph, op)
        assert axis is not None
        depth = self.graph.tensors[op.inputs[0]].shape[axis]
        cuts = sorted({0, depth, *(int(c) for c in self.rng.integers(0, depth, 2))})
        name = self.buffer(f"a{len(self.steps)}", "sram", write.box.size, "int32", Form.SUMS)
        sums = packed_view(name, write.tensor, write.box)
        for lo, hi in pairwise(cuts):
            needed = spec_of(op).needs(self.graph, op, (write.box,), Interval(lo, hi))
            views = tuple(self.region(v, b) for v, b in zip(reads, needed, strict=True))
            done = write if hi == depth else None
            self.steps.append(Compute(len(self.steps), op.id, (done,), views, Interval(lo, hi), sums))

    def region(self, whole: View, box: Box | None) -> tuple[View, ...]:
        """Where a step reads ``box``: in place, or from a copy in a ring of rows with gaps, split in two by rows."""
        if box is None:
            return ()
        tensor = self.graph.tensors[whole.tensor]
        if tensor.is_const or len(box) != 4 or self.rng.random() < 0.3:
            return (dataclasses.replace(whole, box=box),)
        rows = box[1]
        middle = int(self.rng.integers(rows.lo, rows.hi + 1))
        halves = [i for i in (Interval(rows.lo, middle), Interval(middle, rows.hi)) if i]
        return tuple(self.ring(whole, box.replaced(1, half)) for half in halves)

    def ring(self, whole: View, box: Box) -> View:
        """Copies ``box`` into a ring of just its rows, with one element left free behind every row and pixel."""
        tensor = self.graph.tensors[whole.tensor]
        n, h, w, c = box.shape
        strides = dense_strides((n, h, w + 1, c + 1))
        origin = -sum(s * i.lo for a, (s, i) in enumerate(zip(strides, box, strict=True)) if a != 1)
        name = self.buffer(f"r{len(self.buffers)}", "sram", n * h * (w + 1) * (c + 1), tensor.dtype)
        view = View(name, whole.tensor, box, origin, strides, Ring(1, h, int(self.rng.integers(h))))
        self.steps.append(Copy(len(self.steps), dataclasses.replace(whole, box=box), view))
        return view


def _parts(rng: np.random.Generator, shape: tuple[int, ...]) -> list[Box]:
    """A partition of a tensor into up to eight boxes, in random order."""
    boxes = [Box.full(shape)]
    for axis in rng.permutation(len(shape))[:3]:
        at = int(rng.integers(0, shape[axis])) if shape[axis] else 0
        halves = [
            (b.replaced(axis, Interval(b[axis].lo, at)), b.replaced(axis, Interval(at, b[axis].hi))) for b in boxes
        ]
        boxes = [b for pair in halves for b in pair if b.size]
    return [boxes[i] for i in rng.permutation(len(boxes))]


def _plan(graph: Graph, seed: int) -> Plan:
    build = _Build(graph, np.random.default_rng(seed))
    outputs = tuple(build.operator(op) for op in graph.operators)
    at_start = tuple(v for v in build.at_start)
    return Plan(graph, ad_hoc(), tuple(build.buffers), tuple(build.steps), at_start, outputs)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return _plan(_side_by_side(list(EXPORTABLE.values())), 0)


@pytest.mark.slow
def test_the_executor_gives_the_bytes_of_the_whole(plan: Plan) -> None:
    assert verify(plan) == ()
    inputs = random_inputs(plan.graph, 0)
    expected = run_reference(plan.graph, inputs)
    outputs = execute(plan, inputs).outputs
    for t in plan.graph.outputs:
        np.testing.assert_array_equal(outputs[t], expected[t], err_msg=plan.graph.tensors[t].name)
    assert any(isinstance(s, Compute) and s.sums for s in plan.steps)
    assert any(v.ring for s in plan.steps if isinstance(s, Compute) for slot in s.reads for v in slot)


@pytest.mark.parametrize("graph", [
    convolution(shape=(1, 40, 3, 2), kernel=(33, 1)),
    convolution(shape=(1, 40, 3, 2), kernel=(33, 1), depthwise=True),
    pool(shape=(1, 40, 3, 2), kernel=(33, 1)),
    pool(shape=(1, 40, 3, 2), kernel=(33, 1), kind="MAX_POOL_2D"),
])  # fmt: skip
def test_windows_of_more_rows_than_the_kernels_have_room_for_are_refused(graph: Graph, tmp_path: Path) -> None:
    plan = lower(graph, default_schedule(graph), ad_hoc())
    with pytest.raises(UnsupportedError, match="windows have 33 rows") as error:
        export(plan, tmp_path / "out")
    assert error.value.where == str(graph.operators[0])


@pytest.mark.slow
@pytest.mark.parametrize("third", range(3))
@pytest.mark.parametrize("target", ["native", pytest.param("cortex-m4", marks=pytest.mark.qemu)])
def test_c_has_the_bytes_of_the_executor_row_by_row(target: str, third: int) -> None:
    """In thirds: boxes as irregular as these do not fold, and a table has room for 64 kB of them."""
    if not shutil.which("gcc" if target == "native" else "qemu-system-arm"):
        pytest.skip(f"no tools for {target}")
    plan = _plan(_side_by_side(list(EXPORTABLE.values())[third::3]), third)
    inputs = random_inputs(plan.graph, 0)
    execution = execute(plan, inputs, trace="written")
    result = lockstep(plan, TestVector(inputs, execution.outputs), execution.checksums, target)
    assert result.same, f"step {result.differs}: {result.report.text[-2000:]}"
