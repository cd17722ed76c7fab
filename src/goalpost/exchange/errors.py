"""What stops an import: as a whole before it begins, or one row of it."""


class Unusable(Exception):
    """The file or the options cannot be used. Nothing was changed; the message says what to do."""


class RowRefused(Exception):
    """The row is rejected; the message says what is wrong, in which cell, and what would be right."""
