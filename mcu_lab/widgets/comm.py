"""The document panel's line into the kernel: a comm target that opens a model and keeps its session."""

from __future__ import annotations

import gc
from typing import Any

from comm import get_comm_manager

from mcu_lab.session.channel import Channel
from mcu_lab.widgets.line import Line

TARGET = "mcu_lab.session"


def register() -> None:
    """Let front ends open :data:`TARGET`. Calling it again does no harm."""
    get_comm_manager().register_target(TARGET, _on_open)
    if _is_unused():
        # What is loaded by now stays: a full collection would look through all of it, in the middle of an edit.
        gc.collect()
        gc.freeze()


def _is_unused() -> bool:
    """Whether nobody has run a cell in this kernel: then it is a panel's own."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell is not None and shell.execution_count <= 1


def _on_open(comm: Any, message: Any) -> None:
    line = Line(comm.send)
    channel = Channel(line.send)

    def receive(message: Any) -> None:
        line.heard()
        channel.receive(message["content"]["data"])

    comm.on_msg(receive)
    comm.on_close(lambda message: channel.close())
