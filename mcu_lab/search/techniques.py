"""The names that ``fit``'s ``use`` knows; apart from the search, so that a help text need not load the solvers."""

#: What decides about whole tensors: operator order, zero-copy operators, outputs that take over an input's buffer.
WHOLE = frozenset({"order", "alias", "inplace"})
#: Stages: row by row, nothing made twice; in slices of channels; in patches whose halos are made again, which is only
#: done when more multiply-accumulates than the model's own are allowed.
PARTIAL = frozenset({"rows", "channels", "patches"})

TECHNIQUES = WHOLE | PARTIAL
