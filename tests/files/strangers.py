"""Folders as users have them: sources, repositories, links in and out, odd names, read-only files."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from random import Random

#: What a path is: its kind and mode, and its content or where it leads.
Seen = dict[str, tuple[int, str]]

ODD_NAMES = [
    "a b.txt", "new\nline", "\x1b[31mred.c", "\u202egnp.c", "-rf", "~", "$(touch x)", "n" * 250, "%s", "caf\u00e9",
    "\udcff\udcfe", ".hidden", "MAIN.C", "con", "#x#", "[bold].h",
]  # fmt: skip
KINDS = [*["file"] * 5, "read-only", "link", "link", "dangling", "loop", "pipe", "folder", "hard link"]
FOLDERS = ["src", "src/deep/er", "docs", ".git/refs", "build", "empty/one"]


def strange_folder(random: Random, root: Path, in_the_way: Sequence[str] = ()) -> None:
    """Fill ``root`` with a user's things, some at the paths ``in_the_way``; links lead to ``root``-elsewhere too."""
    elsewhere = root.with_name(f"{root.name}-elsewhere")
    elsewhere.mkdir()
    (elsewhere / "precious").write_bytes(random.randbytes(40))
    root.mkdir(exist_ok=True)
    for folder in random.sample(FOLDERS, random.randrange(len(FOLDERS))):
        (root / folder).mkdir(parents=True, exist_ok=True)
    folders = [root, *(p for p in root.rglob("*") if p.is_dir())]
    names = [*random.sample(ODD_NAMES, random.randrange(6)), *(f"file{i}.c" for i in range(random.randrange(5)))]
    for name in names:
        path = random.choice(folders) / name
        if not os.path.lexists(path):
            _thing(random, path, elsewhere)
    for path in in_the_way:
        if not _is_blocked(root, path):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            _thing(random, root / path, elsewhere)


def _is_blocked(root: Path, path: str) -> bool:
    parts = [root.joinpath(*Path(path).parts[:end]) for end in range(1, len(Path(path).parts) + 1)]
    return os.path.lexists(parts[-1]) or any(os.path.lexists(p) and not stat.S_ISDIR(p.lstat().st_mode) for p in parts)


def _thing(random: Random, path: Path, elsewhere: Path) -> None:
    match random.choice(KINDS):
        case "link":
            path.symlink_to(random.choice([elsewhere, elsewhere / "precious", path.parent, Path("/dev/zero")]))
        case "dangling":
            path.symlink_to(elsewhere / "not-there")
        case "loop":
            path.symlink_to(path.name)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "hard link":
            os.link(elsewhere / "precious", path)
        case kind:
            path.write_bytes(random.randbytes(random.choice([0, 10, 3000])))
            path.chmod(0o444 if kind == "read-only" else random.choice([0o600, 0o644, 0o755]))


def seen_in(*roots: Path) -> Seen:
    """Everything below the roots, by path."""
    found: Seen = {}
    for root in roots:
        for folder, folders, files in os.walk(root):
            for name in [*folders, *files]:
                path = Path(folder, name)
                found[str(path)] = _seen(path)
    return found


def _seen(path: Path) -> tuple[int, str]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return stat.S_IFMT(mode), os.readlink(path)
    content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""
    return mode, content
