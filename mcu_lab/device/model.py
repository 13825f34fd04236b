"""Device: a board as data. Every figure carries its source.

Sizes in bytes, rates in bytes per second, times in microseconds, power in milliwatts, clock in Hz.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

MemoryKind = Literal["sram", "flash", "external"]

#: Memory name of what lies outside the board: a streamed input, from which Copies load. Never in ``Device.memories``;
#: unlimited, read-only, out of the kernels' reach.
APPLICATION = "application"


@dataclass(frozen=True)
class Memory:
    """One memory. ``alignment`` is what a buffer's offset must be a multiple of.

    ``reach``: whether kernels on the core can read (and, unless it is flash, write) it directly; a memory out of
    reach is used only through Copies.
    """

    name: str
    kind: MemoryKind
    bytes: int
    alignment: int = 16
    reach: bool = True
    writable: bool = True
    source: str = ""


@dataclass(frozen=True)
class Link:
    """A way to move bytes from memory ``src`` to memory ``dst``."""

    src: str
    dst: str
    bytes_per_s: float
    setup_us: float
    burst_bytes: int = 1
    asynchronous: bool = False
    source: str = ""


@dataclass(frozen=True)
class Core:
    """The processor. ``cycles_per_mac`` and ``cycles_per_byte`` are keyed by kernel family or ``default``."""

    name: str
    clock_hz: int
    dsp: bool
    mve: bool = False
    cycles_per_mac: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    cycles_per_byte: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""


@dataclass(frozen=True)
class Power:
    """Board supply power. None where no figure with a source is known."""

    active_mw: float | None = None
    idle_mw: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Device:
    """A board. ``arena`` names the memory for activations, ``constants`` the one for weights."""

    id: str
    name: str
    core: Core
    memories: tuple[Memory, ...]
    arena: str
    constants: str
    links: tuple[Link, ...] = ()
    power: Power = Power()
    source: str = ""

    def memory(self, name: str) -> Memory:
        """The memory of that name; KeyError when the board has none."""
        for memory in self.memories:
            if memory.name == name:
                return memory
        raise KeyError(name)

    @property
    def sram_bytes(self) -> int:
        return self.memory(self.arena).bytes

    @property
    def flash_bytes(self) -> int:
        return self.memory(self.constants).bytes
