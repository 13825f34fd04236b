"""A session in a notebook cell."""

from __future__ import annotations

from typing import Any, get_args

from ipywidgets import DOMWidget
from traitlets import Enum, Unicode

from mcu_lab import __version__
from mcu_lab.session.channel import Channel
from mcu_lab.session.session import Session
from mcu_lab.widgets import ViewName
from mcu_lab.widgets.line import Line

MODULE = "mcu-lab"
#: Any front end will do for loading; whether both understand each other is settled by the first message, in words.
ANY_VERSION = "*"


class SessionWidget(DOMWidget):
    """Shows ``session`` live: edits made in the cell, in another cell or from Python appear in all of them."""

    _model_name = Unicode("SessionModel").tag(sync=True)
    _model_module = Unicode(MODULE).tag(sync=True)
    _model_module_version = Unicode(ANY_VERSION).tag(sync=True)
    _view_name = Unicode("SessionView").tag(sync=True)
    _view_module = Unicode(MODULE).tag(sync=True)
    _view_module_version = Unicode(ANY_VERSION).tag(sync=True)
    version = Unicode(__version__).tag(sync=True)
    #: Which part of the session to show.
    view = Enum(get_args(ViewName), "workbench").tag(sync=True)

    def __init__(self, session: Session, *, view: ViewName = "workbench", **options: Any) -> None:
        super().__init__(view=view, **options)
        self.session = session
        line = Line(self.send)
        channel = Channel(line.send, session)
        self._channel = channel

        def receive(widget: Any, content: Any, buffers: Any) -> None:
            line.heard()
            channel.receive(content)

        self.on_msg(receive)

    def close(self) -> None:
        self._channel.close()
        super().close()
