"""Which C kernel runs an operator, and which runtime files come with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mcu_lab.firmware.c_text import C_TYPES
from mcu_lab.graph.ir import Graph, Operator
from mcu_lab.ops import spec_of

RUNTIME = Path(__file__).parent / "runtime"
KERNELS = RUNTIME / "kernels"
_INCLUDE = re.compile(r'^\s*#\s*include\s+"([A-Za-z0-9_.]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Kernel:
    """``symbol`` is the C function, ``source`` the file that defines it, ``family`` names its parameter struct."""

    symbol: str
    source: Path
    family: str


def kernel_of(graph: Graph, op: Operator) -> Kernel | None:
    """The kernel for this operator's dtypes; None where there is none yet."""
    spec = spec_of(op)
    dtypes = [graph.tensors[t].dtype for t in (op.inputs[spec.data_slot], op.outputs[0])] if op.inputs else []
    family = spec.c_family(dtypes[0] if dtypes else "")
    if family is None:
        return None
    family += spec.c_variant(graph, op)
    names = [family, f"{family}_{'_'.join(dict.fromkeys(dtypes))}"]
    found = [name for name in names if (KERNELS / f"{name}.c").is_file()]
    return Kernel(f"mcu_{found[0]}", KERNELS / f"{found[0]}.c", family) if found else None


def runtime_files(sources: tuple[Path, ...]) -> tuple[Path, ...]:
    """These files and all runtime files that they include, directly or not, in a stable order."""
    found: dict[Path, None] = {}
    waiting = list(sources)
    while waiting:
        file = waiting.pop(0)
        if file in found:
            continue
        found[file] = None
        names = _INCLUDE.findall(file.read_text(encoding="utf-8"))
        waiting += [next(f for f in (KERNELS / name, RUNTIME / name) if f.is_file()) for name in names]
    return tuple(sorted(found))


def missing_kernels(graph: Graph) -> tuple[str, ...]:
    """One sentence for each kind of use that has no C kernel or type, so that all are named at once."""
    reasons: dict[str, None] = {}
    for op in graph.operators:
        if kernel_of(graph, op) is None:
            dtypes = ", ".join(dict.fromkeys(graph.tensors[t].dtype for t in (*op.inputs, *op.outputs) if t >= 0))
            reasons[f"{op.kind} on {dtypes} has no C kernel."] = None
    for tensor in (graph.tensors[t] for t in (*graph.inputs, *graph.outputs)):
        if tensor.dtype not in C_TYPES:
            reasons[f"{tensor.name} of dtype {tensor.dtype} has no type in C."] = None
    return tuple(reasons)
