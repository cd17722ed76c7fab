"""Rows that a page or a reply only names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A row of another table, as far as a page or a reply needs it."""

    id: int
    name: str
