"""Real models for these tests: our own, which every clone has, and the shared ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import DATA, model_path, shared_folder


def manifest() -> list[dict[str, Any]]:
    """What is known of the shared models; empty where they are missing."""
    path = shared_folder("models") / "MANIFEST.json"
    return json.loads(path.read_text())["models"] if path.is_file() else []


OWN = [path.stem for path in sorted(DATA.glob("*.tflite"))]
SHARED = [entry["name"].removesuffix(".tflite") for entry in manifest()]


def path_of(name: str) -> Path:
    """Path of an own or a shared model; skips the test if it is not there."""
    return DATA / f"{name}.tflite" if name in OWN else model_path(name)
