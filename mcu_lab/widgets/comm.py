"""The document panel's line into the kernel: a comm target that opens a model and keeps its session."""

from __future__ import annotations

from typing import Any

from comm import get_comm_manager

from mcu_lab.session.channel import Channel

TARGET = "mcu_lab.session"


def register() -> None:
    """Let front ends open :data:`TARGET`. Calling it again does no harm."""
    get_comm_manager().register_target(TARGET, _on_open)


def _on_open(comm: Any, message: Any) -> None:
    channel = Channel(comm.send)
    comm.on_msg(lambda msg: channel.receive(msg["content"]["data"]))
    comm.on_close(lambda msg: channel.close())
