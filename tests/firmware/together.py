"""Many exports as one program, so that thousands of plans can be tried in C: one file and one run for many of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mcu_lab.execution.executor import execute
from mcu_lab.firmware.export import export
from mcu_lab.firmware.harness import RUN_SECONDS, SANITIZERS, WARNINGS, compiled, runtime_objects
from mcu_lab.firmware.targets import NATIVE, NATIVES, tool
from mcu_lab.firmware.vector import TestVector, seeded_vector
from mcu_lab.plan.model import Plan

#: What one export makes: its files as one, with another name for its main.
_ONE = """#define main {name}_main
#include "{name}.c"
#include "{name}_weights.c"
#include "{name}_test_vector.c"
#include "main.c"
"""
_ALL = """#include <stdio.h>
#include <stdlib.h>

{declared}

static int (*const mains[])(void) = {{{mains}}};

/* Runs the exports from the one on that the argument names. */
int main(int count, char **arguments) {{
    for (int i = count > 1 ? atoi(arguments[1]) : 0; i < {count}; i++) {{
        printf("export %d\\n", i);
        fflush(stdout);
        mains[i]();
        fflush(stdout);
    }}
    return 0;
}}
"""


@dataclass(frozen=True)
class Case:
    """A plan, what it is given, and what the executor makes of it."""

    plan: Plan
    vector: TestVector
    checksums: tuple[int, ...]

    @staticmethod
    def of(plan: Plan, seed: int = 5) -> Case:
        inputs = seeded_vector(plan.graph, seed).inputs
        run = execute(plan, inputs, trace="written")
        return Case(plan, TestVector(inputs, run.outputs), run.checksums)


def differences(
    cases: Sequence[Case], targets: Sequence[str] = (NATIVE,), *, push: int | None = None
) -> dict[tuple[int, str], str]:
    """What is wrong with the exports by the number of the case and the compiler; empty when all give the executor's
    bytes, row by row, and no sanitizer complains. Raises BuildError where a compiler does, and what export raises.

    ``push``: streamed inputs are pushed so many rows at a time, where the export can take them so.
    """
    found: dict[tuple[int, str], str] = {}
    with TemporaryDirectory(prefix="mcu_lab-together-") as temporary:
        names = [f"n{number}" for number in range(len(cases))]
        for name, case in zip(names, cases, strict=True):
            folder = Path(temporary) / name
            export(case.plan, folder, name=name, vector=case.vector)
            (folder / "one.c").write_text(_ONE.format(name=name))
        declared = "\n".join(f"int {name}_main(void);" for name in names)
        mains = ", ".join(f"{name}_main" for name in names)
        (Path(temporary) / "all.c").write_text(_ALL.format(declared=declared, mains=mains, count=len(names)))
        for target in targets:
            texts = _run(_built(Path(temporary), names, target, push), len(cases))
            for number, (case, text) in enumerate(zip(cases, texts, strict=True)):
                if difference := _difference(case, text):
                    found[number, target] = difference
    return found


def _built(root: Path, names: Sequence[str], target: str, push: int | None) -> Path:
    """Runtime and kernels are checked for all that sanitizers know, what is generated for bounds; both for warnings."""
    compiler = tool(NATIVES[target])
    objects = {o for name in names for o in runtime_objects(root / name, (compiler, *SANITIZERS))}
    flags = [*WARNINGS, "-fsanitize=address", "-fno-sanitize-recover=all", "-O0", "-DMCU_TRACE"]
    flags += [] if push is None else [f"-DMCU_PUSH={push}"]
    for name in (*names, None):
        source, made = (root / name / "one.c", root / f"{name}.o") if name else (root / "all.c", root / "all.o")
        includes = [f"-I{source.parent / f}" for f in (".", "runtime", "runtime/kernels")]
        compiled([compiler, *flags, *includes, "-c", str(source), "-o", str(made)])
        objects.add(made)
    host = root / names[0] / "board_host.c"
    program = root / target
    compiled([compiler, *SANITIZERS, *map(str, sorted(objects)), str(host), "-o", str(program)])
    return program


def _run(program: Path, count: int) -> list[str]:
    """What each export printed; one that ends the program ends with what the sanitizer said."""
    texts: list[str] = []
    while len(texts) < count:
        command = [str(program), str(len(texts))]
        done = subprocess.run(command, capture_output=True, timeout=RUN_SECONDS)
        parts = re.split(r"^export \d+\n", done.stdout.decode(errors="replace"), flags=re.MULTILINE)[1:]
        if done.returncode:
            parts[-1] += done.stderr.decode(errors="replace")[:4000]
        assert parts, "no export has run"
        texts += parts
    return texts


def _difference(case: Case, text: str) -> str:
    rows = tuple(int(crc, 16) for crc in re.findall(r"^step \d+ ([0-9a-f]{8})$", text, re.MULTILINE))
    outputs = tuple(bytes.fromhex(o) for o in re.findall(r"^output \d+ ([0-9a-f]*)$", text, re.MULTILINE))
    wanted = tuple(case.vector.outputs[t].tobytes() for t in case.plan.graph.outputs)
    if rows == case.checksums and outputs == wanted and "result pass" in text:
        return ""
    pairs = zip(rows, case.checksums, strict=False)
    at = next((row for row, (ours, theirs) in enumerate(pairs) if ours != theirs), len(rows))
    return f"row {at} of {len(case.checksums)} differs: {text[-2000:]}"
