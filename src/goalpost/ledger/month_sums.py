"""Sums over whole months of people, tally by tally.

Questions that differ only in whom they ask about are read together: everybody on a leaderboard, all members
of a team. The tallies are few; to add them up here takes less time than to sort them into groups there.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple, cast

from django.db import connection

from goalpost.domain.measures import Measure
from goalpost.ledger.models import OwnerMonthTally
from goalpost.ledger.questions import NOTHING, Selection, Total
from goalpost.ledger.spans import Spans
from goalpost.ledger.statements import fetch, list_of, literal

_KINS_A_STATEMENT = 200
"""SQLite joins at most 500 by UNION."""


class _Kin(NamedTuple):
    """What questions have in common that are read together."""

    measure: Measure
    pipelines: frozenset[int] | None
    items: frozenset[int] | None
    first_month: date
    last_month: date


_Places = Mapping[str, Sequence[int]]
_Wanted = dict[int, list[tuple[list[Total], _Places]]]
"""By owner: the answers to add to, and the places of each month in them."""


def add_owner_months(company_id: int, asked: Sequence[tuple[list[Total], Selection, Spans]]) -> None:
    """Add the whole months to the answers, in one statement for every 200 kinds of question."""
    wanted: dict[_Kin, _Wanted] = {}
    for answer, selection, spans in asked:
        kin = _kin(selection, spans)
        if kin is not None:
            whose = wanted.setdefault(kin, {})
            for owner_id in selection.owners or ():
                whose.setdefault(owner_id, []).append((answer, spans.months))
    kins = [(kin, whose) for kin, whose in wanted.items() if whose]
    for start in range(0, len(kins), _KINS_A_STATEMENT):
        _add(company_id, kins[start : start + _KINS_A_STATEMENT])


def _kin(selection: Selection, spans: Spans) -> _Kin | None:
    """Return None where there is nothing to add: no whole month, or a choice of nothing."""
    if spans.first_month is None or spans.last_month is None:
        return None
    if selection.pipelines == frozenset() or selection.items == frozenset():
        return None
    return _Kin(selection.measure, selection.pipelines, selection.items, spans.first_month, spans.last_month)


def _add(company_id: int, kins: Sequence[tuple[_Kin, _Wanted]]) -> None:
    statement = " UNION ALL ".join(_statement(no, kin, whose) for no, (kin, whose) in enumerate(kins))
    rows = cast("list[tuple[int, int, str, int, int, int]]", fetch(statement, [company_id] * len(kins)))
    for no, owner_id, month, count, amount, unvalued in rows:
        for answer, places in kins[no][1][owner_id]:
            for place in places.get(month, ()):
                sofar = answer[place]
                answer[place] = (
                    Total(count, amount, unvalued)
                    if sofar is NOTHING
                    else sofar.plus(count, amount, unvalued)
                )


def _statement(no: int, kin: _Kin, owners: Collection[int]) -> str:
    """Return the statement for kin number `no`. Months come as text: no driver has to build dates of them."""
    chosen = "".join(
        f" AND t.{column} IN ({list_of(ids)})"
        for column, ids in (("pipeline_id", kin.pipelines), ("item_id", kin.items))
        if ids is not None
    )
    return (
        f"SELECT {no:d}, t.owner_id, CAST(t.month AS text), t.count, t.amount, t.unvalued "  # noqa: S608  numbers and days
        f"FROM {connection.ops.quote_name(OwnerMonthTally._meta.db_table)} t "
        f"WHERE t.company_id = %s AND t.measure = {kin.measure:d} AND t.owner_id IN ({list_of(owners)}) "
        f"AND t.month >= {literal(kin.first_month)} AND t.month <= {literal(kin.last_month)}{chosen}"
    )
