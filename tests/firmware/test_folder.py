"""An export shares its folder with its user: whatever lies there and is not an export's stays as it is.

``MCU_LAB_FOLDERS=2000 python -m pytest tests/firmware/test_folder.py`` tries more folders.
"""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from mcu_lab.errors import InputError
from mcu_lab.firmware import folder as folders
from mcu_lab.firmware.folder import MARKER, marker_text, write_folder
from tests.files.failing import failing, in_a_process_that_dies, no_space
from tests.files.strangers import Seen, seen_in, strange_folder

CASES = int(os.environ.get("MCU_LAB_FOLDERS", 60))
FILES = {
    "model.c": b"int model;\n", "model.h": b"int h;\n", "main.c": b"int main;\n", "Makefile": b"all:\n",
    "runtime/mcu_lab.c": b"int r;\n", "runtime/kernels/move.c": b"int k;\n" * 500,
}  # fmt: skip
OTHERS = {
    "other.c": b"int other;\n", "other.h": b"int h;\n", "main.c": b"int other_main;\n", "Makefile": b"all:\n",
    "runtime/mcu_lab.c": b"int r2;\n", "runtime/kernels/add.c": b"int add;\n",
}  # fmt: skip
OURS = sorted({*FILES, *OTHERS})


def held(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.is_symlink() and p.name != MARKER
    }


def digests(files: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    return {path: frozenset({sha256(data).hexdigest()}) for path, data in files.items()}


def markers(random: Random) -> Iterator[bytes]:
    """What a file of the marker's name may hold that no export wrote, or that was spoilt afterwards."""
    whole = marker_text(digests(FILES))
    yield b""
    yield "".join(f"{path}\n" for path in FILES).encode()
    yield whole[: random.randrange(len(whole))]
    yield whole.replace(b"main.c", random.choice([b"../main.c", b"/etc/passwd", b".git/HEAD", b"src/../x.c", b"a/b.c"]))
    yield whole.replace(b"main.c", b"thesis.tex")
    yield random.randbytes(500)
    yield b"0" * 64 + b"  main.c\n"
    yield b"".join(b"%064d  f%d.c\n" % (i, i) for i in range(20_000))


def user_edits(random: Random, folder: Path, files: Mapping[str, bytes]) -> set[str]:
    """Edit, remove and protect some files of an export, as its user might; which of them are no longer as written."""
    changed = set()
    for path in random.sample(sorted(files), random.choice([0, 0, 1, 2])):
        match random.choice(["edit", "append", "remove", "protect", "link"]):
            case "edit":
                (folder / path).write_bytes(b"mine")
            case "append":
                (folder / path).write_bytes(files[path] + b"// mine\n")
            case "remove":
                (folder / path).unlink()
            case "protect":
                (folder / path).chmod(0o444)
            case "link":
                (folder / path).unlink()
                (folder / path).symlink_to("nowhere")
        changed.add(path)
    return changed


def without(seen: Seen, folder: Path, paths: set[str]) -> Seen:
    """What was seen but these paths and the folders of an export, which come and go with it."""
    own = {str(folder / path) for path in {*paths, MARKER}}
    above = {str(folder / p) for path in OURS for p in Path(path).parents[:-1]}
    return {
        path: (mode, what)
        for path, (mode, what) in seen.items()
        if path not in own and not (path in above and stat.S_ISDIR(mode))
    }


@pytest.mark.parametrize("part", range(4))
def test_nothing_foreign_ever_changes(part: int, tmp_path: Path) -> None:
    outcomes = {"written": 0, "refused": 0}
    for case in range(part, CASES, 4):
        random = Random(case)
        folder = tmp_path / f"f{case}"
        first, second = random.sample([FILES, OTHERS], 2)
        ours: set[str] = set()
        if random.random() < 0.5:
            write_folder(folder, first)
            ours = set(first) - user_edits(random, folder, first)
        if random.random() < 0.7:
            strange_folder(random, folder, random.sample(OURS, random.choice([0, 0, 0, 1, 3])))
        if random.random() < 0.3:
            folder.mkdir(exist_ok=True)
            (folder / MARKER).unlink(missing_ok=True)
            (folder / MARKER).write_bytes(random.choice(list(markers(random))))
            ours = set()
        roots = (folder, folder.with_name(f"{folder.name}-elsewhere"))
        before, overwrite = seen_in(*roots), random.random() < 0.3
        try:
            write_folder(folder, second, overwrite=overwrite)
        except InputError as refused:
            outcomes["refused"] += 1
            assert seen_in(*roots) == before, case
            assert str(folder) in refused.where
            continue
        outcomes["written"] += 1
        after = seen_in(*roots)
        replaceable = ours | (set(second) if overwrite else set())
        assert without(before, folder, replaceable) == without(after, folder, replaceable | set(second)), case
        now = held(folder)
        assert {path: now[path] for path in second} == second, case
        assert not [name for name in os.listdir(folder) if name.startswith(f"{MARKER}.")]
        if not overwrite:
            write_folder(folder, first)
            write_folder(folder, second)
            assert without(seen_in(*roots), folder, set(OURS)) == without(after, folder, set(OURS))
    assert all(outcomes.values()), outcomes


def test_an_edited_file_is_named_and_stays(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "main.c").write_bytes(b"mine")
    before = seen_in(tmp_path)
    with pytest.raises(InputError, match=r"main\.c") as refused:
        write_folder(tmp_path, OTHERS)
    assert seen_in(tmp_path) == before and refused.value.hint
    write_folder(tmp_path, OTHERS, overwrite=True)
    assert (tmp_path / "main.c").read_bytes() == OTHERS["main.c"]


def test_an_edited_file_that_no_export_has_a_use_for_is_kept_even_when_overwriting(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "model.c").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"model\.c"):
        write_folder(tmp_path, OTHERS)
    write_folder(tmp_path, OTHERS, overwrite=True)
    assert held(tmp_path) == {**OTHERS, "model.c": b"mine"}


def test_many_files_in_the_way_are_counted(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    for path in FILES:
        (tmp_path / path).write_bytes(b"mine")
    (tmp_path / "kept").write_bytes(b"")
    with pytest.raises(InputError, match="no export made"):
        write_folder(tmp_path, OTHERS)
    (tmp_path / "model.h").write_bytes(FILES["model.h"])
    with pytest.raises(InputError, match=r"Makefile, main\.c, model\.c, runtime/kernels/move\.c, runtime/mcu_lab\.c\."):
        write_folder(tmp_path, OTHERS)


def test_files_beside_an_export_are_kept(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref")
    (tmp_path / "runtime" / "mine.c").write_text("int mine;")
    write_folder(tmp_path, OTHERS)
    assert held(tmp_path) == {**OTHERS, ".git/HEAD": b"ref", "runtime/mine.c": b"int mine;"}


def test_a_file_that_says_the_same_already_is_in_nobodys_way(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (tmp_path / "other.c").write_bytes(OTHERS["other.c"])
    write_folder(tmp_path, OTHERS)
    assert held(tmp_path) == OTHERS


@pytest.mark.parametrize("earlier", [None, FILES], ids=["fresh", "again"])
def test_a_full_disk_at_any_moment_leaves_what_there_was_or_what_the_next_export_knows(
    earlier: Mapping[str, bytes] | None, tmp_path: Path
) -> None:
    for at in range(1000):
        folder = tmp_path / str(at)
        if earlier:
            write_folder(folder, earlier)
            (folder / "mine.txt").write_text("mine")
        before = seen_in(folder)
        with failing(at, no_space) as made:
            refused = None
            try:
                write_folder(folder, OTHERS)
            except InputError as error:
                refused = error.what
        assert not earlier or (folder / "mine.txt").read_text() == "mine"
        assert refused is None or "No space left" in refused
        if refused and "replace" not in made[:at]:
            assert seen_in(folder) == before
            assert folder.exists() == bool(earlier)
        write_folder(folder, OTHERS)
        assert held(folder) == OTHERS | ({"mine.txt": b"mine"} if earlier else {})
        assert not [name for name in os.listdir(folder) if name.startswith(f"{MARKER}.")]
        if len(made) <= at:
            break
    assert len(made) == at > 10


@pytest.mark.quick(1)
@pytest.mark.parametrize("earlier", [None, FILES], ids=["fresh", "again"])
def test_a_process_killed_at_any_moment_leaves_what_the_next_export_knows(
    earlier: Mapping[str, bytes] | None, tmp_path: Path
) -> None:
    for at in range(1000):
        folder = tmp_path / str(at)
        if earlier:
            write_folder(folder, earlier)
            (folder / "mine.txt").write_text("mine")
        died = in_a_process_that_dies(at, lambda: write_folder(folder, OTHERS))  # noqa: B023
        assert not earlier or (folder / "mine.txt").read_text() == "mine"
        write_folder(folder, OTHERS)
        assert held(folder) == OTHERS | ({"mine.txt": b"mine"} if earlier else {})
        if not died:
            break
    assert at > 10


def test_kills_at_random_moments(tmp_path: Path) -> None:
    random = Random(3)
    folder = tmp_path / "out"
    strange_folder(random, folder)
    write_folder(folder, FILES, overwrite=True)
    foreign = without(seen_in(tmp_path), folder, set(OURS))
    for _ in range(CASES // 10):
        child = os.fork()
        if child == 0:
            for files in (OTHERS, FILES) * 50:
                write_folder(folder, files)
            os._exit(0)
        time.sleep(random.uniform(0, 0.05))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        now = {path: what for path, what in seen_in(tmp_path).items() if not Path(path).name.startswith(f"{MARKER}.")}
        assert without(now, folder, set(OURS)) == foreign
    write_folder(folder, FILES)
    assert without(seen_in(tmp_path), folder, set(OURS)) == foreign
    assert {path: held(folder)[path] for path in FILES} == FILES


def test_a_folder_that_cannot_be_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for place in (tmp_path / "loop", tmp_path / "a\0b", tmp_path / ("n" * 300)):
        with pytest.raises(InputError, match=r"cannot be written|not a folder"):
            write_folder(place, FILES)


def test_the_names_of_an_export_are_those_that_a_marker_may_list() -> None:
    assert all(folders._OURS.fullmatch(path) for path in OURS)
