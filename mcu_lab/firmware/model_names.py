"""C names of the models of a bundle: each behind the bundle's prefix, none taking a name that another one generates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

from mcu_lab.firmware.c_text import identifier
from mcu_lab.firmware.kernels import RUNTIME

_MODEL_WORDS = """
begin context counters finish frames get init input inputs memories memory output outputs push reset row rows run set
start state steps stream table test
"""
_BUNDLE_WORDS = """
alignment arena check trace weights
"""
#: First words behind a prefix of all that is generated for a model: functions, types, macros, arrays and files.
_OF_MODEL = frozenset(_MODEL_WORDS.split())
#: Likewise of what a bundle has once.
_OF_BUNDLE = _OF_MODEL | frozenset(_BUNDLE_WORDS.split())


def model_names(models: Iterable[str], prefix: str, banks: Iterable[str]) -> tuple[str, ...]:
    """One for each of the models, in order. ``banks`` are the C names of the bundle's memories."""
    taken_by_bundle = _OF_BUNDLE | {name.split("_")[0] for name in banks}
    names: list[str] = []
    for model in models:
        plain = identifier(model)
        free = (
            name
            for name in (f"{prefix}_{candidate}" for candidate in _candidates(plain))
            if _first_word(name, prefix) not in taken_by_bundle
            and not any(_clash(name, other) for other in names)
            and not any(RUNTIME.rglob(f"{name}.*"))
        )
        names.append(next(free))
    return tuple(names)


def _candidates(plain: str) -> Iterator[str]:
    yield plain
    for number in count(2):
        yield f"{plain}_{number}"
        yield f"model{number}_{plain}"


def _clash(one: str, other: str) -> bool:
    """Whether what is generated for one may be called like what is for the other."""
    return one == other or _first_word(one, other) in _OF_MODEL or _first_word(other, one) in _OF_MODEL


def _first_word(name: str, prefix: str) -> str | None:
    """The word behind a prefix, if there is that prefix."""
    return name.removeprefix(f"{prefix}_").split("_")[0] if name.startswith(f"{prefix}_") else None
