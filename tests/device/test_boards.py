"""Boards are data: every one loads, carries sources, and wrong files are refused with the field's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_lab.device import ad_hoc, board, boards
from mcu_lab.device.load import FOLDER, read_board
from mcu_lab.errors import DeviceError

GOOD = (FOLDER / "boards" / "nucleo-f446re.toml").read_text()


def test_there_are_real_boards_with_sources() -> None:
    assert len(boards()) >= 12
    for device in boards():
        assert device.source and device.core.source
        assert all(m.source for m in device.memories)
        assert all(link.source for link in device.links)
        assert device.id == board(device.id).id
        assert not device.memory(device.constants).writable


def test_every_file_is_named_by_its_id() -> None:
    assert {p.stem for p in (FOLDER / "boards").glob("*.toml")} == {d.id for d in boards()}


def test_unknown_board_suggests_the_closest() -> None:
    with pytest.raises(DeviceError, match="nucleo-f446re"):
        board("nucleo-f446")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kib = 128", "kib = -1", "kib"),
        ('arena = "sram"', 'arena = "sramm"', "sramm"),
        ('type = "cortex-m4"', 'type = "cortex-m99"', "cortex-m99"),
        ('kind = "flash"', 'kind = "tape"', "tape"),
        ('name = "flash"', 'name = "sram"', "share a name"),
        ("clock_mhz = 180", 'clock_mhz = "fast"', "clock_mhz"),
        ("[core]", "[core", "cannot be read"),
    ],
)
def test_wrong_files_are_refused_by_field(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(DeviceError, match=says):
        read_board(path)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("kib = 128", "kib = 64"))
    assert board(str(path)).sram_bytes == 64 * 1024


def test_ad_hoc_sizes() -> None:
    assert ad_hoc(1000, 2000).sram_bytes == 1000
    assert ad_hoc(1000, 2000).flash_bytes == 2000
    with pytest.raises(DeviceError, match="SRAM of 0"):
        ad_hoc(0)
