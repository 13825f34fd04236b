"""A board of one's own is kept whole: as data and back, in a document, in a journal, in a script."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mcu_lab
from mcu_lab.device import Core, Device, Link, Memory, Power, ad_hoc, board, boards
from mcu_lab.device.said import device_said, said_of
from mcu_lab.errors import DeviceError
from mcu_lab.session.placing import Store
from mcu_lab.session.script import script
from mcu_lab.session.session import Session
from tests.conftest import DATA, examples
from tests.session.files import opened, restart

texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=20)
rates = st.floats(1, 1e9)
families = st.dictionaries(texts, st.floats(1e-6, 1e6), max_size=3).map(MappingProxyType)
cores = st.builds(
    Core, texts, st.integers(1, 10**10), st.booleans(), st.booleans(), families, families, st.just("") | texts
)
powers = st.just(Power()) | st.builds(Power, rates, st.none() | rates, texts)
sizes = st.integers(1, 1 << 40)


@st.composite
def devices(draw: st.DrawFn) -> Device:
    sram = Memory("sram", "sram", draw(sizes), draw(st.sampled_from([1, 4, 64])), source=draw(texts))
    flash = Memory("flash", "flash", draw(sizes), 4, writable=False)
    qspi = Memory("qspi", "external", draw(sizes), 4, reach=draw(st.booleans()), source=draw(texts))
    link = Link("qspi", "sram", draw(rates), draw(st.just(0.0) | st.floats(1e-6, 1e6)), 4, draw(st.booleans()))
    memories, links = draw(st.sampled_from([((sram, flash), ()), ((sram, flash, qspi), (link,))]))
    return Device(
        draw(texts), draw(texts), draw(cores), memories, "sram", "flash", links, draw(powers), draw(st.just("") | texts)
    )


@settings(max_examples=examples(100))
@given(devices() | st.sampled_from(boards()) | st.builds(ad_hoc, st.none() | sizes, st.none() | sizes))
def test_what_is_said_of_a_device_makes_it_again(device: Device) -> None:
    said = json.loads(json.dumps(said_of(device)))
    again = device_said(said, "board")
    links = tuple(replace(link, bytes_per_s=pytest.approx(link.bytes_per_s, rel=1e-15)) for link in device.links)
    assert replace(again, links=()) == replace(device, links=()) and again.links == links
    assert said_of(again) == said_of(device_said(said_of(again), "board"))


def test_boards_are_said_by_name_and_limits_by_size() -> None:
    assert [said_of(b) for b in boards()] == [b.id for b in boards()]
    assert said_of(ad_hoc()) == {} and said_of(ad_hoc(4096)) == {"sram_bytes": 4096}
    assert "memory" in said_of(replace(boards()[0], source="elsewhere"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "'id'"), ({"memory": []}, "arena names memory"), ({"memory": 3}, "'memory'"),
        ({"core": {"name": "x", "cycles_per_mac": {"a": -1}, "clock_mhz": 1}}, "'a'"),
        ({"core": {"type": "x"}}, "core type"), ({"core": {}}, "'core'"), ({"arena": "flash"}, "writable"),
        ({"core": {"name": "x", "clock_mhz": 1, "cycles_per_mac": {str(n): 1 for n in range(300)}}}, "more than 256"),
    ],
)  # fmt: skip
def test_what_is_no_board_is_refused(change: dict[str, Any], message: str) -> None:
    said = said_of(replace(boards()[0], source="elsewhere"))
    assert isinstance(said, dict)
    with pytest.raises(DeviceError, match=message):
        device_said(said | change, "board")
    with pytest.raises(DeviceError, match="names a file"):
        device_said("/etc/board.toml", "board")
    with pytest.raises(DeviceError, match="number of bytes"):
        device_said({"sram_bytes": 0}, "board")


def test_a_device_that_could_not_be_read_again_is_not_kept() -> None:
    nothing = replace(boards()[0], links=(Link("flash", "sram", 0.0, 1.0),))
    with pytest.raises(DeviceError, match="'megabytes_per_s'"):
        said_of(nothing)


@pytest.fixture
def own(tmp_path: Path) -> Device:
    """A board with an external flash, from a file that is gone by the time anything is opened again."""
    text = (Path(mcu_lab.__file__).parent / "device" / "boards" / "stm32f746g-disco.toml").read_text()
    file = tmp_path / "own.toml"
    file.write_text(text.replace('id = "stm32f746g-disco"', 'id = "own"').replace("kib = 320", "kib = 300"))
    shutil.copy(DATA / "digits_cnn_int8.tflite", tmp_path / "m.tflite")
    device = board(str(file))
    file.unlink()
    return device


def test_a_board_of_ones_own_is_the_same_after_saving_a_crash_and_in_a_script(
    tmp_path: Path, own: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session.open("m.tflite", own)
    constant = next(t.id for t in session.plan.graph.tensors if t.data is not None)
    session.apply(Store((constant,), "qspi"))
    session.save(Path("p.mcuplan.json"))
    again = Session.open(Path("p.mcuplan.json"))
    assert (again.snapshot.device, again.plan) == (own, session.plan) and not again.dirty

    front, _ = opened("p.mcuplan.json")
    front.do("set_inputs", inputs="streamed")
    left = front.channel._session.plan
    restart()
    front, answer = opened("p.mcuplan.json")
    assert answer.recovered and front.channel._session.plan == left != session.plan
    assert (front.state.device.kind, front.state.device.name) == ("own", own.name)
    told = front.state.device.told
    front.do("set_device", device="stm32f746g-disco")
    assert front.state.device.kind == "board" and front.channel._session.snapshot.device != own
    front.do("set_board", told=told)
    assert front.channel._session.snapshot.device == own and front.channel._session.plan == left

    for made in (session, front.channel._session):
        told: dict[str, Any] = {}
        exec(script(made), told)
        assert told["plan"] == made.plan
