"""The step table of a plan as C initialisers: Views, parameters and rows, equal ones shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mcu_lab.errors import PlanError, UnsupportedError
from mcu_lab.firmware.c_text import C_TYPES, braced, comment, floating, integer, literals
from mcu_lab.firmware.kernels import KERNELS, kernel_of, missing_kernels
from mcu_lab.firmware.layout import Bank, CView, Role, c_view, check_rings, one_run, step_rank
from mcu_lab.graph.ir import Operator
from mcu_lab.ops import spec_of
from mcu_lab.ops.spec import Access
from mcu_lab.plan.address import element_bytes, is_dense, is_zero_copy
from mcu_lab.plan.model import Compute, Copy, Form, Plan, Step, View, Wait, views_of

_MOST_AXES = 6
_NO_RING = "MCU_NO_RING"


@dataclass(frozen=True)
class Tables:
    """``definitions`` is C text that ends with ``steps[]``; ``views`` names the Views of inputs and outputs.

    sources      kernel files that the rows call.
    declarations prototypes and parameter headers that the text needs.
    """

    definitions: str
    declarations: str
    sources: tuple[Path, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def tables(plan: Plan, banks: tuple[Bank, ...]) -> Tables:
    """All rows of ``plan``. Raises UnsupportedError naming every operator without a C kernel."""
    missing = missing_kernels(plan.graph)
    if missing:
        raise UnsupportedError(
            " ".join(missing), where=plan.graph.name, hint="docs/SUPPORTED_OPS.md lists the kernels."
        )
    writer = _Writer(plan, {b.memory: b.index for b in banks}, {b.memory: b.role for b in banks})
    rows = [writer.row(step) for step in plan.steps] or ["    {NULL, NULL}"]
    start = {v.tensor: v for v in plan.at_start}
    end = {v.tensor: v for v in plan.at_end}
    inputs = tuple(writer.lone(start[t]) for t in plan.graph.inputs)
    outputs = tuple(writer.lone(end[t]) for t in plan.graph.outputs)
    steps = "static const mcu_step_t steps[] = {\n" + ",\n".join(rows) + "\n};"
    families = sorted(writer.families)
    prototypes = [f"int32_t {s}(const mcu_call_t *call);" for s in sorted(writer.symbols)]
    return Tables(
        definitions="\n".join([*writer.definitions, "", steps]),
        declarations="\n".join([*(f'#include "{f}.h"' for f in families), "", *prototypes]),
        sources=tuple(sorted(writer.sources)),
        inputs=inputs,
        outputs=outputs,
    )


@dataclass
class _Writer:
    """Collects definitions; text that was defined before is used again. Lives only while :func:`tables` runs."""

    plan: Plan
    numbers: Mapping[str, int]
    roles: Mapping[str, Role]
    definitions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    sources: set[Path] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)
    families: set[str] = field(default_factory=set)

    def row(self, step: Step) -> str:
        if isinstance(step, Compute):
            return self.compute(step)
        if isinstance(step, Wait):
            return self.wait(step)
        return self.copy(step)

    def compute(self, step: Compute) -> str:
        op = self.plan.graph.operators[step.op]
        note = comment(f"{step.id} {op.kind} {self.plan.graph.tensors[op.outputs[0]].name}")
        if is_zero_copy(self.plan.graph, step):
            return self.entry(None, self.args(step, (), step.writes), f"{note} (shares storage)")
        kernel = kernel_of(self.plan.graph, op)
        assert kernel
        check_rings(kernel.family, views_of(step), step.id)
        self.sources.add(kernel.source)
        self.symbols.add(kernel.symbol)
        c_params = spec_of(op).c_params
        params = self.params(kernel.family, c_params(self.plan.graph, op)) if c_params else "NULL"
        reads, writes = self.runs(step, op)
        return self.entry(kernel.symbol, self.args(step, reads, writes, params), note)

    def runs(self, step: Compute, op: Operator) -> tuple[tuple[tuple[View, ...], ...], tuple[View | None, ...]]:
        """The Views of a step, as single runs where its kernel works element by element on dense boxes.

        All inputs must be ones whose place the output could take: then an element's coordinates mean nothing.
        """
        spec = spec_of(op)
        by_element = spec.access is Access.ELEMENTS and spec.in_place(self.plan.graph, op) == tuple(
            range(len(op.inputs))
        )
        views = [slot[0] for slot in step.reads if len(slot) == 1] + [v for v in step.writes if v]
        whole = len(views) == len(op.inputs) + 1 and len({v.box for v in views}) == 1
        runs = [run for run in map(one_run, views) if run]
        if not by_element or not whole or len(runs) != len(views):
            return step.reads, step.writes
        return tuple((run,) for run in runs[:-1]), (runs[-1],)

    def copy(self, step: Copy) -> str:
        check_rings("copy", views_of(step), step.id)
        note = comment(f"{step.id} Copy {self.plan.graph.tensors[step.dst.tensor].name}")
        through_port = Role.PORT in {self.roles[self.plan.buffer[v.buffer].memory] for v in (step.src, step.dst)}
        symbol = "mcu_copy"
        params = "NULL"
        if through_port:
            symbol = "mcu_transfer" if step.blocking else "mcu_transfer_start"
            params = self.params("transfer", {"row": step.id})
            self._check_transfer(step)
        self.use(symbol)
        args = self.args(step, ((step.src,),), (step.dst,), params, starts=not step.blocking)
        return self.entry(symbol, args, note)

    def wait(self, step: Wait) -> str:
        copy = self.plan.steps[step.copy]
        assert isinstance(copy, Copy)
        started = Role.PORT in {self.roles[self.plan.buffer[v.buffer].memory] for v in (copy.src, copy.dst)}
        params = self.params("transfer", {"row": copy.id}) if started else "NULL"
        symbol = "mcu_transfer_wait" if started else None
        if symbol:
            self.use(symbol)
        return self.entry(symbol, self.args(step, (), (copy.dst,), params), f"{step.id} Wait for row {copy.id}")

    def use(self, symbol: str) -> None:
        """A kernel that belongs to no operator."""
        self.sources.add(KERNELS / ("copy.c" if symbol == "mcu_copy" else "transfer.c"))
        self.symbols.add(symbol)

    def _check_transfer(self, step: Copy) -> None:
        runs = all(v.strides[-1] == 1 for v in (step.src, step.dst) if v.strides)
        dense = is_dense(step.src) and is_dense(step.dst)
        if not (runs if step.blocking else dense):
            raise PlanError("moves a region with gaps that one transfer cannot move.", where=f"step {step.id}")

    def entry(self, symbol: str | None, args: str, note: str) -> str:
        return f"    /* {note} */\n    {{{symbol or 'NULL'}, &{args}}}"

    def args(
        self,
        step: Step,
        reads: tuple[tuple[View, ...], ...],
        writes: tuple[View | None, ...],
        params: str = "NULL",
        *,
        starts: bool = False,
    ) -> str:
        rank = step_rank((*views_of(step), *(v for v in writes if v)))
        if rank > _MOST_AXES:
            raise PlanError(f"has {rank} axes; the runtime has room for {_MOST_AXES}.", where=f"step {step.id}")
        slots = [f"{{{self.views(views, rank)}, {len(views)}}}" if views else "{NULL, 0}" for views in reads]
        outs = [self.views((view,), rank) if view else "NULL" for view in writes]
        first = next((v for v in writes if v), None)
        fields = {
            "in": self.array("const mcu_slot_t", "in", slots),
            "out": self.array("const mcu_view_t *const", "out", outs),
            "params": params,
            "in_count": str(len(slots)),
            "out_count": str(len(outs)),
            "element_bytes": str(element_bytes(self.plan, first) if first else 0),
            "scratch": "-1",
        }
        flags = ["MCU_STARTS"] if starts else []
        if isinstance(step, Compute):
            fields |= self._scratch(step) | self._sums(step, rank, flags)
        fields["flags"] = " | ".join(flags) or "0"
        given = [f".{k} = {v}" for k, v in fields.items() if v not in ("NULL", "0")]
        return self.define("const mcu_args_t", "args", braced(given))

    def _scratch(self, step: Compute) -> dict[str, str]:
        if step.scratch is None:
            return {}
        buffer = self.plan.buffer[step.scratch]
        return {"scratch": str(buffer.offset), "scratch_memory": str(self.numbers[buffer.memory])}

    def _sums(self, step: Compute, rank: int, flags: list[str]) -> dict[str, str]:
        if step.sums is None or step.reduce is None:
            return {}
        flags += ["MCU_FIRST"] if step.reduce.lo == 0 else []
        flags += ["MCU_LAST"] if any(step.writes) else []
        assert self.plan.buffer[step.sums.buffer].form is Form.SUMS
        return {
            "sums": self.views((step.sums,), rank),
            "reduce_lo": str(step.reduce.lo),
            "reduce_hi": str(step.reduce.hi),
        }

    def lone(self, view: View) -> str:
        """A View that no step's rank binds: of an input or output."""
        return self.views((view,), step_rank((view,)))

    def views(self, views: tuple[View, ...], rank: int) -> str:
        items = [self.view(c_view(self.plan, dict(self.numbers), v, rank)) for v in views]
        return self.array("const mcu_view_t", "view", items)

    def view(self, view: CView) -> str:
        axes = self.array("const mcu_axis_t", "axes", [f"{{{lo}, {hi}, {stride}}}" for lo, hi, stride in view.axes])
        ring = _NO_RING if view.ring_axis is None else str(view.ring_axis)
        turn = f"{view.ring_rows}, {view.ring_phase}, {ring}"
        return f"{{{axes}, {view.offset}, {turn}, {view.memory}, {len(view.axes)}}}"

    def params(self, family: str, values: Mapping[str, int | float | np.ndarray]) -> str:
        self.families.add(family)
        fields = [f".{name} = {self.param(value)}" for name, value in values.items()]
        return "&" + self.define(f"const mcu_{family}_params_t", f"{family}_params", braced(fields))

    def param(self, value: int | float | np.ndarray) -> str:
        if isinstance(value, np.ndarray):
            return self.array(f"const {C_TYPES[value.dtype.name]}", "values", literals(value))
        if isinstance(value, (float, np.floating)):
            return floating(float(value))
        return integer(int(value))

    def array(self, c_type: str, name: str, items: list[str]) -> str:
        """The name of a const array of these items; NULL for none."""
        return self.define(c_type, name, braced(items), "[]") if items else "NULL"

    def define(self, c_type: str, name: str, value: str, brackets: str = "") -> str:
        key = f"{c_type} {brackets}= {value}"
        if key not in self.names:
            self.names[key] = f"{name}_{len(self.names)}"
            self.definitions.append(f"static {c_type} {self.names[key]}{brackets} = {value};")
        return self.names[key]
