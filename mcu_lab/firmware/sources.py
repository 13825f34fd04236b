"""The generated files of an export, as text: templates with a plan's figures filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import isfinite

import numpy as np

from mcu_lab.firmware.c_text import C_TYPES, braced, comment, filled, floating, identifier, words
from mcu_lab.firmware.ends import Start, image, input_views, output_views, starts, stored
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.kernels import RUNTIME, runtime_files
from mcu_lab.firmware.layout import Bank, Role, banks, whole_run
from mcu_lab.firmware.stream import pushed_rows, room_texts, stream_texts
from mcu_lab.firmware.tables import Tables, tables
from mcu_lab.firmware.vector import TestVector
from mcu_lab.graph.ir import Tensor
from mcu_lab.plan.model import Copy, Plan, Step, View, Wait


def generated_files(plan: Plan, name: str, vector: TestVector) -> Mapping[str, bytes]:
    """Path inside the export -> content. ``name`` must be a C identifier (see :func:`c_text.identifier`)."""
    found = banks(plan)
    table = tables(plan, found)
    rows = pushed_rows(plan, found)
    own = ["mcu_lab.c", "mcu_unfold.c", "mcu_trace.c", *(["mcu_push.c"] if rows else [])]
    files = runtime_files((*table.sources, *(RUNTIME / file for file in own)))
    runtime = {f"runtime/{f.relative_to(RUNTIME).as_posix()}": f.read_bytes() for f in files}
    values = _values(plan, name, vector, found, table, tuple(runtime))
    texts = {
        f"{name}.h": "model.h", f"{name}.c": "model.c", f"{name}_weights.c": "weights.c", "main.c": "main.c",
        "board.h": "board.h", "board_host.c": "board_host.c", f"{name}_test_vector.h": "test_vector.h",
        f"{name}_test_vector.c": "test_vector.c", "Makefile": "Makefile", "CMakeLists.txt": "CMakeLists.txt",
        "README.md": "README.md",
    }  # fmt: skip
    filled_in = {path: fill(template, values).encode() for path, template in texts.items()}
    images = {
        f"{name}_{bank.c_name}.bin": image(plan, bank)
        for bank in found
        if bank.role is Role.PORT and any(plan.graph.tensors[v.tensor].is_const for v in _held(plan, bank))
    }
    return filled_in | runtime | images


def _values(
    plan: Plan, name: str, vector: TestVector, found: tuple[Bank, ...], table: Tables, runtime: tuple[str, ...]
) -> dict[str, str]:
    tensors = plan.graph.tensors
    inputs = [tensors[t] for t in plan.graph.inputs]
    outputs = [tensors[t] for t in plan.graph.outputs]
    sources = [f"{name}.c", f"{name}_weights.c", *(f for f in runtime if f.endswith(".c") and "mcu_trace" not in f)]
    sizes = {b.c_name: b.bytes for b in found}
    ports = [b.memory for b in found if b.role is Role.PORT]
    return {
        "name": name,
        "NAME": name.upper(),
        "title": comment(plan.graph.name or name),
        "arena_bytes": str(sizes["arena"]),
        "weights_bytes": str(sizes.get("weights", 0)),
        "table_bytes": str(table.bytes),
        "step_count": str(len(plan.steps)),
        "most_pending": str(_most_pending(plan)),
        "memory_count": str(len(found)),
        "tensor_macros": _tensor_macros(plan, name, inputs, outputs, found),
        "port_note": f"reads and writes {comment(', '.join(ports))}" if ports else "may be NULL",
        "declarations": table.declarations,
        "definitions": table.definitions,
        "output_sizes": ", ".join(str(t.bytes) for t in outputs) or "0",
        "largest_output": str(max((1, *(t.bytes for t in outputs)))),
        "model_sources": " ".join(sources),
        "cmake_sources": "\n".join(f"  {s}" for s in sources),
        "arena_start_bytes": str(sizes["arena"]),
        "tensor_table": _tensor_table(inputs, outputs),
        **room_texts(table.folded),
        **stream_texts(plan, name, found, table.folded),
        **_bank_texts(plan, name, found),
        **_vector_texts(plan, name, vector, found),
    }


def _most_pending(plan: Plan) -> int:
    """How many transfers are under way at once, at most."""
    moves = [1 if isinstance(s, Copy) else -1 for s in plan.steps if isinstance(s, Wait) or _starts(s)]
    return max(accumulate(moves), default=0) + 1  # one that blocks, beside those that do not


def _starts(step: Step) -> bool:
    return isinstance(step, Copy) and not step.blocking


def _bank_texts(plan: Plan, name: str, found: tuple[Bank, ...]) -> dict[str, str]:
    """What the templates say about each memory."""
    upper = name.upper()
    caller = [b for b in found if b.role is Role.CALLER]
    constant = [b for b in found if b.role is Role.CONSTANT and b.bytes]
    pointer = {
        Role.CALLER: lambda b: (f"context->{b.c_name}", f"context->{b.c_name}"),
        Role.CONSTANT: lambda b: (f"(const uint8_t *){name}_{b.c_name}" if b.bytes else "NULL", "NULL"),
        Role.PORT: lambda b: ("NULL", "NULL"),
    }
    memories = ""
    for b in found:
        read, write = pointer[b.role](b)
        memories += f"    memory[{b.index}].read = {read};\n    memory[{b.index}].write = {write};\n"
    held = starts(plan, found)
    constants = dict.fromkeys(s.view.tensor for s in held if s.value is None)
    bad = " ||\n        ".join(
        ["!context"] + [f"!context->{b.c_name} || (uintptr_t)context->{b.c_name} % {upper}_ALIGNMENT" for b in caller]
    )
    arrays = {b: f"{b.c_name}_array" for b in caller}
    return {
        "context_fields": "".join(f"    uint8_t *{b.c_name}; /* {b.bytes} bytes */\n" for b in caller),
        "memories": memories,
        "checks": f"    if ({bad}) {{\n        return MCU_E_ARGUMENT;\n    }}\n",
        **_start_texts(plan, name, held, found),
        "weights_declarations": "\n".join(
            [f"extern const uint32_t {name}_{b.c_name}[{-(-b.bytes // 4)}];" for b in constant]
            + [f"extern const uint32_t {name}_start_{t}[{-(-plan.graph.tensors[t].bytes // 4)}];" for t in constants]
        ),
        "weights": "\n\n".join(
            [_words(f"{name}_{b.c_name}", image(plan, b)) for b in constant]
            + [_words(f"{name}_start_{t}", stored(plan.graph.tensors[t]).tobytes()) for t in constants]
        ),
        "arrays": "\n".join(
            f"static uint8_t {array}[GUARD_BYTES + {max(b.bytes, 1)} + GUARD_BYTES] MCU_ALIGNED({upper}_ALIGNMENT);"
            for b, array in arrays.items()
        ),
        "context_setup": "".join(
            f"    memset({array}, GUARD, sizeof {array});\n"
            f"    memset({array} + GUARD_BYTES, POISON, {max(b.bytes, 1)});\n"
            f"    context.{b.c_name} = {array} + GUARD_BYTES;\n"
            for b, array in arrays.items()
        ),
        "guard_checks": "".join(
            f"    if (!intact({array}) || !intact({array} + GUARD_BYTES + {max(b.bytes, 1)})) {{\n"
            f'        return fail("error: wrote outside of memory ", {b.index});\n    }}\n'
            for b, array in arrays.items()
        ),
    }


def _held(plan: Plan, bank: Bank) -> tuple[View, ...]:
    return tuple(v for v in plan.at_start if plan.buffer[v.buffer].memory == bank.memory)


def _start_texts(plan: Plan, name: str, held: Sequence[Start], found: Sequence[Bank]) -> dict[str, str]:
    """Code that brings the caller's memories into the state before the first run: constants once, variables anew."""
    tensors = plan.graph.tensors
    scattered = [start for start in held if start.run is None]
    constants = [start for start in held if tensors[start.view.tensor].is_const]
    variables = [start for start in held if tensors[start.view.tensor].variable]
    states = [tensors[t] for t in plan.graph.states]
    texts = {"initial": _filling(plan, name, constants, scattered, found), "started": "MCU_OK"}
    if not states:
        return texts | dict.fromkeys(("reset_header", "reset_code", "reset_readme"), "")
    values = {
        "name": name,
        "NAME": name.upper(),
        "state_bytes": str(sum(t.bytes for t in states)),
        "states": "\n".join(f"| {comment(t.name)} | {t.dtype} | {'x'.join(map(str, t.shape))} |" for t in states),
        "reset": _filling(plan, name, variables, scattered, found),
    }
    parts = {"reset_header": "reset.h", "reset_code": "reset.c", "reset_readme": "reset.md"}
    filled_in = {part: fill(template, values) for part, template in parts.items()}
    return texts | {"started": f"{name}_reset(context)"} | filled_in


def _filling(plan: Plan, name: str, held: Sequence[Start], scattered: Sequence[Start], found: Sequence[Bank]) -> str:
    """Code that fills these places; of those ``scattered``, by their number among the tables' ``starts``."""
    c_name = {b.memory: b.c_name for b in found}
    code: list[str] = []
    calls: list[str] = []
    for start in held:
        tensor = plan.graph.tensors[start.view.tensor]
        if start.run:
            to = f"context->{c_name[plan.buffer[start.view.buffer].memory]} + {start.run.lo}"
            by = f"memcpy({to}, {name}_start_{tensor.id}" if start.value is None else f"memset({to}, {start.value}"
            code.append(f"{by}, {len(start.run)});")
            continue
        number, source = scattered.index(start), f"{name}_start_{tensor.id}"
        if start.value is not None:
            source = f"fresh_{number}"
            code.append(f"static const uint8_t {source}[] = {braced([str(start.value)] * tensor.element_bytes)};")
        calls.append(f"(void)mcu_scatter(memory, &starts[{number}], {source});")
    if calls:
        code += [f"mcu_memory_t memory[{name.upper()}_MEMORIES];", f"{name}_memories(context, memory);", *calls]
    return "".join(f"    {line}\n" for line in code)


def _words(name: str, data: bytes) -> str:
    return f"MCU_WEIGHTS_SECTION const uint32_t {name}[] MCU_ALIGNED(16) = {{\n{filled(words(data))}\n}};"


def _vector_texts(plan: Plan, name: str, vector: TestVector, found: tuple[Bank, ...]) -> dict[str, str]:
    arrays = []
    frames = (vector, *vector.later)

    def array(label: str, values: np.ndarray) -> str:
        data = np.ascontiguousarray(values).tobytes()
        arrays.append(f"static const uint32_t {label}[] = {{\n{filled(words(data) or ['0u'])}\n}};")
        return label

    def label(side: str, frame: int, i: int) -> str:
        return f"{side}_{i}" if len(frames) == 1 else f"frame_{frame}_{side}_{i}"

    inputs = [
        array(label("input", k, i), frame.inputs[t])
        for k, frame in enumerate(frames)
        for i, t in enumerate(plan.graph.inputs)
    ]
    outputs = [
        array(label("output", k, i), frame.outputs[t]) if t in frame.outputs else "NULL"
        for k, frame in enumerate(frames)
        for i, t in enumerate(plan.graph.outputs)
    ]
    test_banks = ["NULL"] * len(found)
    for bank in found:
        if bank.role is Role.PORT:
            data = filled(words(image(plan, bank)) or ["0u"])
            arrays.append(f"static uint32_t bank_{bank.index}[] = {{\n{data}\n}};")
            test_banks[bank.index] = f"bank_{bank.index}"
    return {
        "test_frames": str(len(frames)),
        "vector_arrays": "\n\n".join(arrays),
        "vector_inputs": ", ".join(inputs) or "NULL",
        "vector_outputs": ", ".join(outputs) or "NULL",
        "vector_banks": ", ".join(test_banks),
    }


def _tensor_macros(plan: Plan, name: str, inputs: list[Tensor], outputs: list[Tensor], found: tuple[Bank, ...]) -> str:
    memory = {b.memory: f"{name.upper()}_MEMORY_{b.c_name.upper()}" for b in found}
    lines = ["/* Numbers of the memories, as a port's callbacks get them. */"]
    lines += [f"#define {memory[b.memory]} {b.index}" for b in found] + [""]
    for side, tensors, views in (("INPUT", inputs, input_views(plan)), ("OUTPUT", outputs, output_views(plan))):
        lines.append(f"#define {name.upper()}_{side}S {len(tensors)}")
        for i, (tensor, parts) in enumerate(zip(tensors, views, strict=True)):
            prefix = f"{name.upper()}_{side}_{i}"
            lines += [f"/* {side.lower()} {i}: {comment(tensor.name)} */", *_tensor_lines(prefix, tensor)]
            held = {plan.buffer[view.buffer].memory for view in parts}
            if len(held) == 1:
                lines.append(f"#define {prefix}_MEMORY {memory[held.pop()]}")
            run = whole_run(plan, parts[0]) if len(parts) == 1 else None
            if run:
                lines.append(f"#define {prefix}_OFFSET {run.lo} /* dense: usable in place */")
        lines.append("")
    return "\n".join(lines)


def _tensor_lines(prefix: str, tensor: Tensor) -> list[str]:
    lines = [
        f"#define {prefix}_TYPE {C_TYPES[tensor.dtype]}",
        f"#define {prefix}_ELEMENTS {tensor.elements}",
        f"#define {prefix}_RANK {len(tensor.shape)}",
        f"#define {prefix}_SHAPE {{{', '.join(map(str, tensor.shape)) or '1'}}}",
    ]
    if tensor.quant and tensor.quant.axis is None and isfinite(tensor.quant.scale):
        lines += [
            f"#define {prefix}_SCALE {floating(tensor.quant.scale)}",
            f"#define {prefix}_ZERO_POINT ({tensor.quant.zero_point})",
        ]
    return lines


def _tensor_table(inputs: list[Tensor], outputs: list[Tensor]) -> str:
    rows = []
    for side, tensors in (("input", inputs), ("output", outputs)):
        for i, t in enumerate(tensors):
            scale = f"{t.quant.scale:.6g}, {t.quant.zero_point}" if t.quant and t.quant.axis is None else ""
            shape = "x".join(map(str, t.shape)) or "scalar"
            name = comment(t.name).replace("[", "(").replace("]", ")")
            rows.append(f"| {side} {i} | {name} | {t.dtype} | {shape} | {scale} |")
    return "\n".join(rows)


def export_name(plan: Plan, name: str | None) -> str:
    """The C name of an export: the given one, or the graph's, as an identifier that no runtime file has."""
    plain = identifier(name or plan.graph.name or "model")
    return f"model_{plain}" if any(RUNTIME.rglob(f"{plain}.*")) else plain
