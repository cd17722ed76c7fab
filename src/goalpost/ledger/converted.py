"""What a total in another currency holds of records in other currencies than its own.

Tallies know what these are worth in the company's currency only. Each is converted at the rate of its own
day and rounded by itself, so that a total is the sum of its records: they are read from the standings, those
alike together. The tallies say whether there are any.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import cast

from django.db import connection

from goalpost.domain.calendar import Period
from goalpost.ledger.models import Standing
from goalpost.ledger.questions import Question, Selection, Split, Total, converted
from goalpost.ledger.records import selected_lines
from goalpost.storage.bulk_rows import fetch, literal, values

_AT_ONCE = 200
"""SQLite joins at most 500 by UNION."""


def add_converted(company_id: int, answers: Sequence[list[Total]], questions: Sequence[Question]) -> None:
    """Add what is converted to the answers of such questions, in one statement for every 200 of them."""
    wanted = [
        (answer, question)
        for answer, question in zip(answers, questions, strict=True)
        if any(total.converted for total in answer)
    ]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for no, _key, place, total in _read(company_id, [question for _answer, question in some], "0"):
            answer = some[no][0]
            answer[place] = answer[place].plus(*total)


def add_converted_parts(
    company_id: int, parts: Mapping[int, list[Total]], question: Question, split: Split
) -> None:
    """Add what is converted to the parts of a question's totals, in one statement."""
    for _no, key, place, total in _read(company_id, [question], f"s.{split}"):
        parts[key][place] = parts[key][place].plus(*total)


def _read(company_id: int, questions: Sequence[Question], key: str) -> Iterator[tuple[int, int, int, Total]]:
    """Yield what to add: for which question, which value of the key column, and which range."""
    statement = " UNION ALL ".join(
        _statement(no, company_id, question.selection, question.ranges, key)
        for no, question in enumerate(questions)
    )
    rows = cast("list[tuple[int, int, int, str, int, int, int]]", fetch(statement, []))
    for no, key_value, place, day, *line in rows:
        conversion = questions[no].selection.conversion
        assert conversion is not None, "the company's currency needs none"
        yield no, key_value, place, converted(conversion, date.fromisoformat(day), *line)


def _statement(no: int, company_id: int, selection: Selection, ranges: Sequence[Period], key: str) -> str:
    days = values([(place, span.start, span.end) for place, span in enumerate(ranges)])
    table = connection.ops.quote_name(Standing._meta.db_table)
    return (
        f"SELECT {no:d}, {key}, r.column1, CAST(s.day AS text), s.amount, s.count, COUNT(*) "  # noqa: S608  ours
        f"FROM ({days}) AS r CROSS JOIN {table} s WHERE {selected_lines(company_id, selection)} "
        f"AND s.day >= r.column2 AND s.day < r.column3 "
        f"AND s.currency <> {literal(selection.currency)} AND s.unvalued = 0 "
        f"GROUP BY {'' if key == '0' else f'{key}, '}r.column1, s.day, s.amount, s.count"
    )
