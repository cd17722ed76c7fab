"""Errors of an import: of the whole file, or of one row."""


class Unusable(Exception):
    """The file or the options cannot be used. Nothing was changed; the message says what to do."""


class RowRefused(Exception):
    """The row is rejected; the message says what is wrong in which cell, and what is expected."""
