"""Thousands of damaged copies of real files: each gives a graph or one ModelError, in bounded time and memory.

Seeds are fixed, so a failure names its mutant. Flips, splices and attacks aim at the parts of a file that are not
weights, where the structure is.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from mcu_lab.errors import ModelError
from mcu_lab.graph.flatbuffer import Table
from mcu_lab.graph.ir import Graph
from mcu_lab.graph.tflite_read import read_tflite
from mcu_lab.graph.tflite_write import write_tflite
from tests.conftest import DATA, part, shared_folder

MUTANTS_PER_FILE = 700
WRITE_EVERY = 10
SMALL_BYTES = 64_000
MOST_SECONDS = 2.0
MOST_BYTES = 200 * 2**20


def small_files() -> list[Path]:
    folders = (DATA, shared_folder("models"))
    return [p for f in folders for p in sorted(f.glob("*.tflite")) if p.stat().st_size <= SMALL_BYTES]


@cache
def structure(path: Path) -> tuple[bytes, tuple[int, ...]]:
    """A file's bytes, and the places in it that hold no weights."""
    data = path.read_bytes()
    weights: set[int] = set()
    for buffer in Table.root("Model", data).tables("buffers", "Buffer"):
        span = buffer["data"]
        weights.update(range(span.start, span.start + span.size) if span else ())
    return data, tuple(i for i in range(len(data)) if i not in weights)


def flipped(data: bytearray, places: tuple[int, ...], rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        data[rng.choice(places)] ^= 1 << rng.randrange(8)


def truncated(data: bytearray, places: tuple[int, ...], rng: random.Random) -> None:
    del data[rng.choice((rng.randrange(len(data)), rng.randrange(64), len(data) - 1 - rng.randrange(64))) :]


def spliced(data: bytearray, places: tuple[int, ...], rng: random.Random) -> None:
    size, source = rng.randrange(1, 200), rng.choice(places)
    target = rng.choice(places)
    data[target : target + rng.choice((0, size))] = data[source : source + size]


def attacked(data: bytearray, places: tuple[int, ...], rng: random.Random) -> None:
    """Lengths, offsets and sizes of fields: replace an aligned word by one that is likely to hurt."""
    place = rng.choice(places) & ~3
    bad = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - place, len(data), len(data) - place, 0x10000)
    word = rng.choice((*bad, rng.randrange(len(data)), rng.getrandbits(32)))
    data[place : place + 4] = (word & 0xFFFFFFFF).to_bytes(4, "little")


def redirected(data: bytearray, places: tuple[int, ...], rng: random.Random) -> None:
    """Make one word point to where another one points: shared and cyclic tables."""
    source, target = rng.choice(places) & ~3, rng.choice(places) & ~3
    pointed = source + int.from_bytes(data[source : source + 4], "little") - target
    data[target : target + 4] = (pointed & 0xFFFFFFFF).to_bytes(4, "little")


MUTATIONS: tuple[Callable[[bytearray, tuple[int, ...], random.Random], None], ...] = (
    *(flipped, flipped, truncated, spliced, attacked, attacked, redirected),
)


def mutant(path: Path, seed: int) -> bytes:
    data, places = structure(path)
    rng = random.Random(f"{path.name} {seed}")
    damaged = bytearray(data)
    rng.choice(MUTATIONS)(damaged, places, rng)
    return bytes(damaged)


def test_the_corpus_is_large_enough() -> None:
    if not shared_folder("models").is_dir():
        pytest.skip("real models not found: set MCU_LAB_MODELS to the folder that holds them")
    assert MUTANTS_PER_FILE * len(small_files()) >= 5_000


@pytest.mark.slow
@pytest.mark.parametrize("path", small_files(), ids=lambda p: p.stem)
def test_damaged_files_give_a_graph_or_one_model_error(path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    mutants = part(MUTANTS_PER_FILE, 5)
    for seed in range(mutants):
        damaged = mutant(path, seed)
        started = time.process_time()
        graph = opened(damaged)
        assert time.process_time() - started < MOST_SECONDS, seed
        refused += graph is None
        if graph and seed % WRITE_EVERY == 0:
            again = read_tflite(write_tflite(graph))
            assert replace(again, sha256=graph.sha256) == graph or has_nan(graph), seed
    peak_kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert peak_kibibytes * 1024 < MOST_BYTES
    assert 0.1 * mutants < refused < mutants


def opened(data: bytes) -> Graph | None:
    """The graph, or None for a ModelError; anything else escapes and fails the test."""
    try:
        return read_tflite(data)
    except ModelError as error:
        assert error.what
        return None


def has_nan(graph: Graph) -> bool:
    """A damaged option may be NaN, which equals nothing."""
    return any(v != v for g in (graph, *graph.subgraphs) for op in g.operators for v in op.attrs.values())
