"""The generated files of an export, as text: templates with a plan's figures filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mcu_lab.firmware.c_text import comment, identifier
from mcu_lab.firmware.ends import image
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.home import Home, home_texts
from mcu_lab.firmware.kernels import RUNTIME, runtime_files
from mcu_lab.firmware.layout import Role
from mcu_lab.firmware.model_text import model_texts, tensor_rows
from mcu_lab.firmware.stream import pushed_rows
from mcu_lab.firmware.tables import Tables, tables
from mcu_lab.firmware.vector import TestVector, Turns
from mcu_lab.firmware.vector_text import VectorText, bank_texts, vector_text
from mcu_lab.plan.bundle import Bundle
from mcu_lab.plan.lifetimes import arena_bytes
from mcu_lab.plan.model import Plan

#: Template of each file that every export has, and what it is called behind the prefix, or altogether.
_COMMON = {
    "weights.c": "{}_weights.c", "main.c": "main.c", "board.h": "board.h", "board_host.c": "board_host.c",
    "test_vector.h": "{}_test_vector.h", "test_vector.c": "{}_test_vector.c", "Makefile": "Makefile",
    "CMakeLists.txt": "CMakeLists.txt",
}  # fmt: skip


def generated_files(plan: Plan, name: str, vector: TestVector) -> Mapping[str, bytes]:
    """Path inside the export -> content. ``name`` must be a C identifier (see :func:`c_text.identifier`)."""
    home = Home(name, plan.graph.name or name, (name,), (plan,))
    table = tables(plan, home.banks)
    once = home_texts(home)
    values = once | model_texts(home, name, plan, table, once)
    values["memories_header"] = f"void {name}_memories(const {home.context} *context, mcu_memory_t *memory);\n"
    values["weights_declarations"] = once["weights_declarations"]
    runtime = _runtime(home, [table])
    said = vector_text(name, plan, vector, "")
    values |= _built(home, [f"{name}.c"], runtime) | _tested(home, [said])
    values["functions"] = fill("functions.h", values)
    values |= {"of": "", "turns": fill("frames.c", values)}
    values["turn_functions"] = fill("turn.c", values)
    own = {"model.h": f"{name}.h", "model.c": f"{name}.c", "README.md": "README.md"}
    return _filled(own, values) | _filled(_COMMON, values, name) | runtime | _images(home)


def generated_bundle_files(
    bundle: Bundle, name: str, models: tuple[str, ...], title: str, vector: Turns
) -> Mapping[str, bytes]:
    """The same for models that take turns; ``models`` are their C names."""
    home = Home(name, title, models, tuple(bundle.plans.values()))
    once = home_texts(home)
    files: dict[str, bytes] = {}
    of_models, made, said = [], [], []
    for number, (key, model, plan) in enumerate(zip(bundle.plans, home.models, home.plans, strict=True)):
        table = tables(plan, home.banks)
        values = model_texts(home, model, plan, table, once)
        values |= {"of": f"_{number}", "number": str(number), "memories_header": "", "memories_code": ""}
        values["weights_declarations"] = values["start_declarations"]
        values["functions"] = fill("functions.h", values)
        files |= _filled({"member.h": f"{model}.h", "model.c": f"{model}.c"}, values)
        of_models.append(values)
        made.append(table)
        said.append(vector_text(model, plan, vector.vectors[key], f"_of_{number}"))
    runtime = _runtime(home, made)
    numbers = [list(bundle.plans).index(turn) for turn in vector.turns]
    order = f"static const uint8_t turns[] = {{{', '.join(map(str, numbers))}}};"
    values = once | _built(home, [f"{name}.c", *(f"{model}.c" for model in home.models)], runtime)
    values |= _tested(home, said)
    values |= {
        "name": home.models[0],
        "member_includes": "".join(f'#include "{model}.h"\n' for model in home.models),
        "member_inits": "".join(f"    code = code < 0 ? code : {model}_init(context);\n" for model in home.models),
        "take_turns": "".join(fill("turn.c", v) + fill("take_turn.c", v) for v in of_models),
        "turn_names": ", ".join(f"take_turn{v['of']}" for v in of_models),
        "turns": fill("bundle_turns.c", {}),
        "turn_order": order,
        "room_bytes": str(max(int(v["room_bytes"]) for v in of_models)),
        "table_bytes": str(sum(table.bytes for table in made)),
        "member_table": "\n".join(_member_rows(home, made)),
        "tensor_table": "\n".join(
            f"| {model} {row}" for model, plan in zip(home.models, home.plans, strict=True) for row in tensor_rows(plan)
        ),
    }
    values["turn_functions"] = fill("turns.c", values)
    own = {"bundle.h": f"{name}.h", "bundle.c": f"{name}.c", "bundle.md": "README.md"}
    return files | _filled(own, values) | _filled(_COMMON, values, name) | runtime | _images(home)


def _member_rows(home: Home, made: Sequence[Tables]) -> list[str]:
    return [
        f"| {comment(plan.graph.name or model)} | `{model}.h` | {arena_bytes(plan)} | "
        f"{sum(b.bytes for b in plan.buffers if b.memory == plan.device.constants)} | {table.bytes} | "
        f"{sum(plan.graph.tensors[t].bytes for t in plan.graph.states)} |"
        for model, plan, table in zip(home.models, home.plans, made, strict=True)
    ]


def _filled(templates: Mapping[str, str], values: Mapping[str, str], name: str = "") -> dict[str, bytes]:
    return {path.format(name): fill(template, values).encode() for template, path in templates.items()}


def _runtime(home: Home, made: Iterable[Tables]) -> dict[str, bytes]:
    own = ["mcu_lab.c", "mcu_unfold.c", "mcu_trace.c"]
    own += ["mcu_push.c"] if any(pushed_rows(plan, home.banks) for plan in home.plans) else []
    sources = dict.fromkeys(file for table in made for file in table.sources)
    files = runtime_files((*sources, *(RUNTIME / file for file in own)))
    return {f"runtime/{f.relative_to(RUNTIME).as_posix()}": f.read_bytes() for f in files}


def _built(home: Home, own: Sequence[str], runtime: Iterable[str]) -> dict[str, str]:
    """What build files list."""
    sources = [*own, f"{home.name}_weights.c"]
    sources += [f for f in runtime if f.endswith(".c") and "mcu_trace" not in f]
    return {"model_sources": " ".join(sources), "cmake_sources": "\n".join(f"  {s}" for s in sources)}


def _tested(home: Home, said: Sequence[VectorText]) -> dict[str, str]:
    held, banks = bank_texts(home)
    return {
        "vector_arrays": "\n\n".join(filter(None, (*(text.arrays for text in said), held))),
        "vector_tables": "".join(text.tables for text in said),
        "vector_declarations": "".join(text.declarations for text in said),
        "vector_banks": banks,
    }


def _images(home: Home) -> dict[str, bytes]:
    """Memories that only the port reaches, and that hold something from the start."""
    return {
        f"{home.name}_{bank.c_name}.bin": image(home.plans, bank)
        for bank in home.banks
        if bank.role is Role.PORT
        and any(
            plan.graph.tensors[v.tensor].is_const
            for plan in home.plans
            for v in plan.at_start
            if plan.buffer[v.buffer].memory == bank.memory
        )
    }


def export_name(wanted: str | None) -> str:
    """The C name of an export as an identifier that no runtime file has."""
    plain = identifier(wanted or "model")
    return f"model_{plain}" if any(RUNTIME.rglob(f"{plain}.*")) else plain
