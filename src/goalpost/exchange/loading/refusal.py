"""The one error of a row that was understood but cannot be loaded."""


class RowRefused(Exception):
    """The row is rejected; the message says why and what would be right."""
