"""Every error a user can meet: what was wrong, where, and what to try.

Floor 0: imports nothing of the project. Anything raised on purpose derives from
:class:`McuLabError`, so that a caller (CLI, panel, notebook) can show one sentence
instead of a traceback; anything else that escapes is a bug of ours.
"""

from __future__ import annotations


def printable(text: str) -> str:
    """``text`` for a terminal: names from files may hold what moves its cursor, hides text, or turns it round."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class McuLabError(Exception):
    """A failure explained to the person who caused or met it.

    ``what`` is one sentence with the figures seen; ``where`` names the file, operator,
    tensor, field or step; ``hint`` says what to try. All are plain text, never HTML.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return printable(f"{text} {self.hint}" if self.hint else text)


class ModelError(McuLabError):
    """A model file is damaged, cyclic, oversized or not a ``.tflite`` file."""


class UnsupportedError(McuLabError):
    """The model is sound but holds operators that cannot be executed; lists all of them."""


class DeviceError(McuLabError):
    """A board is unknown or its description is wrong."""


class ScheduleError(McuLabError):
    """A schedule asks for something its graph or device does not allow."""


class PlanError(McuLabError):
    """A plan cannot be executed, exported or read."""


class DocumentError(McuLabError):
    """A ``.mcuplan.json`` document is damaged or does not belong to its model."""


class FileChanged(DocumentError):
    """A file is no longer what was last read or written there; writing would lose what somebody else wrote."""


class InputError(McuLabError):
    """An input array or an option has the wrong name, shape, dtype or value."""


class LimitError(McuLabError):
    """More memory, time or steps would be taken than :mod:`mcu_lab.limits` allows."""


class ToolMissing(McuLabError):
    """An optional package or program is needed for this and is not installed."""
