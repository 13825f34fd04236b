"""What is found in JSON that may come from anywhere, read strictly: a DocumentError names the field that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mcu_lab.errors import DocumentError

T = TypeVar("T")
Name = TypeVar("Name", bound=str)

#: No operator, tensor, slot or byte number in a document is larger than this.
MAX_NUMBER = 1 << 40
MAX_NAME = 4096


def record(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DocumentError("It has to be an object.", where=where)
    return value


def check_keys(data: Mapping[str, Any], where: str, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    for key in required:
        if key not in data:
            raise DocumentError(f"The field {key} is missing.", where=where)
    for key in data:
        if key not in (*required, *optional):
            raise DocumentError(f"There is no field {key[:80]!r}.", where=where)


def number(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise DocumentError(f"It has to be a whole number from 0 to {MAX_NUMBER}.", where=where)
    return value


def name(value: object, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        raise DocumentError(f"It has to be printable text of 1 to {MAX_NAME} characters.", where=where)
    return value


def items(value: object, where: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise DocumentError("It has to be a list.", where=where)
    return tuple(item(v, f"{where}[{i}]") for i, v in enumerate(value))


def pair(value: object, where: str, first: Callable, second: Callable) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise DocumentError("It has to be a list of two.", where=where)
    return first(value[0], f"{where}[0]"), second(value[1], f"{where}[1]")


def one_of(value: object, where: str, choices: tuple[Name, ...]) -> Name:
    for choice in choices:
        if value == choice:
            return choice
    raise DocumentError(f"It has to be {' or '.join(choices)}.", where=where)
