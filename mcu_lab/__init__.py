"""mcu_lab: make a neural network fit a microcontroller, and see why it fits."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Public names; each is fetched from :mod:`mcu_lab.api` when first used, so that importing the package stays quick.
__all__ = [
    "BundleSession", "Session", "boards", "bundle", "execute", "execute_turns", "export", "fit", "front",
    "live_session", "load", "lower", "report", "rewrite", "run", "table", "timeline", "tradeoff", "verify", "zoo",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mcu_lab' has no attribute {name!r}")
    return getattr(import_module("mcu_lab.api"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the front end's bundle in a development install."""
    return [{"src": "labextension", "dest": "mcu-lab"}]
