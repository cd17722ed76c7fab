"""The records behind a period's result as a file: all that one may see, in the order shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from goalpost.companies.currencies import DIGITS
from goalpost.domain.calendar import Period
from goalpost.domain.counting import DealStatus
from goalpost.domain.measures import Measure
from goalpost.domain.money import to_major
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.goals.records import (
    LATEST,
    RecordLine,
    RecordsBehind,
    Sorting,
    all_records_behind,
    records_behind,
)
from goalpost.insights import formats
from goalpost.insights.export.tables import Cell, Column, Kind, Table
from goalpost.insights.formats import period_name
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.records import asked_for
from goalpost.web.goals.words import DAY_COLUMNS, how_many
from goalpost.web.shell.downloads import long_csv_download, one_of_few, require_export, xlsx_download
from goalpost.web.shell.viewer import Viewer, for_viewer


@require_safe
@for_viewer
def records_file(request: HttpRequest, viewer: Viewer, public_id: str, file_format: str) -> HttpResponseBase:
    with snapshot():
        goal = goal_seen_by(viewer.actor, public_id)
        require_export(viewer.actor)
        asked = asked_for(viewer, goal, request.GET.dict())
    table = records_table(viewer, goal, asked.period, asked.sorting)
    period = period_name(asked.period, goal.terms.interval, viewer.calendar, viewer.language)
    # Translators: in a file's name, after the goal's and the period's
    names = (goal.terms.title, period, _("records"))

    def made() -> HttpResponseBase:
        return long_csv_download(table, *names) if file_format == "csv" else xlsx_download([table], *names)

    return one_of_few(request, made)


def records_table(viewer: Viewer, goal: GoalView, days: Period, sorting: Sorting = LATEST) -> Table:
    """Return the table of all records of some days.

    Its rows are read while they are written: from the snapshot then open, or from one of their own.
    """
    told = _columns(viewer, goal.terms.measure)
    return Table(
        name=_("Activities") if goal.terms.measure.counts_activities else _("Deals"),
        columns=tuple(each.column for each in told),
        rows=_rows(viewer, goal, days, sorting, told),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A column, and what a record has in it."""

    column: Column
    of: Callable[[RecordLine], Cell]


def _columns(viewer: Viewer, measure: Measure) -> tuple[_Told, ...]:
    day = _Told(Column(str(DAY_COLUMNS[measure]), Kind.DAY), lambda record: record.day)
    owner = _Told(Column(_("Owned by")), lambda record: record.owner.name)
    ids = (
        _Told(Column("ID", Kind.NUMBER), lambda record: record.id),
        _Told(Column(_("External ID")), lambda record: record.external_id),
    )
    added = _Told(Column(_("Added at"), Kind.MOMENT), lambda record: _moment(viewer, record.added_at))
    if measure.counts_activities:
        hidden = _("A deal hidden from you")
        return (
            _Told(Column(_("Activity")), lambda record: record.title),
            owner,
            _Told(Column(_("Activity type")), lambda record: record.place),
            _Told(Column(_("Deal")), lambda record: hidden if record.deal_is_hidden else record.deal),
            day,
            added,
            _Told(Column(_("Due on"), Kind.DAY), lambda record: record.due_on),
            _Told(Column(_("Done at"), Kind.MOMENT), lambda record: _moment(viewer, record.closed_at)),
            *ids,
        )
    currency = viewer.company.currency
    # Looked up now: when the rows are written, the language of the request is gone.
    statuses = {
        DealStatus.OPEN: _("Still open"),
        DealStatus.WON: _("Won"),
        DealStatus.LOST: _("Lost"),
        None: "",
    }
    value = Column(_("Value, %(currency)s") % {"currency": currency}, Kind.NUMBER, decimals=DIGITS[currency])
    weight = _Told(Column(_("Counted share"), Kind.PERCENT), lambda record: record.percent)
    return (
        _Told(Column(_("Deal")), lambda record: record.title),
        _Told(Column(_("Customer")), lambda record: record.customer),
        owner,
        _Told(Column(_("Stage")), lambda record: record.place),
        _Told(Column(_("Status")), lambda record: statuses.get(record.status)),
        day,
        _Told(
            value, lambda record: None if record.amount is None else to_major(record.amount, DIGITS[currency])
        ),
        *([weight] if measure is Measure.REVENUE_FORECAST else []),
        _Told(Column(_("Own value"), Kind.NUMBER, decimals=2), _own_value),
        _Told(Column(_("Own currency")), lambda record: record.value.currency if record.value else None),
        added,
        _Told(Column(_("Won at"), Kind.MOMENT), lambda record: _moment(viewer, record.closed_at)),
        _Told(Column(_("Expected on"), Kind.DAY), lambda record: record.due_on),
        *ids,
    )


def _rows(
    viewer: Viewer, goal: GoalView, days: Period, sorting: Sorting, told: Sequence[_Told]
) -> Iterator[tuple[Cell, ...]]:
    with snapshot():
        behind = records_behind(viewer.actor, goal, days, limit=0)
        records = all_records_behind(viewer.actor, goal, days, sorting=sorting, how_many=behind.shown.count)
        for record in records:
            yield tuple(each.of(record) for each in told)
        if behind.hidden.count:
            yield (_hidden_words(viewer, goal, behind), *(None for _each in told[1:]))


def _hidden_words(viewer: Viewer, goal: GoalView, behind: RecordsBehind) -> str:
    language = viewer.language
    with override(language):
        records = how_many(goal.terms.measure, behind.hidden.count, language)
        if goal.terms.measure.counts_activities:
            words = _("%(records)s hidden from you count in the result and are not listed.")
            return words % {"records": records}
        value = formats.money(behind.hidden.amount, viewer.company.currency, language)
        words = _("%(records)s hidden from you, worth %(value)s, count in the result and are not listed.")
        return words % {"records": records, "value": value}


def _major(amount: int | None, currency: str) -> Cell:
    return None if amount is None else to_major(amount, DIGITS[currency])


def _own_value(record: RecordLine) -> Cell:
    return to_major(record.value.minor, DIGITS[record.value.currency]) if record.value else None


def _moment(viewer: Viewer, moment: datetime | None) -> Cell:
    return None if moment is None else moment.astimezone(ZoneInfo(viewer.company.time_zone))
