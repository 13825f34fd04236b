"""What an export has once, however many models are in it: memories, their contents, a context, and its C text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType

from mcu_lab.firmware.c_text import comment, filled, words
from mcu_lab.firmware.ends import image, starts, stored
from mcu_lab.firmware.fill import fill
from mcu_lab.firmware.layout import Bank, Role, banks
from mcu_lab.plan.model import Copy, Plan, Step, Wait


@dataclass(frozen=True)
class Home:
    """Whose arena, memories and constants models use: a model's own, or those of a bundle.

    name    prefix of C names, and of ``models`` beside their own: the C name of each plan.
    """

    name: str
    title: str
    models: tuple[str, ...]
    plans: tuple[Plan, ...]

    @cached_property
    def banks(self) -> tuple[Bank, ...]:
        return banks(*self.plans)

    @property
    def context(self) -> str:
        return f"{self.name}_context_t"

    def macro(self, bank: Bank) -> str:
        """The number of a memory, as a port's callbacks get it."""
        return f"{self.name.upper()}_MEMORY_{bank.c_name.upper()}"

    @cached_property
    def start_arrays(self) -> Mapping[str, bytes]:
        """What is copied to RAM before the first run: the name of its array, the first of those with equal bytes."""
        return MappingProxyType({name: data for data, name in self._by_bytes.items()})

    def start_array(self, model: str, tensor: int) -> str:
        """The array that a tensor of a model starts with."""
        return self._by_bytes[stored(self.plans[self.models.index(model)].graph.tensors[tensor]).tobytes()]

    @cached_property
    def _by_bytes(self) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        for model, plan in zip(self.models, self.plans, strict=True):
            for start in (s for s in starts(plan, self.banks) if s.value is None):
                tensor = plan.graph.tensors[start.view.tensor]
                found.setdefault(stored(tensor).tobytes(), f"{model}_start_{tensor.id}")
        return found


def home_texts(home: Home) -> dict[str, str]:
    """What templates say of an export as a whole."""
    sizes = {b.c_name: b.bytes for b in home.banks}
    ports = [b.memory for b in home.banks if b.role is Role.PORT]
    constant = [b for b in home.banks if b.role is Role.CONSTANT and b.bytes]
    bank_declarations = [f"extern const uint32_t {home.name}_{b.c_name}[{-(-b.bytes // 4)}];" for b in constant]
    outputs = (plan.graph.tensors[t].bytes for plan in home.plans for t in plan.graph.outputs)
    values = {
        "home": home.name,
        "HOME": home.name.upper(),
        "context": home.context,
        "title": comment(home.title),
        "arena_bytes": str(sizes["arena"]),
        "arena_start_bytes": str(sizes["arena"]),
        "weights_bytes": str(sizes.get("weights", 0)),
        "memory_count": str(len(home.banks)),
        "memory_macros": "".join(f"#define {home.macro(b)} {b.index}\n" for b in home.banks),
        "whose": "the model is" if len(home.plans) == 1 else "any of the models is",
        "port_note": f"reads and writes {comment(', '.join(ports))}" if ports else "may be NULL",
        "bank_declarations": "\n".join(bank_declarations),
        "weights_declarations": "\n".join(
            [*bank_declarations, *(_extern(name, data) for name, data in home.start_arrays.items())]
        ),
        "weights": "\n\n".join(
            [_words(f"{home.name}_{b.c_name}", image(home.plans, b)) for b in constant]
            + [_words(name, data) for name, data in home.start_arrays.items()]
        ),
        "most_pending": str(max(map(_most_pending, home.plans))),
        "largest_output": str(max((1, *outputs))),
        **_memory_texts(home),
    }
    return values | {part: fill(file, values) for part, file in _PARTS.items()}


_PARTS = {"context_part": "context.h", "memories_code": "memories.c"}


def start_declarations(home: Home, model: str, tensors: Iterator[int]) -> list[str]:
    names = dict.fromkeys(home.start_array(model, t) for t in tensors)
    return [_extern(name, home.start_arrays[name]) for name in names]


def _extern(name: str, data: bytes) -> str:
    return f"extern const uint32_t {name}[{-(-len(data) // 4)}];"


def _words(name: str, data: bytes) -> str:
    return f"MCU_WEIGHTS_SECTION const uint32_t {name}[] MCU_ALIGNED(16) = {{\n{filled(words(data))}\n}};"


def _memory_texts(home: Home) -> dict[str, str]:
    upper = home.name.upper()
    caller = [b for b in home.banks if b.role is Role.CALLER]
    pointer = {
        Role.CALLER: lambda b: (f"context->{b.c_name}", f"context->{b.c_name}"),
        Role.CONSTANT: lambda b: (f"(const uint8_t *){home.name}_{b.c_name}" if b.bytes else "NULL", "NULL"),
        Role.PORT: lambda b: ("NULL", "NULL"),
    }
    memories = ""
    for b in home.banks:
        read, write = pointer[b.role](b)
        memories += f"    memory[{b.index}].read = {read};\n    memory[{b.index}].write = {write};\n"
    bad = " ||\n        ".join(
        ["!context"] + [f"!context->{b.c_name} || (uintptr_t)context->{b.c_name} % {upper}_ALIGNMENT" for b in caller]
    )
    arrays = {b: f"{b.c_name}_array" for b in caller}
    return {
        "context_fields": "".join(f"    uint8_t *{b.c_name}; /* {b.bytes} bytes */\n" for b in caller),
        "memories": memories,
        "checks": f"    if ({bad}) {{\n        return MCU_E_ARGUMENT;\n    }}\n",
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


def _most_pending(plan: Plan) -> int:
    """How many transfers are under way at once, at most."""
    moves = [1 if isinstance(s, Copy) else -1 for s in plan.steps if isinstance(s, Wait) or _starts(s)]
    return max(accumulate(moves), default=0) + 1  # one that blocks, beside those that do not


def _starts(step: Step) -> bool:
    return isinstance(step, Copy) and not step.blocking
