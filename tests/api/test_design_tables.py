"""What docs/DESIGN.md tells a newcomer to touch is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (?P<what>an? [^|]+) \| (?:`(?P<like>[^`]+)`)? ?\| (?P<files>`[^|]+) \|$", re.MULTILINE)
ROWS = [
    (row["what"], row["like"], re.findall(r"`([^`]+)`", row["files"]))
    for row in _ROW.finditer((ROOT / "docs" / "DESIGN.md").read_text(encoding="utf-8"))
]


def naming(word: str) -> set[str]:
    """Files of the library that name it: a class, or ``schedule.`` and a field."""
    field = word.removeprefix("schedule.")
    pattern = (
        rf"(?:[Ss]chedule|decisions)\.{field}\b|\b{field}=|\"{field}\"|^    {field}: tuple\[[A-Z]"
        if field != word
        else rf"\b{word}\b"
    )
    found = (file for file in (ROOT / "mcu_lab").rglob("*.py") if file.name != "__init__.py")
    return {
        str(file.relative_to(ROOT))
        for file in found
        if re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_there_is_a_row_for_all_that_people_add() -> None:
    assert {"a board", "an operator", "a kind of stage", "a decision", "an edit on the wire"} <= {w for w, _, _ in ROWS}


@pytest.mark.parametrize(("what", "like", "files"), ROWS, ids=[row[0] for row in ROWS])
def test_the_files_to_touch_are_those(what: str, like: str | None, files: list[str]) -> None:
    for file in files:
        shown = re.sub("<[^>]+>", "*", file)
        assert list(ROOT.glob(shown)), f"{what}: there is no {file}"
    if like:
        assert naming(like) == set(files)
