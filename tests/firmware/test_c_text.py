"""Text that goes into C: names from anywhere must stay harmless, constants must keep their value."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcu_lab.firmware.c_text import braced, comment, floating, identifier, integer, literals, words


@given(st.text())
def test_any_text_becomes_an_identifier(text: str) -> None:
    name = identifier(text)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert len(name) <= 50


@pytest.mark.parametrize(
    "text", ["int", "main", "while", "mcu", "mcu_run", "board", "board_print", "", "9lives", "../..", "é"]
)
def test_names_that_mean_something_are_set_apart(text: str) -> None:
    assert identifier(text).startswith("model")


def test_good_names_stay() -> None:
    assert identifier("person_detect_int8") == "person_detect_int8"


@given(st.text())
def test_a_comment_cannot_be_left(text: str) -> None:
    plain = comment(text)
    assert len(plain) <= 60
    assert not set(plain) & set("*\\?`<>|@\n\r\0")
    assert plain.isascii()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_read_back_as_the_same_float32(value: float) -> None:
    assert np.float32(floating(value).removesuffix("f")) == np.float32(value)


def test_special_floats() -> None:
    assert floating(float("inf")) == "MCU_INFINITY"
    assert floating(float("-inf")) == "-MCU_INFINITY"
    with pytest.raises(ValueError, match="NaN"):
        floating(float("nan"))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint32", "int64", "uint64"])
def test_integers_of_every_width_keep_their_value(dtype: str) -> None:
    info = np.iinfo(dtype)
    for value in (info.min, info.min + 1, 0, info.max):
        text = integer(int(value), dtype)
        assert eval(re.sub(r"(?<=\d)(u?LL|u)", "", text)) == value
        assert f"{2**31}" not in text or dtype in ("uint32", "int64", "uint64")


def test_arrays_of_booleans_are_numbers() -> None:
    assert literals(np.array([[True, False]])) == ["1", "0"]


@given(st.binary(max_size=64))
def test_words_hold_the_bytes_little_endian(data: bytes) -> None:
    read = b"".join(int(w.removesuffix("u"), 16).to_bytes(4, "little") for w in words(data))
    assert read[: len(data)] == data
    assert not any(read[len(data) :])


@given(st.lists(st.integers(-(2**31), 2**31 - 1).map(str), min_size=1, max_size=80))
def test_long_initialisers_are_broken_into_lines(items: list[str]) -> None:
    text = braced(items)
    assert all(len(line) <= 120 for line in text.splitlines())
    assert [i.strip() for i in text.strip("{}").split(",")] == items
