"""Models by name: the offline folder, the cache, and what is said when neither helps. No network is used."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pooch
import pytest

from mcu_lab.errors import InputError, ModelError
from mcu_lab.graph import zoo
from mcu_lab.graph.tflite_read import read_tflite
from tests.conftest import DATA, model_path

SOME = sorted(DATA.glob("*.tflite"))[0]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> zoo.Entry:
    """A zoo of one model of our own, an empty cache, and no offline folder."""
    content = SOME.read_bytes()
    entry = zoo.Entry(
        "some", "digits", "owner/name", "0" * 40, "a folder/x.tflite", hashlib.sha256(content).hexdigest(),
        len(content), "Apache-2.0",
    )  # fmt: skip
    monkeypatch.setattr(zoo, "entries", lambda: {"some": entry})
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.delenv(zoo.FOLDER_VARIABLE, raising=False)
    return entry


def serve(monkeypatch: pytest.MonkeyPatch, source: Path) -> list[str]:
    """Answer every download with the bytes of a file; gives the list of URLs that were asked for."""
    asked: list[str] = []

    def download(self: Any, url: str, output_file: str, pooch: Any) -> None:
        asked.append(url)
        shutil.copy(source, output_file)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", download)
    return asked


def test_a_model_is_fetched_once(listed: zoo.Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = serve(monkeypatch, SOME)
    paths = {zoo.path_of("some") for _ in range(2)}
    assert [p.read_bytes() for p in paths] == [SOME.read_bytes()]
    assert asked == [f"https://raw.githubusercontent.com/owner/name/{'0' * 40}/a%20folder/x.tflite"]


def test_another_file_than_the_listed_one_is_refused(
    listed: zoo.Entry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").write_bytes(b"something else")
    serve(monkeypatch, tmp_path / "other")
    with pytest.raises(ModelError, match=r"cannot be fetched.*hash"):
        zoo.path_of("some")


def test_without_a_network_the_folder_is_named(listed: zoo.Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, url: str, output_file: str, pooch: Any) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", fail)
    with pytest.raises(ModelError, match=r"no route to host.*MCU_LAB_MODELS"):
        zoo.path_of("some")


def test_the_offline_folder_comes_first(listed: zoo.Entry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = serve(monkeypatch, SOME)
    monkeypatch.setenv(zoo.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(ModelError, match=r"there is no some\.tflite"):
        zoo.path_of("some")
    (tmp_path / "some.tflite").write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the listed file"):
        zoo.path_of("some")
    shutil.copy(SOME, tmp_path / "some.tflite")
    assert zoo.path_of("some") == tmp_path / "some.tflite"
    assert not asked


def test_an_unknown_name_is_answered_with_a_close_one() -> None:
    with pytest.raises(InputError, match="person_detect_int8"):
        zoo.path_of("person_detect")


@pytest.mark.parametrize("name", zoo.names())
def test_every_listed_model_is_the_one_beside_us(name: str) -> None:
    graph = read_tflite(model_path(name))
    assert graph.sha256 == zoo.entries()[name].sha256
    assert model_path(name).stat().st_size == zoo.entries()[name].bytes
