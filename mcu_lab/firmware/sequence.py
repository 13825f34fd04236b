"""A long sequence of numbers with much repetition, as a short grammar of rules that name each other.

Pairs that occur most often are replaced first (Re-Pair: Larsson & Moffat, Off-line dictionary-based compression, 2000);
then rules that save nothing dissolve, and neighbours that are equal become one item with a count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

#: What a rule costs besides its symbols: where it begins, and its end.
_RULE_BYTES = 3


@dataclass(frozen=True, slots=True)
class Item:
    """``symbol``, ``times`` times over: a number of the sequence below :attr:`Grammar.letters`, else a rule."""

    symbol: int
    times: int


@dataclass(frozen=True)
class Grammar:
    """``rules[0]`` is the whole sequence; symbol ``letters + k`` stands for ``rules[k]``."""

    letters: int
    rules: tuple[tuple[Item, ...], ...]

    @property
    def depth(self) -> int:
        """How many rules are begun and not yet finished at most, the whole sequence among them."""
        depths: dict[int, int] = {}
        for number in reversed(range(len(self.rules))):  # rules only name rules behind them
            inner = [depths[i.symbol - self.letters] for i in self.rules[number] if i.symbol >= self.letters]
            depths[number] = 1 + max(inner, default=0)
        return depths[0]


def grammar(sequence: Sequence[int], letters: int) -> Grammar:
    """A grammar of ``sequence``, whose numbers are below ``letters``. Deterministic."""
    top, pairs = _paired(list(sequence), letters)
    bodies = {letters - 1: top} | {rule: list(pair) for rule, pair in pairs.items()}
    while (idle := _idle(bodies, letters - 1)) is not None:
        inner = bodies.pop(idle)
        bodies = {
            rule: [s for symbol in body for s in (inner if symbol == idle else (symbol,))]
            for rule, body in bodies.items()
        }
    kept = [letters - 1, *sorted(bodies, reverse=True)[:-1]]  # rules only name older ones
    number = {rule: letters + k for k, rule in enumerate(kept[1:], start=1)}
    return Grammar(letters, tuple(_items([number.get(s, s) for s in bodies[rule]]) for rule in kept))


def _items(symbols: Sequence[int]) -> tuple[Item, ...]:
    return tuple(Item(symbol, len(list(run))) for symbol, run in groupby(symbols))


def _idle(bodies: Mapping[int, Sequence[int]], top: int) -> int | None:
    """A rule that costs at least what it saves."""
    uses = Counter(symbol for body in bodies.values() for symbol in body)
    for rule, body in bodies.items():
        if rule != top and (uses[rule] - 1) * len(body) <= _RULE_BYTES + uses[rule]:
            return rule
    return None


def _paired(sequence: list[int], unused: int) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """The sequence with every pair that occurs twice replaced by a new number, and what the new numbers stand for."""
    pairs: dict[int, tuple[int, int]] = {}
    while True:
        pair, count = _most_frequent(sequence)
        if count < 2:
            return sequence, pairs
        pairs[unused] = pair
        sequence = _replaced(sequence, pair, unused)
        unused += 1


def _most_frequent(sequence: list[int]) -> tuple[tuple[int, int], int]:
    """The pair of neighbours that occurs most often without overlapping itself; of equal ones the first."""
    counts: Counter[tuple[int, int]] = Counter()
    overlaps = False
    for index in range(len(sequence) - 1):
        a, b = sequence[index], sequence[index + 1]
        overlaps = a == b and index > 0 and sequence[index - 1] == a and not overlaps
        if not overlaps:
            counts[a, b] += 1
    return counts.most_common(1)[0] if counts else ((0, 0), 0)


def _replaced(sequence: list[int], pair: tuple[int, int], by: int) -> list[int]:
    result: list[int] = []
    index, last = 0, len(sequence) - 1
    a, b = pair
    while index <= last:
        if index < last and sequence[index] == a and sequence[index + 1] == b:
            result.append(by)
            index += 2
        else:
            result.append(sequence[index])
            index += 1
    return result
