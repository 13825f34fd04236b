"""The names that ``fit``'s ``use`` knows; apart from the search, so that a help text need not load the solvers."""

#: Operator order, zero-copy operators, outputs that take over an input's buffer.
TECHNIQUES = frozenset({"order", "alias", "inplace"})
