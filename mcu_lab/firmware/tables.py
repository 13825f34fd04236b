"""The folded step table of a plan as C text, and how many bytes of flash it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mcu_lab.errors import UnsupportedError
from mcu_lab.firmware.c_text import C_TYPES, braced, comment, filled, floating, integer, literals
from mcu_lab.firmware.encode import Folded, fold
from mcu_lab.firmware.ends import Array, arrays, places
from mcu_lab.firmware.kernels import KERNELS, kernel_of, missing_kernels
from mcu_lab.firmware.layout import Bank, CView, banks
from mcu_lab.firmware.patterns import Pattern
from mcu_lab.firmware.rows import c_params_of, rows_of
from mcu_lab.graph.ir import Graph
from mcu_lab.plan.model import Plan

_NO_RING = "MCU_NO_RING"
_NO_TENSOR = "{NULL, NULL, 0, 0}"
_POINTER_BYTES = 4
_START_BYTES = 2
_AXIS_BYTES = 12
_VIEW_BYTES = 20
_TENSOR_BYTES = 12
_STRIDE_BYTES = 4
_TABLE_BYTES = 6 * _POINTER_BYTES + 4


@dataclass(frozen=True)
class Tables:
    """``definitions`` is C text that ends with ``table`` and the tensors that come in, go out, or are there at start.

    sources      kernel files that the rows call.
    declarations prototypes and parameter headers that the text needs.
    """

    definitions: str
    declarations: str
    sources: tuple[Path, ...]
    folded: Folded
    bytes: int


def folded_table(plan: Plan, found: tuple[Bank, ...] | None = None) -> Folded:
    """The step table of ``plan``, its memories numbered as in ``found``, by default as alone.

    Raises UnsupportedError naming every operator without a C kernel.
    """
    missing = missing_kernels(plan.graph)
    if missing:
        raise UnsupportedError(
            " ".join(missing), where=plan.graph.name, hint="docs/SUPPORTED_OPS.md lists the kernels."
        )
    return fold(rows_of(plan, found or banks(plan)))


def table_bytes(plan: Plan, found: tuple[Bank, ...] | None = None) -> int:
    """Flash that the step table of ``plan`` takes on a core with 32-bit pointers: all but constants and parameters.

    ``found`` numbers the memories; by default as in an export of the plan alone.

    Raises what :func:`folded_table` raises.
    """
    found = found or banks(plan)
    return _bytes(plan, folded_table(plan, found), found)


def _bytes(plan: Plan, folded: Folded, found: tuple[Bank, ...]) -> int:
    ends = arrays(plan, found)
    starts = len(folded.starts) + len(folded.rules)
    pointers = len(folded.kernels) + len(folded.operators)
    lists = {places(array.views) for array in ends.all}
    return (
        len(folded.code) + len(folded.order) + _START_BYTES * starts + _POINTER_BYTES * pointers + _TABLE_BYTES
        + _TENSOR_BYTES * (max(len(ends.inputs), 1) + max(len(ends.outputs), 1) + len(ends.starts))
        + _STRIDE_BYTES * sum(map(len, {array.strides for array in ends.all}))
        + _VIEW_BYTES * sum(map(len, lists))
        + _AXIS_BYTES * sum(map(len, {view.axes for views in lists for view in views}))
    )  # fmt: skip


def tables(plan: Plan, found: tuple[Bank, ...]) -> Tables:
    """The table as C. Raises UnsupportedError naming every operator without a C kernel."""
    folded = folded_table(plan, found)
    writer = _Writer(plan)
    params = [writer.params_of(op) for op in folded.operators]
    ends = arrays(plan, found)
    tensors = {name: [writer.tensor(a) for a in getattr(ends, name)] for name in ("inputs", "outputs", "starts")}
    text = [
        *writer.definitions,
        "",
        _array("const uint8_t", "code", _commented(plan.graph, folded)),
        _array("const uint16_t", "patterns", filled(map(str, folded.starts)) or "    0"),
        _array("const uint8_t", "order", filled(map(str, folded.order))),
        _array("const uint16_t", "rules", filled(map(str, folded.rules))),
        _array("const mcu_kernel_t", "kernels", filled(folded.kernels) or "    NULL"),
        _array("const void *const", "params", filled(params) or "    NULL"),
        f"static const mcu_table_t table = {{code, patterns, order, rules, kernels, params, "
        f"{folded.counters}, {len(folded.starts)}}};",
        "",
        _tensors("inputs", tensors["inputs"] or [_NO_TENSOR]),
        _tensors("outputs", tensors["outputs"] or [_NO_TENSOR]),
        *([_tensors("starts", tensors["starts"])] if tensors["starts"] else []),
    ]
    kernels = [k for k in (kernel_of(plan.graph, op) for op in plan.graph.operators) if k]
    used = {k.symbol: k.source for k in kernels} | {
        f"mcu_{function}": KERNELS / f"{function.split('_')[0]}.c"
        for function in ("copy", "decode", "transfer", "transfer_start", "transfer_wait")
    }
    prototypes = [f"int32_t {s}(const mcu_call_t *call);" for s in sorted(folded.kernels)]
    return Tables(
        definitions="\n".join(text),
        declarations="\n".join([*(f'#include "{f}.h"' for f in sorted(writer.families)), "", *prototypes]),
        sources=tuple(sorted({used[symbol] for symbol in folded.kernels})),
        folded=folded,
        bytes=_bytes(plan, folded, found),
    )


def _tensors(name: str, items: Sequence[str]) -> str:
    return f"static const mcu_tensor_t {name}[] = {braced(items)};"


def _array(c_type: str, name: str, items: str) -> str:
    return f"static {c_type} {name}[] = {{\n{items}\n}};"


def _commented(graph: Graph, folded: Folded) -> str:
    """The bytes of each pattern below a line that says what it is."""
    lines = []
    ends = (*folded.starts, len(folded.code))[1:]
    for number, (start, end, pattern) in enumerate(zip(folded.starts, ends, folded.patterns, strict=True)):
        times = f", {folded.runs[number]} times" if folded.runs[number] > 1 else ""
        lines.append(f"    /* {number}: {comment(_named(graph, pattern))}{times} */")
        lines.append(filled(map(str, folded.code[start:end])) + ",")
    return "\n".join(lines).rstrip(",") or "    0"


def _named(graph: Graph, pattern: Pattern) -> str:
    row = pattern.row
    if row.owner < 0:
        return f"{'Wait for' if row.awaits else 'Copy'} {graph.tensors[-1 - row.owner].name}"
    op = graph.operators[row.owner]
    return f"{op.kind} {graph.tensors[op.outputs[0]].name}{'' if row.kernel else ' (shares storage)'}"


@dataclass
class _Writer:
    """Collects definitions; text that was defined before is used again. Lives only while :func:`tables` runs."""

    plan: Plan
    definitions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    families: set[str] = field(default_factory=set)

    def params_of(self, op: int) -> str:
        operator = self.plan.graph.operators[op]
        kernel = kernel_of(self.plan.graph, operator)
        values = c_params_of(self.plan, operator)
        return self.params(kernel.family, values) if kernel and values else "NULL"

    def tensor(self, array: Array) -> str:
        views = self.array("const mcu_view_t", "views", [self.view(v) for v in array.views])
        strides = self.array("const int32_t", "strides", [str(s) for s in array.strides])
        return f"{{{views}, {strides}, {len(array.views)}, {array.element_bytes}}}"

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

    def array(self, c_type: str, name: str, items: Sequence[str]) -> str:
        """The name of a const array of these items; NULL for none."""
        return self.define(c_type, name, braced(items), "[]") if items else "NULL"

    def define(self, c_type: str, name: str, value: str, brackets: str = "") -> str:
        key = f"{c_type} {brackets}= {value}"
        if key not in self.names:
            self.names[key] = f"{name}_{len(self.names)}"
            self.definitions.append(f"static {c_type} {self.names[key]}{brackets} = {value};")
        return self.names[key]
