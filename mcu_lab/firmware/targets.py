"""Machines that the self-test runs on: this one, and Cortex-M cores under QEMU."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_lab.errors import InputError, ToolMissing

MEBI = 1 << 20
_FLOAT_M4 = ("-mfloat-abi=hard", "-mfpu=fpv4-sp-d16")


@dataclass(frozen=True)
class Board:
    """An emulated board: QEMU's machine name, the compiler's flags, one bank of code and one of data (in bytes).

    ``mpu_v7``: start-up protects both banks, which must then be of the same size, a power of two.
    """

    machine: str
    flags: tuple[str, ...]
    flash: tuple[int, int]
    ram: tuple[int, int]
    mpu_v7: bool


#: Banks from QEMU 7.2's machine descriptions (hw/arm/mps2.c, mps2-tz.c); secure addresses where there are two.
BOARDS: Mapping[str, Board] = MappingProxyType(
    {
        "cortex-m3": Board("mps2-an385", ("-mcpu=cortex-m3",), (0, 4 * MEBI), (0x20000000, 4 * MEBI), True),
        "cortex-m4": Board("mps2-an386", ("-mcpu=cortex-m4", *_FLOAT_M4), (0, 4 * MEBI), (0x20000000, 4 * MEBI), True),
        "cortex-m7": Board(
            "mps2-an500",
            ("-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16"),
            (0, 4 * MEBI),
            (0x20000000, 4 * MEBI),
            True,
        ),
        "cortex-m33": Board(
            "mps2-an521",
            ("-mcpu=cortex-m33+nodsp+nofp",),  # the AN521's first core has neither
            (0x10000000, 4 * MEBI),
            (0x38000000, 2 * MEBI),
            False,
        ),
        "cortex-m55": Board(
            "mps3-an547",
            ("-mcpu=cortex-m55", "-mfloat-abi=hard"),
            (0x10000000, MEBI // 2),
            (0x30000000, MEBI // 2),
            False,
        ),
    }
)

NATIVE = "native"
#: This machine, by compiler.
NATIVES: Mapping[str, str] = MappingProxyType({NATIVE: "gcc", "native-clang": "clang"})

_PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi and libnewlib-arm-none-eabi",
    "arm-none-eabi-size": "binutils-arm-none-eabi",
    "qemu-system-arm": "qemu-system-arm",
    "gcc": "gcc",
    "clang": "clang and libclang-rt-dev",
}


def board(target: str) -> Board:
    """The emulated board of that name; InputError names those that there are."""
    if target not in BOARDS:
        raise InputError(f"is unknown; there are {', '.join((*NATIVES, *BOARDS))}.", where=f"target {target!r}")
    return BOARDS[target]


def tool(name: str) -> str:
    """The program's path. Raises ToolMissing with the package that has it."""
    path = shutil.which(name)
    if path is None:
        raise ToolMissing("is not installed.", where=name, hint=f"On Debian: apt install {_PACKAGES[name]}.")
    return path
