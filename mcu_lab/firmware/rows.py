"""The rows of a plan as the C runtime has to see them: kernels and numbers, one row a step.

This is what the folded table stands for: unfolding it gives just this list (:mod:`mcu_lab.firmware.encode`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mcu_lab.device.model import Memory
from mcu_lab.errors import PlanError
from mcu_lab.firmware.kernels import Kernel, kernel_of
from mcu_lab.firmware.layout import Bank, CView, Role, c_view, codebook_view, followed, one_run, step_rank
from mcu_lab.graph.ir import Operator
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import ANY_FORM, Access, Follow
from mcu_lab.plan.address import element_bytes, is_dense, is_zero_copy
from mcu_lab.plan.model import Codes, Compute, Copy, Form, Plan, Step, View, Wait, views_of
from mcu_lab.plan.verify.forms import unfollowed, unreached
from mcu_lab.plan.verify.placement import memories_of
from mcu_lab.plan.verify.problem import Problem

MOST_AXES = 6
#: As in mcu_lab.h.
FIRST, LAST, STARTS = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Row:
    """What mcu_args_t says of one step.

    kernel    the C function; None where nothing has to be done.
    owner     id of the operator whose parameters the kernel gets; for transfers and copies -1 - id of the tensor.
    scratch   (memory number, byte offset).
    out_bytes  bytes of an element of each output, where they differ; else none.
    awaits    how many rows earlier the transfer was started that this row waits for; 0: none, or its own.
    """

    kernel: str | None
    owner: int
    flags: int
    rank: int
    element_bytes: int
    slots: tuple[tuple[CView, ...], ...]
    outs: tuple[CView | None, ...]
    sums: CView | None = None
    reduce: tuple[int, int] | None = None
    scratch: tuple[int, int] | None = None
    awaits: int = 0
    out_bytes: tuple[int, ...] = ()


def rows_of(plan: Plan, banks: tuple[Bank, ...]) -> tuple[Row, ...]:
    """One Row for each step. Raises PlanError for what C cannot express."""
    maker = _Maker(plan, {b.memory: b.index for b in banks}, {b.memory: b.role for b in banks})
    return tuple(map(maker.row, plan.steps))


@dataclass
class _Maker:
    """Makes rows, looking up what all steps of an operator share once. Lives only while :func:`rows_of` runs."""

    plan: Plan
    numbers: dict[str, int]
    roles: Mapping[str, Role]

    @cached_property
    def memories(self) -> Mapping[str, Memory]:
        return memories_of(self.plan.device)

    @cached_property
    def kernels(self) -> tuple[Kernel | None, ...]:
        return tuple(kernel_of(self.plan.graph, op) for op in self.plan.graph.operators)

    @cached_property
    def by_element(self) -> tuple[bool, ...]:
        """Operators that work element by element, on inputs any of whose places the output could take."""
        return tuple(
            spec_of(op).access is Access.ELEMENTS
            and spec_of(op).in_place(self.plan.graph, op) == tuple(range(len(op.inputs)))
            for op in self.plan.graph.operators
        )

    @cached_property
    def has_aliases(self) -> tuple[bool, ...]:
        return tuple(bool(spec_of(op).aliases(self.plan.graph, op)) for op in self.plan.graph.operators)

    def row(self, step: Step) -> Row:
        if isinstance(step, Compute):
            return self.compute(step)
        return self.copy(step) if isinstance(step, Copy) else self.wait(step)

    def compute(self, step: Compute) -> Row:
        if self.has_aliases[step.op] and is_zero_copy(self.plan.graph, step):
            return self.made(step, None, step.op, 0, (), step.writes)
        kernel = self.kernels[step.op]
        assert kernel
        _refuse(unfollowed(self.plan.graph, step))
        flags = 0
        if step.sums and step.reduce:
            assert self.plan.buffer[step.sums.buffer].form is Form.SUMS
            flags = (FIRST if step.reduce.lo == 0 else 0) | (LAST if any(step.writes) else 0)
        reads, writes = self.runs(step, self.plan.graph.operators[step.op])
        return self.made(step, kernel.symbol, step.op, flags, reads, writes)

    def runs(self, step: Compute, op: Operator) -> tuple[tuple[tuple[View, ...], ...], tuple[View | None, ...]]:
        """The Views of a step, as single runs where its kernel works element by element on dense boxes.

        Then an element's coordinates mean nothing.
        """
        views = [slot[0] for slot in step.reads if len(slot) == 1] + [v for v in step.writes if v]
        whole = len(views) == len(op.inputs) + 1 and len({v.box for v in views}) == 1
        if not self.by_element[op.id] or not whole:
            return step.reads, step.writes
        runs = [run for run in map(one_run, views) if run]
        if len(runs) != len(views) or len({run.box for run in runs}) != 1:
            return step.reads, step.writes
        return tuple((run,) for run in runs[:-1]), (runs[-1],)

    def copy(self, step: Copy) -> Row:
        _refuse(unreached(step, *(self.memories[self.plan.buffer[v.buffer].memory] for v in (step.src, step.dst))))
        codes = self.plan.buffer[step.src.buffer].holds
        if isinstance(codes, Codes):
            return self.decode(step, codes)
        symbol = "mcu_copy"
        if self.through_port(step):
            symbol = "mcu_transfer_start" if self.is_awaited(step) else "mcu_transfer"
        owner = -1 - step.dst.tensor
        return self.made(step, symbol, owner, 0 if step.blocking else STARTS, ((step.src,),), (step.dst,))

    def decode(self, step: Copy, codes: Codes) -> Row:
        row = self.made(step, "mcu_decode", -1 - step.dst.tensor, 0, ((step.src,),), (step.dst,))
        book = codebook_view(self.plan, self.numbers, codes.codebook, row.rank)
        return replace(row, slots=(*row.slots, (book,)))

    def wait(self, step: Wait) -> Row:
        copy = self.plan.steps[step.copy]
        assert isinstance(copy, Copy)
        symbol = "mcu_transfer_wait" if self.is_awaited(copy) else None
        owner = -1 - copy.dst.tensor
        return self.made(step, symbol, owner, 0, (), (copy.dst,), awaits=step.id - copy.id)

    def through_port(self, copy: Copy) -> bool:
        return Role.PORT in {self.roles[self.plan.buffer[v.buffer].memory] for v in (copy.src, copy.dst)}

    def is_awaited(self, copy: Copy) -> bool:
        """Whether it is one transfer, which goes on until its Wait. What has gaps is done piece by piece at once."""
        return not copy.blocking and self.through_port(copy) and is_dense(copy.src) and is_dense(copy.dst)

    def made(
        self,
        step: Step,
        kernel: str | None,
        owner: int,
        flags: int,
        reads: tuple[tuple[View, ...], ...],
        writes: tuple[View | None, ...],
        awaits: int = 0,
    ) -> Row:
        rank = step_rank((*views_of(step), *(v for v in writes if v)))
        if rank > MOST_AXES:
            raise PlanError(f"has {rank} axes; the runtime has room for {MOST_AXES}.", where=f"step {step.id}")
        forms = spec_of(self.plan.graph.operators[step.op]).forms if isinstance(step, Compute) else ANY_FORM
        first = next((v for v in writes if v), None)
        sums = step.sums if isinstance(step, Compute) and kernel else None
        reduce = step.reduce if isinstance(step, Compute) and sums else None
        scratch = self.plan.buffer[step.scratch] if isinstance(step, Compute) and step.scratch and kernel else None
        sizes = tuple(element_bytes(self.plan, v) if v else 0 for v in writes)
        return Row(
            kernel=kernel,
            owner=owner,
            flags=flags,
            rank=rank,
            element_bytes=element_bytes(self.plan, first) if first else 0,
            slots=tuple(tuple(self.view(v, rank, forms.input(i)) for v in slot) for i, slot in enumerate(reads)),
            outs=tuple(self.view(v, rank, forms.outputs) if v else None for v in writes),
            sums=self.view(sums, rank, forms.outputs) if sums else None,
            reduce=(reduce.lo, reduce.hi) if reduce else None,
            scratch=(self.numbers[scratch.memory], scratch.offset or 0) if scratch else None,
            awaits=awaits,
            out_bytes=sizes if len({*sizes} - {0}) > 1 else (),
        )

    def view(self, view: View, rank: int, follow: Follow) -> CView:
        return c_view(self.plan, self.numbers, followed(view, follow), rank)


def _refuse(problems: Iterable[Problem]) -> None:
    """What verify does not accept either, for those who have not asked it."""
    for problem in problems:
        raise PlanError(problem.message, where=f"step {problem.step}")


def c_params_of(plan: Plan, op: Operator) -> Mapping[str, int | float | np.ndarray] | None:
    """Fields of the parameter struct of an operator's kernel; None where it has none."""
    c_params = spec_of(op).c_params
    return c_params(plan.graph, op) if c_params else None
