"""One file for each operator, named as TFLite names it; each fills in a ``SPEC``."""
