"""The stored runs of a self-test as C text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_lab.firmware.c_text import filled, words
from mcu_lab.firmware.ends import image
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.home import Home
from mcu_lab.firmware.layout import Role
from mcu_lab.firmware.vector import TestVector
from mcu_lab.plan.model import Plan


@dataclass(frozen=True)
class VectorText:
    """Arrays with the bytes, the tables that name them, and the declarations of these."""

    arrays: str
    tables: str
    declarations: str


def vector_text(name: str, plan: Plan, vector: TestVector, of: str) -> VectorText:
    """The runs of the model called ``name``; ``of`` tells its arrays from those of others in the same file."""
    frames = (vector, *vector.later)
    arrays = []

    def array(side: str, frame: int, i: int, values: np.ndarray) -> str:
        label = (f"{side}_{i}" if len(frames) == 1 else f"frame_{frame}_{side}_{i}") + of
        arrays.append(_array(f"static const uint32_t {label}", np.ascontiguousarray(values).tobytes()))
        return label

    inputs = [
        array("input", k, i, frame.inputs[t]) for k, frame in enumerate(frames) for i, t in enumerate(plan.graph.inputs)
    ]
    outputs = [
        array("output", k, i, frame.outputs[t]) if t in frame.outputs else "NULL"
        for k, frame in enumerate(frames)
        for i, t in enumerate(plan.graph.outputs)
    ]
    tables = "".join(
        f"const void *const {name}_test_{side}[] = {{{', '.join(labels) or 'NULL'}}};\n"
        for side, labels in (("inputs", inputs), ("outputs", outputs))
    )
    values = {"name": name, "NAME": name.upper(), "test_frames": str(len(frames))}
    return VectorText("\n\n".join(arrays), tables, fill("vector_frames.h", values))


def bank_texts(home: Home) -> tuple[str, str]:
    """Arrays with what memories out of the core's reach hold, and the list of them."""
    test_banks = ["NULL"] * len(home.banks)
    arrays = []
    for bank in (b for b in home.banks if b.role is Role.PORT):
        test_banks[bank.index] = f"bank_{bank.index}"
        arrays.append(_array(f"static uint32_t bank_{bank.index}", image(home.plans, bank)))
    return "\n\n".join(arrays), ", ".join(test_banks)


def _array(declared: str, data: bytes) -> str:
    return f"{declared}[] = {{\n{filled(words(data) or ['0u'])}\n}};"
