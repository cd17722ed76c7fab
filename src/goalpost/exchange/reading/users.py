"""Rows of a file of people."""

from collections.abc import Callable

from goalpost.exchange.reading.field_reader import FieldPlan
from goalpost.exchange.reading.fields import EMAIL_LENGTH, NAME_LENGTH
from goalpost.exchange.reading.rows import UserRow
from goalpost.exchange.reading.texts import email_reader, text_reader
from goalpost.exchange.reading.words import ACTIVE_WORDS, word_reader
from goalpost.exchange.sheets.cell import Row


class UserParser:
    """Reads rows as people. A person joins the team of every `team` column, each team once."""

    def __init__(self, plan: FieldPlan) -> None:
        name = text_reader(NAME_LENGTH)
        active = word_reader(ACTIVE_WORDS, "active", "yes or no", "yes")
        self._name = plan.reader("name", name, "")
        self._email = plan.reader("email", email_reader(EMAIL_LENGTH), "")
        self._teams = plan.readers("team", name, "")
        self._manager = plan.reader("manager", text_reader(EMAIL_LENGTH), "")
        self._active = plan.reader("active", active, None)
        self.fields: tuple[Callable[[Row], object], ...] = (
            self._name,
            self._email,
            *self._teams,
            self._manager,
            self._active,
        )

    def parse(self, line: int, row: Row) -> UserRow:
        """Return the row's person. Raises CellRefused."""
        teams = (team(row) for team in self._teams)
        return UserRow(
            line=line,
            name=self._name(row),
            email=self._email(row),
            teams=tuple(dict.fromkeys(team for team in teams if team)),
            manager=self._manager(row),
            is_active=self._active(row),
        )
