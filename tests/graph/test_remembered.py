"""What is remembered is what the function said, of this value, and no more than so many times."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, replace
from threading import Thread

from mcu_lab.graph.remembered import remembered, share

CALLS: list[tuple[int, ...]] = []


@dataclass(frozen=True)
class Value:
    number: int


@remembered(most=2)
def plus(value: Value, other: int) -> int:
    CALLS.append((value.number, other))
    return value.number + other


@remembered(shared=True)
def twice(value: Value) -> list[int]:
    return [value.number, value.number]


def test_a_question_is_answered_once_until_it_is_forgotten() -> None:
    value = Value(10)
    CALLS.clear()
    assert [plus(value, n) for n in (1, 2, 1, 2, 1)] == [11, 12, 11, 12, 11]
    assert CALLS == [(10, 1), (10, 2)]
    assert plus(value, 3) == 13
    assert plus(value, 1) == 11
    assert plus(value, 2) == 12
    assert CALLS == [(10, 1), (10, 2), (10, 3), (10, 2)]


def test_equal_values_remember_for_themselves_and_stay_equal() -> None:
    one, other = Value(1), Value(1)
    CALLS.clear()
    plus(one, 1)
    assert one == other and replace(one) == one
    plus(other, 1)
    assert len(CALLS) == 2


def test_what_is_shared_holds_for_both_and_nothing_else_does() -> None:
    one = Value(1)
    first = twice(one)
    other = replace(one)
    assert twice(replace(one)) is not first
    share(one, other)
    assert twice(other) is first
    CALLS.clear()
    plus(one, 7)
    plus(other, 7)
    assert len(CALLS) == 2


def test_answers_go_with_their_value() -> None:
    value = Value(5)
    answer = twice(value)
    assert answer == [5, 5]
    gone = weakref.ref(value)
    del value
    gc.collect()
    assert gone() is None


def test_a_failure_is_not_remembered() -> None:
    tried = []

    @remembered()
    def fails(value: Value) -> None:
        tried.append(value)
        raise ValueError

    value = Value(1)
    for _ in range(2):
        try:
            fails(value)
        except ValueError:
            continue
    assert len(tried) == 2


def test_threads_that_ask_at_once_all_get_the_answer() -> None:
    value = Value(3)
    answers: list[int] = []
    threads = [Thread(target=lambda n=n: answers.append(plus(value, n % 5))) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(3 + n % 5 for n in range(40))
