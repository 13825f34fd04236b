"""Sessions on screen: in JupyterLab's document panel and in notebook cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mcu_lab.session.session import Session
    from mcu_lab.widgets.widget import SessionWidget

#: What a widget shows of a session: everything, or one part of it.
ViewName = Literal["workbench", "timeline", "schedule"]


def show(session: Session, view: ViewName = "workbench") -> SessionWidget:
    """A widget for the last line of a cell: the same views as the panel's, live with the session."""
    # A panel's kernel imports this package too, needs no ipywidgets, and must be quick.
    from mcu_lab.widgets.widget import SessionWidget

    return SessionWidget(session, view=view)


def display(session: Session) -> None:
    """Show ``session`` where the cell that runs shows what it makes."""
    from IPython.display import display as display_here

    display_here(show(session))
