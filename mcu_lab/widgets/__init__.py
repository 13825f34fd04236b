"""Sessions on screen: in JupyterLab's document panel and in notebook cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcu_lab.session.session import Session
    from mcu_lab.widgets.widget import SessionWidget


def show(session: Session) -> SessionWidget:
    """A widget for the last line of a cell: the same view as the panel's, live with the session."""
    # A panel's kernel imports this package too, needs no ipywidgets, and must be quick.
    from mcu_lab.widgets.widget import SessionWidget

    return SessionWidget(session)
