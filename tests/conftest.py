"""Shared fixtures. Real models are found through MCU_LAB_MODELS; without them tests skip and say so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"

# Machines differ, and so does what else they do: speed is never asserted.
settings.register_profile("suite", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("suite")

#: Whether all of every long campaign is tried (``MCU_LAB_FULL=1``), and not the part that the suite has time for.
FULL = os.environ.get("MCU_LAB_FULL") == "1"
#: Whether this is `make check`, which has two minutes (``MCU_LAB_QUICK=1``).
QUICK = os.environ.get("MCU_LAB_QUICK") == "1"


def _objects() -> Path:
    """Where objects of the C runtime are kept from run to run: compiling all of it takes a minute for each compiler."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.setdefault("MCU_LAB_OBJECTS", str(home / "mcu_lab-tests" / "objects")))


#: Most bytes of these objects that a run leaves behind.
OBJECT_BYTES = 200 << 20
OBJECTS = _objects()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The last process to end throws away the objects that were used longest ago, as far as there are too many."""
    if hasattr(session.config, "workerinput") or not OBJECTS.is_dir():
        return
    kept = sorted(((s.st_mtime, s.st_size, file) for file in OBJECTS.glob("*.o") for s in [file.stat()]), reverse=True)
    for total, (_, _, file) in zip(accumulate(size for _, size, _ in kept), kept, strict=True):
        if total > OBJECT_BYTES:
            file.unlink(missing_ok=True)


def part(count: int, of: int) -> int:
    """How many of a campaign's cases are tried: one in ``of``, the first ones; with MCU_LAB_FULL=1 all."""
    return count if FULL else -(-count // of)


def examples(count: int) -> int:
    """How many examples Hypothesis draws: ``count``, and a tenth of them in `make check`."""
    return -(-count // 10) if QUICK else count


def shared_folder(name: str) -> Path:
    """A folder beside the shared models (``order_instances``, ``alloc_instances``, or ``models`` itself)."""
    models = Path(os.environ.get("MCU_LAB_MODELS", ROOT.parent / "shared" / "models"))
    return models if name == "models" else models.parent / name


def model_path(name: str) -> Path:
    """Path of a shared model by its name without ``.tflite``; skips the test when it is not there."""
    path = shared_folder("models") / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"real model {name} not found: set MCU_LAB_MODELS to the folder that holds it")
    return path


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What mcu_lab remembers of its user is the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


# First of all hooks: xdist makes its groups from the marks in a hook of the same name, and `-m` selects by them.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process drives all browser tests, so that only one JupyterLab is started."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
    _sample(items)


def _sample(items: list[pytest.Item]) -> None:
    """Of a test marked ``quick(4)``, four cases stay quick, spread evenly over all, and the others become slow; marked
    ``quick(each=key)``, the first of the cases of which ``key``, a function of their parameters, says the same.
    """
    cases: dict[str, list[pytest.Function]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("quick"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for every in cases.values():
        mark = every[0].get_closest_marker("quick")
        assert mark is not None
        if "each" in mark.kwargs:
            first = {mark.kwargs["each"](item.callspec.params): item for item in reversed(every)}
            kept = list(first.values())
        else:
            kept = [every[i * len(every) // mark.args[0]] for i in range(mark.args[0])]
        for item in every:
            if item not in kept:
                item.add_marker(pytest.mark.slow)
