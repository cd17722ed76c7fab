"""The one error of a cell that cannot be taken."""


class CellRefused(Exception):
    """The cell's row is rejected; the message says what is wrong with the cell and what would be right."""
