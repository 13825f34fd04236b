"""Boards as TOML: the ones shipped in ``boards/``, and anybody's own file of the same form."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcu_lab.device.model import Core, Device, Link, Memory, Power
from mcu_lab.errors import DeviceError

FOLDER = Path(__file__).parent
LARGEST_FILE_BYTES = 64 * 1024


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
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise DeviceError(f"larger than {LARGEST_FILE_BYTES} bytes: not a board file.", where=path.name)
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeviceError(f"cannot be read: {error}", where=path.name) from error
    return _device(document, path.name)


@cache
def cores() -> Mapping[str, Mapping[str, Any]]:
    """Core types by id (``cortex-m4``), as written in ``cores.toml``."""
    return MappingProxyType(tomllib.loads((FOLDER / "cores.toml").read_text(encoding="utf-8")))


def _device(document: Mapping[str, Any], where: str) -> Device:
    memories = tuple(_memory(m, where) for m in _take(document, "memory", list, where))
    device = Device(
        id=_take(document, "id", str, where),
        name=_take(document, "name", str, where),
        core=_core(_take(document, "core", dict, where), where),
        memories=memories,
        arena=_take(document, "arena", str, where),
        constants=_take(document, "constants", str, where),
        links=tuple(_link(link, where) for link in document.get("link", [])),
        power=_power(document.get("power", {}), where),
        source=_take(document, "source", str, where),
    )
    names = [m.name for m in memories]
    if len(set(names)) != len(names):
        raise DeviceError(f"two memories share a name: {', '.join(names)}.", where=where)
    used = [("arena", device.arena), ("constants", device.constants)]
    used += [("link", end) for link in device.links for end in (link.src, link.dst)]
    for field, name in used:
        if name not in names:
            raise DeviceError(f"{field} names memory {name!r}, which is not among {', '.join(names)}.", where=where)
    return device


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
    kind = _take(entry, "type", str, where)
    if kind not in cores():
        raise DeviceError(f"core type {kind!r} is not among {', '.join(cores())}.", where=where)
    return core_of(kind, _positive(entry, "clock_mhz", where), _take(entry, "source", str, where))


def _memory(entry: Mapping[str, Any], where: str) -> Memory:
    kind = _take(entry, "kind", str, where)
    if kind not in ("sram", "flash", "external"):
        raise DeviceError(f"memory kind {kind!r} is not sram, flash or external.", where=where)
    return Memory(
        name=_take(entry, "name", str, where),
        kind=kind,
        bytes=round(_positive(entry, "kib", where) * 1024),
        alignment=round(_positive(entry, "alignment", where)),
        reach=bool(entry.get("reach", kind != "external")),
        writable=bool(entry.get("writable", True)),
        source=_take(entry, "source", str, where),
    )


def _link(entry: Mapping[str, Any], where: str) -> Link:
    return Link(
        src=_take(entry, "src", str, where),
        dst=_take(entry, "dst", str, where),
        bytes_per_s=_positive(entry, "megabytes_per_s", where) * 1e6,
        setup_us=_positive(entry, "setup_us", where),
        burst_bytes=int(entry.get("burst_bytes", 1)),
        asynchronous=bool(entry.get("asynchronous", False)),
        source=_take(entry, "source", str, where),
    )


def _power(entry: Mapping[str, Any], where: str) -> Power:
    if not entry:
        return Power()
    idle = _positive(entry, "idle_mw", where) if "idle_mw" in entry else None
    return Power(_positive(entry, "active_mw", where), idle, _take(entry, "source", str, where))


def _take(entry: Mapping[str, Any], field: str, kind: type, where: str) -> Any:
    value = entry.get(field)
    if not isinstance(value, kind) or not value:
        raise DeviceError(f"field {field!r} should be a non-empty {kind.__name__}, not {value!r}.", where=where)
    return value


def _positive(entry: Mapping[str, Any], field: str, where: str) -> float:
    value = entry.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise DeviceError(f"field {field!r} should be a positive number, not {value!r}.", where=where)
    return float(value)
