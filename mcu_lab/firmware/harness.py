"""Build an export, run it here or on an emulated Cortex-M, and compare it with the executor's trace, row by row.

The trace is a value: this module runs C, not plans.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Literal

from mcu_lab.errors import McuLabError
from mcu_lab.firmware.export import export
from mcu_lab.firmware.targets import BOARDS, NATIVE, NATIVES, Board, board, tool
from mcu_lab.firmware.vector import TestVector
from mcu_lab.plan.model import Plan

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g", "-O1")
BOARD_FILES = Path(__file__).parent / "boards" / "cortex_m"
COUNTER = Path(__file__).parent / "boards" / "qemu" / "count.c"
STACK_BYTES = 16384
BUILD_SECONDS = 300
RUN_SECONDS = 300


class BuildError(McuLabError):
    """The C compiler refused exported sources: a bug of the exporter or a kernel."""


@dataclass(frozen=True)
class Image:
    """A built self-test. Sizes of code with constants, initialised and zeroed data; None natively."""

    path: Path
    target: str
    text_bytes: int | None = None
    data_bytes: int | None = None
    bss_bytes: int | None = None


@dataclass(frozen=True)
class RunReport:
    """What a self-test said. ``checksums`` are by row and ``outputs`` the raw bytes, both only from a traced build."""

    passed: bool
    exit_code: int
    checksums: tuple[int, ...]
    outputs: tuple[bytes, ...]
    stack_bytes: int | None
    text: str


@dataclass(frozen=True)
class LockstepResult:
    """``differs`` is the first row whose checksum is not the executor's (None: all rows equal)."""

    same: bool
    differs: int | None
    report: RunReport
    image: Image


def build(
    folder: Path,
    name: str,
    target: str = NATIVE,
    *,
    mode: Literal["plain", "trace", "count"] = "plain",
    push: int | None = None,
) -> Image:
    """Compile an export's self-test into its folder, warnings being errors; natively with sanitizers.

    ``push``: the self-test pushes a streamed input so many rows at a time, where the export can take it so.

    Objects of runtime files are the same for many exports: they are kept while this process lives, or in the folder
    that MCU_LAB_OBJECTS names, which processes can share.

    Raises BuildError with the compiler's words, ToolMissing without a compiler, InputError for an unknown target.
    """
    native = target in NATIVES
    sources = list(folder.glob("*.c"))
    if not native:
        sources = [s for s in sources if s.name != "board_host.c"] + [BOARD_FILES / "startup.c"]
    compiler = tool(NATIVES.get(target, "arm-none-eabi-gcc"))
    flags = SANITIZERS if native else _board_flags(board(target))
    includes = [f"-I{folder}", f"-I{folder}/runtime", f"-I{folder}/runtime/kernels"]
    modes = [] if mode == "plain" else [f"-DMCU_{mode.upper()}"]
    modes += [] if push is None else [f"-DMCU_PUSH={push}"]
    path = folder / f"{name}_{target}_{mode}{'' if push is None else push}"
    with tempfile.TemporaryDirectory(prefix="mcu_lab-objects-") as temporary:
        objects = list(map(str, runtime_objects(folder, (compiler, *flags))))
        for source in sorted(sources):
            objects.append(str(Path(temporary) / f"{source.stem}.o"))
            compiled([compiler, *WARNINGS, *flags, *includes, *modes, "-c", str(source), "-o", objects[-1]])
        compiled([compiler, *flags, *objects, *(() if native else _link_flags(board(target))), "-o", str(path)])
    if native:
        return Image(path, target)
    sizes = subprocess.run([tool("arm-none-eabi-size"), str(path)], capture_output=True, text=True, check=True).stdout
    text, data, bss = (int(n) for n in sizes.splitlines()[1].split()[:3])
    return Image(path, target, text, data, bss)


def runtime_objects(folder: Path, command: tuple[str, ...]) -> tuple[Path, ...]:
    """Objects of the runtime files of an export, compiled by ``command`` unless that has been done before."""
    sources = (*folder.glob("runtime/*.c"), *folder.glob("runtime/kernels/*.c"))
    kept = {source: _kept_object(source, (*command, *WARNINGS)) for source in sources}
    # In an order of its own, so that processes that share a folder and begin together hardly do the same work.
    for source in Random(os.getpid()).sample(sources, len(sources)):
        try:
            os.utime(kept[source])  # what is used goes last where a folder is bounded
        except FileNotFoundError:
            includes = [f"-I{folder}/runtime", f"-I{folder}/runtime/kernels"]
            with tempfile.TemporaryDirectory(prefix="making-", dir=kept[source].parent) as making:
                made = Path(making) / kept[source].name
                compiled([*command, *WARNINGS, *includes, "-c", str(source), "-o", str(made)])
                made.replace(kept[source])
    return tuple(kept[source] for source in sorted(sources))


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="mcu_lab-runtime-")


def _object_folder() -> Path:
    folder = Path(os.environ.get("MCU_LAB_OBJECTS") or _own_folder().name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def _version(compiler: str) -> bytes:
    return subprocess.run([compiler, "--version"], capture_output=True, check=True).stdout


def _kept_object(source: Path, command: tuple[str, ...]) -> Path:
    """Where the object of a runtime file goes that is compiled just so, by this compiler, with these headers."""
    digest = sha256("\0".join(command).encode() + _version(command[0]))
    for file in (source, *_headers(source)):
        digest.update(f"\0{file.name}\0".encode() + file.read_bytes())
    return _object_folder() / f"{source.stem}-{digest.hexdigest()[:24]}.o"


def _headers(source: Path) -> list[Path]:
    """The runtime's headers that a runtime file includes, directly or not."""
    runtime = source.parent if source.parent.name == "runtime" else source.parent.parent
    found: dict[Path, None] = {}
    agenda = [source]
    while agenda:
        for name in re.findall(r'^#include "(.+)"', agenda.pop().read_text(encoding="utf-8"), re.MULTILINE):
            for header in (runtime / name, runtime / "kernels" / name):
                if header.exists() and header not in found:
                    found[header] = None
                    agenda.append(header)
    return list(found)


def _board_flags(b: Board) -> tuple[str, ...]:
    mpu = (
        "-DBOARD_MPU_V7", f"-DBOARD_FLASH_ORIGIN={b.flash[0]}u", f"-DBOARD_RAM_ORIGIN={b.ram[0]}u",
        f"-DBOARD_BANK_LOG2={b.flash[1].bit_length() - 1}u",
    )  # fmt: skip
    return (*b.flags, "-mthumb", "-O2", "-ffunction-sections", "-fdata-sections", *(mpu if b.mpu_v7 else ()))


def _link_flags(b: Board) -> tuple[str, ...]:
    symbols = {
        "__flash_origin": b.flash[0], "__flash_length": b.flash[1], "__ram_origin": b.ram[0],
        "__ram_length": b.ram[1], "__stack_bytes": STACK_BYTES,
    }  # fmt: skip
    defined = (f"-Wl,--defsym={k}={v}" for k, v in symbols.items())
    return ("-nostartfiles", "-Wl,--gc-sections", f"-Wl,-T,{BOARD_FILES / 'link.ld'}", *defined)


def compiled(command: Sequence[str]) -> None:
    """Runs a compiler. Raises BuildError with its words."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS)
    if done.returncode:
        raise BuildError(f"does not compile:\n{done.stderr[-4000:]}", where=Path(command[0]).name)


def run_image(image: Image) -> RunReport:
    """Run a built self-test and read what it prints."""
    command = [str(image.path)] if image.target in NATIVES else _qemu(image.path, BOARDS[image.target])
    done = subprocess.run(command, capture_output=True, timeout=RUN_SECONDS)
    # Semihosting text arrives on stderr under QEMU, a sanitizer's report does natively.
    text = (done.stdout + done.stderr).decode(errors="replace")
    steps = re.findall(r"^step (\d+) ([0-9a-f]{8})$", text, re.MULTILINE)
    outputs = re.findall(r"^output \d+ ([0-9a-f]*)$", text, re.MULTILINE)
    stack = [int(found) for found in re.findall(r"^stack (\d+)$", text, re.MULTILINE)]
    return RunReport(
        passed=done.returncode == 0 and "result pass" in text,
        exit_code=done.returncode,
        checksums=tuple(int(crc, 16) for _, crc in steps),
        outputs=tuple(bytes.fromhex(o) for o in outputs),
        stack_bytes=max(stack, default=None),
        text=text,
    )


def _qemu(path: Path, b: Board, *options: str) -> list[str]:
    return [
        tool("qemu-system-arm"), "-M", b.machine, "-nographic", "-monitor", "none", "-serial", "null",
        "-semihosting-config", "enable=on,target=native", *options, "-kernel", str(path),
    ]  # fmt: skip


def lockstep(
    plan: Plan,
    vector: TestVector,
    checksums: Sequence[int],
    target: str = NATIVE,
    *,
    folder: Path | None = None,
    push: int | None = None,
) -> LockstepResult:
    """Export ``plan``, run it on ``target`` and compare every row with the executor's ``checksums`` (kind "written").

    ``vector`` should hold the expected outputs, which are compared byte by byte. The export stays in ``folder`` if
    one is given, which has to be empty or an earlier export. ``push`` as for :func:`build`.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="mcu_lab-") as temporary:
            return lockstep(plan, vector, checksums, target, folder=Path(temporary) / "export", push=push)
    written = export(plan, folder, vector=vector)
    image = build(written.folder, written.name, target, mode="trace", push=push)
    report = run_image(image)
    pairs = zip(report.checksums, checksums, strict=False)
    differs = next((row for row, (ours, theirs) in enumerate(pairs) if ours != theirs), None)
    if differs is None and len(report.checksums) != len(checksums):
        differs = min(len(report.checksums), len(checksums))
    return LockstepResult(report.passed and differs is None, differs, report, image)


def count_instructions(plan: Plan, vector: TestVector, target: str = "cortex-m4") -> tuple[int, ...]:
    """Instructions executed for each row of ``plan`` on an emulated core: exact and repeatable for equal inputs.

    About forty a row belong to the walk along the table. Raises BuildError when the run itself fails.
    """
    with tempfile.TemporaryDirectory(prefix="mcu_lab-") as temporary:
        written = export(plan, Path(temporary) / "export", vector=vector)
        image = build(written.folder, written.name, target, mode="count")
        plugin, counts = Path(temporary) / "count.so", Path(temporary) / "counts.txt"
        compiled([tool("gcc"), "-std=c99", "-O2", "-shared", "-fPIC", str(COUNTER), "-o", str(plugin)])
        command = _qemu(image.path, board(target), "-plugin", f"{plugin},out={counts}")
        done = subprocess.run(command, capture_output=True, timeout=RUN_SECONDS)
        if done.returncode:
            raise BuildError(f"ended with code {done.returncode}: {done.stderr.decode(errors='replace')}", where=target)
        return tuple(int(line) for line in counts.read_text().split())
