"""A device from two numbers, for people whose board is not in the list."""

from __future__ import annotations

from mcu_lab.device.load import core_of
from mcu_lab.device.model import Device, Memory
from mcu_lab.errors import DeviceError

#: Larger than any activation set that one would plan for; stands for "no limit was given".
UNLIMITED_BYTES = 1 << 40


def ad_hoc(sram_bytes: int | None = None, flash_bytes: int | None = None, *, alignment: int = 4) -> Device:
    """A Cortex-M4-like device with ``sram_bytes`` of SRAM and ``flash_bytes`` of flash (None: no limit).

    Raises DeviceError for sizes that are not positive.
    """
    for name, value in (("SRAM", sram_bytes), ("flash", flash_bytes)):
        if value is not None and value <= 0:
            raise DeviceError(f"{name} of {value} bytes is not a size.", hint="Give a positive number of bytes.")
    generic = "ad hoc: figures of a generic Cortex-M4 at 100 MHz"
    return Device(
        id="ad-hoc",
        name="ad hoc device",
        core=core_of("cortex-m4", 100.0, generic),
        memories=(
            Memory("sram", "sram", sram_bytes or UNLIMITED_BYTES, alignment, source=generic),
            Memory("flash", "flash", flash_bytes or UNLIMITED_BYTES, alignment, writable=False, source=generic),
        ),
        arena="sram",
        constants="flash",
        source=generic,
    )
