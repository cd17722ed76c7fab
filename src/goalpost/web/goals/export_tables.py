"""A goal's periods as a table for a file: the figures of its page, as numbers."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from goalpost.companies.currencies import DIGITS
from goalpost.domain.money import to_major
from goalpost.insights.export.table import Cell, Column, Kind, Table
from goalpost.web.goals.goal_page import GoalPage
from goalpost.web.goals.period_lines import PeriodLine
from goalpost.web.templatetags.parts import pace_word


def periods_table(page: GoalPage) -> Table:
    """Return a row for each period shown. What the page leaves open is an empty cell."""
    lacks_values = any(line.figures.unvalued for line in page.lines)
    columns = [
        Column(_("Period"), width=20),
        Column(_("From"), Kind.DAY),
        Column(_("To"), Kind.DAY),
        _figures(_("Target"), page.currency),
        _figures(_("Result"), page.currency),
        _figures(_("Difference"), page.currency),
        Column(f"{_('Progress')}, %", Kind.PERCENT),
        Column(_("Pace"), width=14),
    ]
    if lacks_values:
        columns.append(Column(_("Without a value"), Kind.NUMBER))
    return Table(_("Periods"), tuple(columns), _rows(page, lacks_values=lacks_values))


def _figures(header: str, currency: str) -> Column:
    if not currency:
        return Column(header, Kind.NUMBER)
    return Column(f"{header}, {currency}", Kind.NUMBER, decimals=DIGITS[currency])


def _rows(page: GoalPage, *, lacks_values: bool) -> Iterator[list[Cell]]:
    for line in page.lines:
        figures = line.figures
        yield [
            line.name[:1].upper() + line.name[1:],
            figures.period.start,
            figures.period.last_day,
            _number(figures.target, page.currency),
            *_reached(line, page.currency),
            pace_word(figures.pace.status),
            *([figures.unvalued] if lacks_values else []),
        ]


def _reached(line: PeriodLine, currency: str) -> tuple[Cell, Cell, Cell]:
    figures = line.figures
    if not line.has_result:
        return None, None, None
    return _number(figures.result, currency), _number(figures.difference, currency), figures.progress


def _number(value: int, currency: str) -> int | Decimal:
    return to_major(value, DIGITS[currency]) if currency else value
