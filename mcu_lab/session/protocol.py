"""What travels between a session and a front end: one family of messages, whatever carries them.

Every message is an object with a ``type``; :mod:`mcu_lab.session.requests` has what is asked,
:mod:`mcu_lab.session.events` what is answered and told.
"""

from __future__ import annotations

from mcu_lab.session.events import Event
from mcu_lab.session.requests import Request

__all__ = ["PROTOCOL", "Event", "Request"]

#: Raised by one with every change that an older front end could not read.
PROTOCOL = 5
