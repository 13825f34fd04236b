"""Templates of generated files, with figures filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
_PLACE = re.compile(r"@([A-Za-z_]+)@")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text of a template, its ``@words@`` replaced by their values."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return _PLACE.sub(lambda match: values[match[1]], text)
