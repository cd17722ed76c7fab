"""Rows of a file of activities."""

from collections.abc import Callable
from datetime import date, datetime

from goalpost.exchange.reading.field_reader import FieldPlan
from goalpost.exchange.reading.fields import EMAIL_LENGTH, NAME_LENGTH, TITLE_LENGTH
from goalpost.exchange.reading.rows import ActivityRow
from goalpost.exchange.reading.texts import text_reader
from goalpost.exchange.reading.times import TimeReader
from goalpost.exchange.reading.words import DONE_WORDS, word_reader
from goalpost.exchange.sheets.cell import Row

_NO_MOMENT: datetime | None = None
_NO_DAY: date | None = None
_NOT_SAID: bool | None = None


class ActivityParser:
    """Reads rows as activities. Where `done` is empty, an activity with a marked-as-done time is done."""

    def __init__(self, plan: FieldPlan, times: TimeReader) -> None:
        name, title = text_reader(NAME_LENGTH), text_reader(TITLE_LENGTH)
        done = word_reader(DONE_WORDS, "done", "yes or no", "yes")
        plain = times.without_formats()
        self._external_id = plan.reader("external_id", name, "")
        self._subject = plan.reader("subject", title, "")
        self._type = plan.reader("type", name, "")
        self._owner = plan.reader("owner", text_reader(EMAIL_LENGTH), "")
        self._deal = plan.reader("deal", title, "")
        self._add_time = plan.reader("add_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self._due_date = plan.reader("due_date", times.day, _NO_DAY, read_plain=plain.day)
        self._done = plan.reader("done", done, _NOT_SAID)
        self._marked = plan.reader("marked_as_done_time", times.moment, _NO_MOMENT, read_plain=plain.moment)
        self.fields: tuple[Callable[[Row], object], ...] = (
            *(self._external_id, self._subject, self._type, self._owner, self._deal),
            *(self._add_time, self._due_date, self._done, self._marked),
        )

    def parse(self, line: int, row: Row) -> ActivityRow:
        """Return the row's activity. Raises CellRefused."""
        marked = self._marked(row)
        said = self._done(row)
        is_done = said if said is not None else marked is not None
        return ActivityRow(
            line=line,
            external_id=self._external_id(row),
            subject=self._subject(row),
            type=self._type(row),
            owner=self._owner(row),
            deal=self._deal(row),
            add_time=self._add_time(row),
            due_date=self._due_date(row),
            is_done=is_done,
            marked_as_done_time=marked if is_done else None,
        )
