"""Errors of an import: of the whole file, or of one row."""


class Unusable(Exception):
    """The file or the options cannot be used. Nothing was changed; the message says what to do."""


class RowRefused(Exception):
    """The row is rejected; the message says what is wrong in which cell, and what is expected.

    `group` is what rows that one option settles have in common, `value` what this one has of its own.
    """

    def __init__(self, message: str, group: str = "", value: str = "") -> None:
        super().__init__(message)
        self.group = group or message
        self.value = value
