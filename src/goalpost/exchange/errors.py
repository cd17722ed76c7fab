"""Errors of an import: of the whole file, or of one row."""

from typing import NamedTuple


class Question(NamedTuple):
    """What a file leaves open, and one answer settles.

    Without a `column`, it is what the text `raw` of a field means: one of the `choices`. Else it is whether
    that column is the field's; `samples` are the first values of it.
    """

    field: str
    raw: str = ""
    choices: tuple[str, ...] = ()
    column: str = ""
    samples: tuple[str, ...] = ()


class Unusable(Exception):
    """The file or the options cannot be used. Nothing was changed; the message says what to do.

    `question` is what the file leaves open, where an answer to that is all it takes.
    """

    def __init__(self, message: str, question: Question | None = None) -> None:
        super().__init__(message)
        self.question = question


class RowRefused(Exception):
    """The row is rejected; the message says what is wrong in which cell, and what is expected.

    `group` is what rows that one option settles have in common, `value` what this one has of its own.
    """

    def __init__(self, message: str, group: str = "", value: str = "") -> None:
        super().__init__(message)
        self.group = group or message
        self.value = value
