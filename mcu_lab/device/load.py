"""Boards as TOML: the ones shipped in ``boards/``, and anybody's own file of the same form."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcu_lab.device.model import APPLICATION, Core, Device, Link, Memory, Power
from mcu_lab.errors import DeviceError
from mcu_lab.files import read_file, reason

FOLDER = Path(__file__).parent
LARGEST_FILE_BYTES = 64 * 1024
LONGEST_TEXT = 1000
#: More memories or links than any board has; C numbers memories in a byte.
MOST_TABLES = 32
#: More figures of a core than there are kernels.
MOST_FAMILIES = 256
MOST_KIB = 1 << 30
MOST_ALIGNED_BYTES = 1 << 16
#: The smallest number that is taken for a size, rate or time.
LEAST = 1e-6


@cache
def boards() -> tuple[Device, ...]:
    """Every board that comes with mcu_lab, by ascending SRAM."""
    found = (read_board(path) for path in (FOLDER / "boards").glob("*.toml"))
    return tuple(sorted(found, key=lambda d: (d.sram_bytes, d.id)))


def board(name: str) -> Device:
    """A board by its id, or by the path of a ``.toml`` file. DeviceError names the closest ids otherwise."""
    if name.endswith(".toml"):
        return read_board(Path(name))
    known = {d.id: d for d in boards()}
    if name in known:
        return known[name]
    close = get_close_matches(name.lower(), known, n=3, cutoff=0.4)
    hint = f"Did you mean {', '.join(close)}?" if close else "`mcu-lab boards` lists them."
    raise DeviceError(f"no board is called {name!r}.", hint=hint)


def read_board(path: Path) -> Device:
    """A board from its TOML file. DeviceError names the file and the field that is wrong."""
    try:
        document = tomllib.loads(read_file(path, LARGEST_FILE_BYTES).decode("utf-8"))
    except OSError as error:
        raise DeviceError(f"cannot be read: {reason(error)}.", where=path.name) from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, numbers of too many digits
        raise DeviceError(f"cannot be read: {error}", where=path.name) from error
    return device_from(document, path.name)


@cache
def cores() -> Mapping[str, Mapping[str, Any]]:
    """Core types by id (``cortex-m4``), as written in ``cores.toml``."""
    return MappingProxyType(tomllib.loads((FOLDER / "cores.toml").read_text(encoding="utf-8")))


def device_from(document: Mapping[str, Any], where: str) -> Device:
    """A board from what its TOML file says. DeviceError names the field below ``where`` that is wrong."""
    memories = tuple(_memory(m, where) for m in _tables(document, "memory", where))
    device = Device(
        id=_text(document, "id", where),
        name=_text(document, "name", where),
        core=_core(_take(document, "core", dict, where), where),
        memories=memories,
        arena=_text(document, "arena", where),
        constants=_text(document, "constants", where),
        links=tuple(_link(link, where) for link in _tables(document, "link", where)),
        power=_power(_table(document.get("power", {}), "power", where), where),
        source=_source(document, where),
    )
    _check_memories(device, where)
    return device


def _check_memories(device: Device, where: str) -> None:
    """Memories have names of their own; what is named is there, and can do what it is named for."""
    names = [m.name for m in device.memories]
    if len(set(names)) != len(names):
        raise DeviceError(f"two memories share a name: {', '.join(names)}.", where=where)
    if APPLICATION in names:
        raise DeviceError(f"a memory cannot be called {APPLICATION!r}: that is what owns streamed inputs.", where=where)
    used = [("arena", device.arena), ("constants", device.constants)]
    used += [("link", end) for link in device.links for end in (link.src, link.dst)]
    for field, name in used:
        if name not in names:
            raise DeviceError(f"{field} names memory {name!r}, which is not among {', '.join(names)}.", where=where)
    arena = device.memory(device.arena)
    if not (arena.writable and arena.reach):
        raise DeviceError(f"the arena {arena.name!r} has to be writable and within the core's reach.", where=where)
    if not device.memory(device.constants).reach:
        raise DeviceError(f"the core cannot reach {device.constants!r}, where constants are to lie.", where=where)
    for link in device.links:
        if link.src == link.dst or not device.memory(link.dst).writable:
            raise DeviceError(f"a link from {link.src!r} to {link.dst!r} moves nothing.", where=where)


def core_of(kind: str, clock_mhz: float, source: str) -> Core:
    """The core type ``kind`` of ``cores.toml`` at a clock; ``source`` is where the clock comes from."""
    costs = cores()[kind]
    return Core(
        name=costs["name"],
        clock_hz=round(clock_mhz * 1e6),
        dsp=costs["dsp"],
        mve=costs.get("mve", False),
        cycles_per_mac=MappingProxyType(dict(costs["cycles_per_mac"])),
        cycles_per_byte=MappingProxyType(dict(costs["cycles_per_byte"])),
        source=f"clock: {source}; costs: {costs['source']}",
    )


def _core(entry: Mapping[str, Any], where: str) -> Core:
    """One of the known types at a clock; or a core with figures of its own, when no type is named."""
    if "type" in entry or "cycles_per_mac" not in entry:
        kind = _text(entry, "type", where)
        if kind not in cores():
            raise DeviceError(f"core type {kind!r} is not among {', '.join(cores())}.", where=where)
        return core_of(kind, _positive(entry, "clock_mhz", where), _source(entry, where))
    return Core(
        name=_text(entry, "name", where),
        clock_hz=round(_positive(entry, "clock_mhz", where) * 1e6),
        dsp=_whether(entry, "dsp", False, where),
        mve=_whether(entry, "mve", False, where),
        cycles_per_mac=_figures(entry, "cycles_per_mac", where),
        cycles_per_byte=_figures(entry, "cycles_per_byte", where),
        source=_source(entry, where),
    )


def _figures(entry: Mapping[str, Any], field: str, where: str) -> Mapping[str, float]:
    """Numbers by kernel family."""
    table = _table(entry.get(field, {}), field, where)
    if len(table) > MOST_FAMILIES:
        raise DeviceError(f"{field!r} has more than {MOST_FAMILIES} entries.", where=where)
    return MappingProxyType({str(family)[:LONGEST_TEXT]: _positive(table, family, where) for family in table})


def _memory(entry: Mapping[str, Any], where: str) -> Memory:
    kind = _take(entry, "kind", str, where)
    if kind not in ("sram", "flash", "external"):
        raise DeviceError(f"memory kind {kind!r} is not sram, flash or external.", where=where)
    return Memory(
        name=_text(entry, "name", where),
        kind=kind,
        bytes=max(1, round(_positive(entry, "kib", where, MOST_KIB) * 1024)),
        alignment=_alignment(entry, where),
        reach=_whether(entry, "reach", kind != "external", where),
        writable=_whether(entry, "writable", True, where),
        source=_source(entry, where),
    )


def _link(entry: Mapping[str, Any], where: str) -> Link:
    return Link(
        src=_text(entry, "src", where),
        dst=_text(entry, "dst", where),
        bytes_per_s=_positive(entry, "megabytes_per_s", where) * 1e6,
        setup_us=0.0 if entry.get("setup_us") == 0 else _positive(entry, "setup_us", where),
        burst_bytes=_whole(entry, "burst_bytes", where) if "burst_bytes" in entry else 1,
        asynchronous=_whether(entry, "asynchronous", False, where),
        source=_source(entry, where),
    )


def _power(entry: Mapping[str, Any], where: str) -> Power:
    if not entry:
        return Power()
    idle = _positive(entry, "idle_mw", where) if "idle_mw" in entry else None
    return Power(_positive(entry, "active_mw", where), idle, _source(entry, where))


def _take(entry: Mapping[str, Any], field: str, kind: type, where: str) -> Any:
    value = entry.get(field)
    if not isinstance(value, kind) or not value:
        raise DeviceError(f"field {field!r} should be a non-empty {kind.__name__}, not {_shown(value)}.", where=where)
    return value


def _table(value: object, field: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DeviceError(f"{field!r} should be a table, not {_shown(value)}.", where=where)
    return value


def _tables(document: Mapping[str, Any], field: str, where: str) -> tuple[Mapping[str, Any], ...]:
    listed = document.get(field, [])
    if not isinstance(listed, list) or len(listed) > MOST_TABLES:
        raise DeviceError(f"{field!r} should be at most {MOST_TABLES} tables [[{field}]].", where=where)
    return tuple(_table(item, field, where) for item in listed)


def _text(entry: Mapping[str, Any], field: str, where: str) -> str:
    text: str = _take(entry, field, str, where)
    if len(text) > LONGEST_TEXT or not text.isprintable() or not text.strip():
        raise DeviceError(
            f"field {field!r} should be printable text of at most {LONGEST_TEXT} characters, not {_shown(text)}.",
            where=where,
        )
    return text


def _source(entry: Mapping[str, Any], where: str) -> str:
    """Where a figure comes from; who has none says so with an empty text."""
    return "" if entry.get("source") == "" else _text(entry, "source", where)


def _whether(entry: Mapping[str, Any], field: str, default: bool, where: str) -> bool:
    value = entry.get(field, default)
    if not isinstance(value, bool):
        raise DeviceError(f"field {field!r} should be true or false, not {_shown(value)}.", where=where)
    return value


def _positive(entry: Mapping[str, Any], field: str, where: str, most: float = 1e9) -> float:
    value = entry.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not LEAST <= value <= most:
        raise DeviceError(
            f"field {field!r} should be a number from {LEAST:g} to {most:g}, not {_shown(value)}.", where=where
        )
    return float(value)


def _whole(entry: Mapping[str, Any], field: str, where: str) -> int:
    value = _positive(entry, field, where, MOST_ALIGNED_BYTES)
    if not value.is_integer():
        raise DeviceError(f"field {field!r} should be a whole number, not {_shown(value)}.", where=where)
    return int(value)


def _alignment(entry: Mapping[str, Any], where: str) -> int:
    value = _whole(entry, "alignment", where)
    if value & (value - 1):
        raise DeviceError(f"field 'alignment' should be a power of two, not {value}.", where=where)
    return value


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:80]} …"
