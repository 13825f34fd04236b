"""The rewrites there are. A new one is a file of its own, and a line here.

Every one has

    type      what it goes by in documents and messages.
    label     what it does, as an instruction.
    removes   what is to be said of the things that it takes out.
    exact     whether every output byte stays what it was, for every input.
    applied   the graph that it makes of another, and which ids are which; None when it changes nothing. Pure. Raises
              ScheduleError when the graph does not allow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mcu_lab.errors import InputError
from mcu_lab.rewriting.fold_constants import FoldConstants
from mcu_lab.rewriting.remove_unread import RemoveUnread

Rewrite = FoldConstants | RemoveUnread

KINDS: Mapping[str, type[Rewrite]] = MappingProxyType({kind.type: kind for kind in (FoldConstants, RemoveUnread)})


def rewrite_named(name: str) -> Rewrite:
    """The rewrite of this name, with dashes or underscores. Raises InputError when there is none."""
    kind = KINDS.get(name.replace("-", "_"))
    if kind is None:
        known = ", ".join(name.replace("_", "-") for name in sorted(KINDS))
        raise InputError(f"there is no rewrite {name[:80]!r}.", hint=f"There is {known}.")
    return kind()
