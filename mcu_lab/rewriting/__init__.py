"""Rewrites: decisions that change the graph itself. Base graph and rewrites, in order, give the graph.

A rewrite is a value; what follows from it is worked out by :func:`rewritten`, so that it can be undone, compared and
written down like every other decision. One file a rewrite.
"""

from __future__ import annotations

from mcu_lab.rewriting.apply import numbers_of, rewritten
from mcu_lab.rewriting.fold_constants import FoldConstants
from mcu_lab.rewriting.kinds import KINDS, Rewrite, rewrite_named
from mcu_lab.rewriting.numbers import Numbers
from mcu_lab.rewriting.remove_unread import RemoveUnread

__all__ = ["KINDS", "FoldConstants", "Numbers", "RemoveUnread", "Rewrite", "numbers_of", "rewrite_named", "rewritten"]
