"""What an export says of each of its models: figures, tensors, what it starts with."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from mcu_lab.firmware.c_text import C_TYPES, braced, comment, floating
from mcu_lab.firmware.ends import Start, input_views, output_views, starts
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.home import Home, start_declarations
from mcu_lab.firmware.layout import whole_run
from mcu_lab.firmware.stream import room_texts, stream_texts
from mcu_lab.firmware.tables import Tables
from mcu_lab.graph.ir import Tensor
from mcu_lab.plan.model import Plan


def model_texts(home: Home, name: str, plan: Plan, table: Tables, texts: dict[str, str]) -> dict[str, str]:
    """What templates say of one model of an export, beside the ``texts`` that are there once."""
    tensors = plan.graph.tensors
    inputs = [tensors[t] for t in plan.graph.inputs]
    outputs = [tensors[t] for t in plan.graph.outputs]
    values = {
        **texts,
        "name": name,
        "NAME": name.upper(),
        "title": comment(plan.graph.name or name),
        "table_bytes": str(table.bytes),
        "step_count": str(len(plan.steps)),
        "tensor_macros": _tensor_macros(home, plan, name, inputs, outputs),
        "declarations": table.declarations,
        "definitions": table.definitions,
        "output_sizes": ", ".join(str(t.bytes) for t in outputs) or "0",
        "tensor_table": "\n".join(tensor_rows(plan)),
        **room_texts(table.folded),
        **stream_texts(plan, name, home.context, home.banks, table.folded),
    }
    return values | _start_texts(home, plan, name, starts(plan, home.banks))


def _start_texts(home: Home, plan: Plan, name: str, held: Sequence[Start]) -> dict[str, str]:
    """Code that brings the caller's memories into the state before the first run: constants once, variables anew."""
    tensors = plan.graph.tensors
    constants = [start for start in held if tensors[start.view.tensor].is_const]
    variables = [start for start in held if tensors[start.view.tensor].variable]
    states = [tensors[t] for t in plan.graph.states]
    copied = (start.view.tensor for start in held if start.value is None)
    texts = {
        "initial": _filling(home, plan, name, constants, held),
        "started": "MCU_OK",
        "start_declarations": "\n".join(start_declarations(home, name, copied)),
    }
    if not states:
        return texts | dict.fromkeys(("reset_header", "reset_code", "reset_readme"), "")
    values = {
        "name": name,
        "NAME": name.upper(),
        "context": home.context,
        "state_bytes": str(sum(t.bytes for t in states)),
        "states": "\n".join(f"| {comment(t.name)} | {t.dtype} | {'x'.join(map(str, t.shape))} |" for t in states),
        "reset": _filling(home, plan, name, variables, held),
    }
    parts = {"reset_header": "reset.h", "reset_code": "reset.c", "reset_readme": "reset.md"}
    filled_in = {part: fill(template, values) for part, template in parts.items()}
    return texts | {"started": f"{name}_reset(context)"} | filled_in


def _filling(home: Home, plan: Plan, name: str, some: Sequence[Start], held: Sequence[Start]) -> str:
    """Code that fills ``some`` of the places: at once, or by their number among the tables' ``starts``."""
    c_name = {b.memory: b.c_name for b in home.banks}
    scattered = [start for start in held if start.run is None]
    code: list[str] = []
    calls: list[str] = []
    for start in some:
        tensor = plan.graph.tensors[start.view.tensor]
        source = home.start_array(name, tensor.id) if start.value is None else f"fresh_{len(calls)}"
        if start.run:
            to = f"context->{c_name[plan.buffer[start.view.buffer].memory]} + {start.run.lo}"
            by = f"memcpy({to}, {source}" if start.value is None else f"memset({to}, {start.value}"
            code.append(f"{by}, {len(start.run)});")
            continue
        if start.value is not None:
            code.append(f"static const uint8_t {source}[] = {braced([str(start.value)] * tensor.element_bytes)};")
        calls.append(f"(void)mcu_scatter(memory, &starts[{scattered.index(start)}], {source});")
    if calls:
        memory = f"mcu_memory_t memory[{home.name.upper()}_MEMORIES];"
        code += [memory, f"{home.name}_memories(context, memory);", *calls]
    return "".join(f"    {line}\n" for line in code)


def _tensor_macros(home: Home, plan: Plan, name: str, inputs: list[Tensor], outputs: list[Tensor]) -> str:
    memory = {b.memory: home.macro(b) for b in home.banks}
    lines = []
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


def tensor_rows(plan: Plan) -> list[str]:
    """Inputs and outputs, for a table."""
    rows = []
    for side, ids in (("input", plan.graph.inputs), ("output", plan.graph.outputs)):
        for i, t in enumerate(plan.graph.tensors[t] for t in ids):
            scale = f"{t.quant.scale:.6g}, {t.quant.zero_point}" if t.quant and t.quant.axis is None else ""
            shape = "x".join(map(str, t.shape)) or "scalar"
            name = comment(t.name).replace("[", "(").replace("]", ")")
            rows.append(f"| {side} {i} | {name} | {t.dtype} | {shape} | {scale} |")
    return rows
