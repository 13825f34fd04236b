"""A device as plain data and back: what documents, journals and scripts keep of the board that a plan is made for."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nextafter
from typing import Any

from mcu_lab.device.ad_hoc import UNLIMITED_BYTES, ad_hoc
from mcu_lab.device.load import board, boards, device_from
from mcu_lab.device.model import Core, Device, Link, Memory, Power
from mcu_lab.errors import DeviceError

#: A board's id; sizes (``sram_bytes``, ``flash_bytes``; without one: no limit); or a whole board as in its TOML.
Said = str | Mapping[str, Any]

_SIZES = ("sram_bytes", "flash_bytes")


def said_of(device: Device) -> Said:
    """The shortest that :func:`device_said` makes this very device of. DeviceError for figures that no board has."""
    if device in boards():
        return device.id
    found = {key: n for key in _SIZES if (n := getattr(device, key)) < UNLIMITED_BYTES}
    if device == ad_hoc(**found):
        return found
    said = _board(device)
    device_from(said, device.id)
    return said


def device_said(said: Said, where: str) -> Device:
    """The device that was said. DeviceError names the field below ``where`` that is wrong."""
    if isinstance(said, str):
        if said.endswith(".toml"):
            raise DeviceError(f"{said[:80]!r} names a file, which is not read from here.", where=where)
        return board(said)
    if set(said) - set(_SIZES):
        return device_from(said, where)
    for key, value in said.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= UNLIMITED_BYTES:
            raise DeviceError(f"should be a number of bytes, not {ascii(value)[:80]}.", where=f"{where}.{key}")
    return ad_hoc(*(said.get(key) for key in _SIZES))


def _board(device: Device) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": device.id, "name": device.name, "arena": device.arena, "constants": device.constants,
        "source": device.source, "core": _core(device.core), "memory": [_memory(m) for m in device.memories],
    }  # fmt: skip
    if device.links:
        said["link"] = [_link(link) for link in device.links]
    if device.power != Power():
        power = {"active_mw": device.power.active_mw, "idle_mw": device.power.idle_mw, "source": device.power.source}
        said["power"] = {key: value for key, value in power.items() if value is not None}
    return said


def _core(core: Core) -> dict[str, Any]:
    return {
        "name": core.name, "clock_mhz": core.clock_hz / 1e6, "dsp": core.dsp, "mve": core.mve,
        "cycles_per_mac": dict(core.cycles_per_mac), "cycles_per_byte": dict(core.cycles_per_byte),
        "source": core.source,
    }  # fmt: skip


def _memory(memory: Memory) -> dict[str, Any]:
    return {
        "name": memory.name, "kind": memory.kind, "kib": memory.bytes / 1024, "alignment": memory.alignment,
        "reach": memory.reach, "writable": memory.writable, "source": memory.source,
    }  # fmt: skip


def _link(link: Link) -> dict[str, Any]:
    return {
        "src": link.src, "dst": link.dst, "megabytes_per_s": _scaled(link.bytes_per_s, 1e6), "setup_us": link.setup_us,
        "burst_bytes": link.burst_bytes, "asynchronous": link.asynchronous, "source": link.source,
    }  # fmt: skip


def _scaled(value: float, unit: float) -> float:
    """A number that times ``unit`` is ``value`` to the last bit, where there is one."""
    near = value / unit
    return next((n for n in (near, nextafter(near, 0), nextafter(near, inf)) if n * unit == value), near)
