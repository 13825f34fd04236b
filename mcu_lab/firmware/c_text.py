"""Text that is safe and legal in C: identifiers, comments, literals, arrays. Knows nothing of plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from mcu_lab.firmware.c_names import RESERVED

_LONGEST_NAME = 40
_LINE = 116

#: numpy dtype -> C type of a table's element.
C_TYPES: Mapping[str, str] = {
    "int8": "int8_t", "uint8": "uint8_t", "bool": "uint8_t", "int16": "int16_t", "uint16": "uint16_t",
    "int32": "int32_t", "uint32": "uint32_t", "int64": "int64_t", "uint64": "uint64_t", "float32": "float",
    "float64": "double",
}  # fmt: skip


def identifier(name: str) -> str:
    """A lower-case C identifier and file name made from any text: letters, digits and single underscores."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_LONGEST_NAME].strip("_")
    taken = not plain or plain[0].isdigit() or plain in RESERVED or re.match(r"mcu(_|$)|board(_|$)", plain)
    return f"model_{plain}".rstrip("_") if taken else plain


def comment(text: str, longest: int = 60) -> str:
    """Text that cannot end a comment, continue a line, or hide anything: printable ASCII without * ? \\ ` < > |."""
    plain = re.sub(r"[^A-Za-z0-9 _.:;,/()\[\]+=-]", "_", text)
    return plain if len(plain) <= longest else plain[: longest - 3] + "..."


def integer(value: int, dtype: str = "int32") -> str:
    """An integer constant of that type, without relying on overflow for the lowest ones."""
    suffix = "" if np.dtype(dtype).itemsize < 8 and dtype != "uint32" else ("u" if dtype == "uint32" else "LL")
    suffix = "uLL" if dtype == "uint64" else suffix
    if value in (-(2**31), -(2**63)) and np.iinfo(dtype).min == value:
        return f"(-{-value - 1}{suffix} - 1)"
    return f"{value}{suffix}"


def floating(value: float) -> str:
    """A float constant that reads back as the same float32."""
    single = np.float32(value)
    if np.isnan(single):
        raise ValueError("a table cannot hold a NaN")
    if np.isinf(single):
        return "MCU_INFINITY" if single > 0 else "-MCU_INFINITY"
    text = repr(float(single))
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def literals(values: np.ndarray) -> list[str]:
    """One constant for each element, in row-major order."""
    flat = values.reshape(-1)
    if flat.dtype.kind == "f":
        return [floating(float(v)) for v in flat]
    dtype = "uint8" if flat.dtype == np.bool_ else flat.dtype.name
    return [integer(int(v), dtype) for v in flat]


def words(data: bytes) -> list[str]:
    """Bytes as little-endian 32-bit constants, padded with zeros: compiles many times faster than single bytes."""
    padded = data + bytes(-len(data) % 4)
    return [f"0x{word:08x}u" for word in np.frombuffer(padded, dtype="<u4").tolist()]


def filled(items: Iterable[str], indent: str = "    ") -> str:
    """Items with commas, as many in a line as fit."""
    lines: list[str] = []
    line = indent
    for item in items:
        if len(line) + len(item) + 2 > _LINE and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    return "\n".join([*lines, line.rstrip().rstrip(",")])


def braced(items: Iterable[str]) -> str:
    """Items as an initialiser: on one line where they fit, else indented below."""
    listed = list(items)
    line = "{" + ", ".join(listed) + "}"
    return line if len(line) <= _LINE // 2 else "{\n" + filled(listed) + "}"
