"""The generated files of an export, as text: templates with a plan's figures filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mcu_lab.firmware.c_text import C_TYPES, comment, filled, floating, identifier, words
from mcu_lab.firmware.encode import Folded
from mcu_lab.firmware.kernels import RUNTIME, runtime_files
from mcu_lab.firmware.layout import Bank, Role, banks, bytes_of
from mcu_lab.firmware.stream import pushed_rows
from mcu_lab.firmware.tables import Tables, tables
from mcu_lab.firmware.vector import TestVector
from mcu_lab.graph.ir import Tensor
from mcu_lab.plan.address import is_dense
from mcu_lab.plan.model import Plan, View

TEMPLATES = Path(__file__).parent / "templates"
_PLACE = re.compile(r"@([A-Za-z_]+)@")


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
    filled_in = {path: _fill(template, values).encode() for path, template in texts.items()}
    images = {
        f"{name}_{bank.c_name}.bin": _image(plan, bank)
        for bank in found
        if bank.role is Role.PORT and any(plan.graph.tensors[v.tensor].is_const for v in _held(plan, bank))
    }
    return filled_in | runtime | images


def _fill(template: str, values: Mapping[str, str]) -> str:
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return _PLACE.sub(lambda match: values[match[1]], text)


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
        "weights_bytes": str(sizes["weights"]),
        "table_bytes": str(table.bytes),
        "step_count": str(len(plan.steps)),
        "memory_count": str(len(found)),
        "tensor_macros": _tensor_macros(plan, name, inputs, outputs, found),
        "port_note": f"reads and writes {comment(', '.join(ports))}" if ports else "may be NULL",
        "declarations": table.declarations,
        "definitions": table.definitions,
        "input_views": ", ".join(table.inputs),
        "output_views": ", ".join(table.outputs),
        "input_element_bytes": ", ".join(str(t.element_bytes) for t in inputs),
        "output_element_bytes": ", ".join(str(t.element_bytes) for t in outputs),
        "output_sizes": ", ".join(str(t.bytes) for t in outputs),
        "largest_output": str(max((1, *(t.bytes for t in outputs)))),
        "model_sources": " ".join(sources),
        "cmake_sources": "\n".join(f"  {s}" for s in sources),
        "arena_start_bytes": str(sizes["arena"]),
        "tensor_table": _tensor_table(inputs, outputs),
        **_room_texts(table.folded),
        **_stream_texts(plan, name, found, table.folded),
        **_bank_texts(plan, name, found),
        **_vector_texts(plan, name, vector, found),
    }


def _room_texts(folded: Folded) -> dict[str, str]:
    """How long the arrays are into which a row is unfolded, and how many bytes they take on a 32-bit core."""
    frames, counters = folded.depth, max(folded.counters, 1)
    slots, outs, views, axes = (max(n, 1) for n in (folded.slots, folded.outs, folded.views, folded.axes))
    return {
        "frames": str(frames),
        "counters": str(counters),
        "room_slots": str(slots),
        "room_outs": str(outs),
        "room_views": str(views),
        "room_axes": str(axes),
        "room_bytes": str(4 * frames + 2 * counters + 8 * slots + 4 * outs + 20 * views + 12 * axes),
        "stream_bytes": str(16 + 4 * frames + -(-2 * counters // 4) * 4),
    }


def _stream_texts(plan: Plan, name: str, found: tuple[Bank, ...], folded: Folded) -> dict[str, str]:
    """The functions that take an input in rows, where the plan can; nothing otherwise."""
    parts = ("stream_include", "stream_header", "stream_code", "stream_readme")
    rows = pushed_rows(plan, found)
    if rows is None:
        return dict.fromkeys(parts, "") | {"row_type": "int8_t"}
    values = _room_texts(folded) | {
        "name": name,
        "NAME": name.upper(),
        "rows": str(rows.count),
        "row_elements": str(rows.elements),
        "row_type": C_TYPES[plan.graph.tensors[rows.tensor].dtype],
        "row_bytes": str(rows.bytes),
        "row_start": str(rows.start),
        "row_memory": str(rows.memory),
    }
    texts = ('#include "mcu_push.h"\n', *(_fill(f"stream.{end}", values) for end in ("h", "c", "md")))
    return dict(zip(parts, texts, strict=True)) | {"row_type": values["row_type"]}


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
    starts = {b.c_name: _initial(plan, name, b) for b in caller}
    bad = " ||\n        ".join(
        ["!context"] + [f"!context->{b.c_name} || (uintptr_t)context->{b.c_name} % {upper}_ALIGNMENT" for b in caller]
    )
    arrays = {b: f"{b.c_name}_array" for b in caller}
    return {
        "context_fields": "".join(f"    uint8_t *{b.c_name}; /* {b.bytes} bytes */\n" for b in caller),
        "memories": memories,
        "checks": f"    if ({bad}) {{\n        return MCU_E_ARGUMENT;\n    }}\n",
        "initial": "".join(code for _, code in starts.values()),
        "weights_declarations": "\n".join(
            [f"extern const uint32_t {name}_{b.c_name}[{-(-b.bytes // 4)}];" for b in constant]
            + [d for declared, _ in starts.values() for d in declared]
        ),
        "weights": "\n\n".join(
            [_words(f"{name}_{b.c_name}", _image(plan, b)) for b in constant]
            + [_words(f"{name}_start_{v.tensor}", _data(plan, v)) for b in caller for v in _constants(plan, b)]
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


def _constants(plan: Plan, bank: Bank) -> tuple[View, ...]:
    return tuple(v for v in _held(plan, bank) if plan.graph.tensors[v.tensor].is_const)


def _initial(plan: Plan, name: str, bank: Bank) -> tuple[list[str], str]:
    """Declarations and code that bring a caller's memory into the state before the first run."""
    code = ""
    declared = []
    for view in _held(plan, bank):
        tensor = plan.graph.tensors[view.tensor]
        place = bytes_of(plan, view) if tensor.variable or tensor.is_const else None
        if place is None:
            continue
        to = f"context->{bank.c_name} + {place.lo}"
        if tensor.is_const:
            declared.append(f"extern const uint32_t {name}_start_{tensor.id}[{-(-len(place) // 4)}];")
            code += f"    memcpy({to}, {name}_start_{tensor.id}, {len(place)});\n"
        else:
            code += f"    memset({to}, 0, {len(place)});\n"
    return declared, code


def _data(plan: Plan, view: View) -> bytes:
    data = plan.graph.tensors[view.tensor].data
    assert data is not None
    return data


def _image(plan: Plan, bank: Bank) -> bytes:
    """The constants of a memory at their offsets, gaps zero."""
    image = bytearray(bank.bytes)
    for view in _constants(plan, bank):
        place = bytes_of(plan, view)
        image[place.lo : place.hi] = _data(plan, view)
    return bytes(image)


def _words(name: str, data: bytes) -> str:
    return f"MCU_WEIGHTS_SECTION const uint32_t {name}[] MCU_ALIGNED(16) = {{\n{filled(words(data))}\n}};"


def _vector_texts(plan: Plan, name: str, vector: TestVector, found: tuple[Bank, ...]) -> dict[str, str]:
    arrays = []

    def stored(label: str, values: np.ndarray) -> str:
        data = np.ascontiguousarray(values).tobytes()
        arrays.append(f"static const uint32_t {label}[] = {{\n{filled(words(data) or ['0u'])}\n}};")
        return label

    inputs = [stored(f"input_{i}", vector.inputs[t]) for i, t in enumerate(plan.graph.inputs)]
    outputs = [
        stored(f"output_{i}", vector.outputs[t]) if t in vector.outputs else "NULL"
        for i, t in enumerate(plan.graph.outputs)
    ]
    test_banks = ["NULL"] * len(found)
    for bank in found:
        if bank.role is Role.PORT:
            data = filled(words(_image(plan, bank)) or ["0u"])
            arrays.append(f"static uint32_t bank_{bank.index}[] = {{\n{data}\n}};")
            test_banks[bank.index] = f"bank_{bank.index}"
    return {
        "vector_arrays": "\n\n".join(arrays),
        "vector_inputs": ", ".join(inputs),
        "vector_outputs": ", ".join(outputs),
        "vector_banks": ", ".join(test_banks),
    }


def _tensor_macros(plan: Plan, name: str, inputs: list[Tensor], outputs: list[Tensor], found: tuple[Bank, ...]) -> str:
    memory = {b.memory: f"{name.upper()}_MEMORY_{b.c_name.upper()}" for b in found}
    lines = ["/* Numbers of the memories, as a port's callbacks get them. */"]
    lines += [f"#define {memory[b.memory]} {b.index}" for b in found] + [""]
    start = {v.tensor: v for v in plan.at_start}
    end = {v.tensor: v for v in plan.at_end}
    for side, tensors, views in (("INPUT", inputs, start), ("OUTPUT", outputs, end)):
        lines.append(f"#define {name.upper()}_{side}S {len(tensors)}")
        for i, tensor in enumerate(tensors):
            prefix = f"{name.upper()}_{side}_{i}"
            lines += [f"/* {side.lower()} {i}: {comment(tensor.name)} */", *_tensor_lines(prefix, tensor)]
            view = views[tensor.id]
            lines.append(f"#define {prefix}_MEMORY {memory[plan.buffer[view.buffer].memory]}")
            if is_dense(view):
                lines.append(f"#define {prefix}_OFFSET {bytes_of(plan, view).lo} /* dense: usable in place */")
        lines.append("")
    return "\n".join(lines)


def _tensor_lines(prefix: str, tensor: Tensor) -> list[str]:
    lines = [
        f"#define {prefix}_TYPE {C_TYPES[tensor.dtype]}",
        f"#define {prefix}_ELEMENTS {tensor.elements}",
        f"#define {prefix}_RANK {len(tensor.shape)}",
        f"#define {prefix}_SHAPE {{{', '.join(map(str, tensor.shape)) or '1'}}}",
    ]
    if tensor.quant and tensor.quant.axis is None:
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
