"""A deal's page: its details, its stages, what it counts towards and why, its history, its activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goalpost.crm.deal_page import (
    DealActivity,
    DealView,
    StageStep,
    activities_of_deal,
    deal_seen_by,
    stage_steps,
)
from goalpost.crm.queries import (
    Named,
    PipelineRow,
    activity_types_of_company,
    currencies_with_rates,
    lost_reasons_of_company,
    owners_to_choose,
    pipelines_of_company,
)
from goalpost.crm.rates import worth_of
from goalpost.domain.calendar import Interval, Period
from goalpost.domain.counting import Moment
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import AssigneeKind
from goalpost.insights import formats
from goalpost.insights.change_words import author_of, change_words
from goalpost.insights.deal_ledger import (
    Counted,
    DealChange,
    NotCounted,
    ResultMoved,
    RuledOut,
    deal_history,
    deal_ledger,
)
from goalpost.insights.goal_report import PeriodResult
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.typed import written_amount
from goalpost.web.shell.viewer import Viewer, for_viewer


@dataclass(frozen=True, slots=True)
class Choices:
    """What the forms of the page choose from."""

    people: Sequence[Named]
    pipelines: Sequence[PipelineRow]
    currencies: Sequence[str]
    lost_reasons: Sequence[str]
    activity_types: Sequence[Named]


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed into one form and refused, so that the page opens that form again."""

    form: str
    message: str
    values: Mapping[str, str]


@require_safe
@for_viewer
def deal(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    return draw(request, viewer, deal_id)


def draw(
    request: HttpRequest, viewer: Viewer, deal_id: int, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    """Answer with the deal's page. Raises NotFound."""
    with snapshot():
        found = deal_seen_by(viewer.actor, deal_id)
        context = {
            "deal": found,
            "seen": found.updated_at.isoformat(),
            "worth": _worth(viewer, found),
            "steps": _steps(viewer, found),
            "activities": _activities(viewer, found),
            "choices": choices_of(viewer) if found.may_change or found.is_deleted else None,
            "value_typed": written_amount(found.value.minor, found.value.currency, viewer.language),
            "days": _days(viewer, found),
            "refused": refused,
            "today": viewer.today,
            "counts_url": reverse("web:deal-counts", args=[found.id]),
        }
    return render(request, "deals/deal.html", context, status=status)


def choices_of(viewer: Viewer) -> Choices:
    """Return the choices, in a constant number of queries."""
    own = viewer.company.currency
    return Choices(
        people=owners_to_choose(viewer.actor),
        pipelines=pipelines_of_company(viewer.actor),
        currencies=tuple(dict.fromkeys((own, *currencies_with_rates(viewer.actor)))),
        lost_reasons=lost_reasons_of_company(viewer.actor),
        activity_types=tuple(Named(each.id, each.name) for each in activity_types_of_company(viewer.actor)),
    )


@dataclass(frozen=True, slots=True)
class WorthShown:
    """A deal in another currency, in the company's, at the rate of a day; empty without a rate."""

    amount: str
    rate: str
    day: date


def _worth(viewer: Viewer, deal: DealView) -> WorthShown | None:
    """Return what the deal is worth in the company's currency on the day that decides it."""
    own, language = viewer.company.currency, viewer.language
    if deal.value.currency == own:
        return None
    day = day_in(viewer, deal.closed) or deal.expected_close_date or viewer.today
    worth = worth_of(viewer.company.pk, own, deal.value, day)
    if worth is None:
        return WorthShown("", "", day)
    rate = formats.decimal(worth.rate.normalize(), language)
    one = f"1 {deal.value.currency} = {rate} {own}"
    return WorthShown(formats.money(worth.amount, own, language), one, day)


def day_in(viewer: Viewer, moment: Moment | None) -> date | None:
    """Return the company's day of a moment."""
    if isinstance(moment, datetime):
        return moment.astimezone(ZoneInfo(viewer.company.time_zone)).date()
    return moment


def _days(viewer: Viewer, deal: DealView) -> dict[str, date | None]:
    return {
        "added": day_in(viewer, deal.added),
        "won": day_in(viewer, deal.won),
        "lost": day_in(viewer, deal.lost),
    }


@dataclass(frozen=True, slots=True)
class StepShown:
    """A stage in the path of the deal."""

    step: StageStep
    words: str
    dates: str


def _steps(viewer: Viewer, deal: DealView) -> list[StepShown]:
    steps = stage_steps(viewer.actor, deal, time_zone=viewer.company.time_zone, today=viewer.today)
    return [StepShown(step, _stay_words(step, viewer.language), _stay_dates(step, viewer)) for step in steps]


def _stay_words(step: StageStep, language: str) -> str:
    if step.is_skipped:
        return _("Skipped")
    if not (step.is_past or step.is_current):
        return _("Not yet")
    if step.days is None:
        return _("Days unknown")
    if step.days == 1:
        return _("1 day")
    return _("%(days)s days") % {"days": formats.number(step.days, language)}


def _stay_dates(step: StageStep, viewer: Viewer) -> str:
    if step.since is None:
        return ""
    if step.is_current:
        return _("since %(day)s") % {"day": formats.day(step.since, viewer.language)}
    return formats.day_range(step.since, step.until or step.since, viewer.language)


def _activities(viewer: Viewer, deal: DealView) -> dict[str, list[DealActivity]]:
    found = activities_of_deal(viewer.actor, deal, viewer.company, viewer.today)
    return {
        "next": [each for each in found if not each.is_done],
        "done": [each for each in found if each.is_done],
    }


@require_safe
@for_viewer
def counts(request: HttpRequest, viewer: Viewer, deal_id: int) -> HttpResponse:
    """Answer with what the deal counts towards and its history: a region that comes after the page."""
    with snapshot():
        found = deal_seen_by(viewer.actor, deal_id)
        ledger = deal_ledger(viewer, found)
        history = deal_history(viewer, found)
    context = {
        "deal": found,
        "counted": [_counted(viewer, found, each) for each in ledger.counted],
        "not_counted": [_not_counted(viewer, found, each) for each in ledger.not_counted],
        "more": ledger.more,
        "history": [_change(viewer, each) for each in history],
    }
    return render(request, "deals/counts.html", context)


@dataclass(frozen=True, slots=True)
class PartShown:
    """A line of what the deal counts towards. `start` and `width` draw its part of the bar, in per cent."""

    counted: Counted
    period: str
    why: str
    records_url: str
    start: str
    width: str
    fill: str

    @property
    def result(self) -> PeriodResult:
        return self.counted.result


_POST_AT, _BAR_ENDS_AT = 80, 1.25


def _counted(viewer: Viewer, deal: DealView, each: Counted) -> PartShown:
    result = each.result
    share = min(max(result.result / result.target, 0), _BAR_ENDS_AT) * _POST_AT if result.target else 0
    part = min(abs(each.part or 0) / result.target, _BAR_ENDS_AT) * _POST_AT if result.target else 0
    part = min(part, share)
    query = f"?period={result.period.start.isoformat()}"
    return PartShown(
        counted=each,
        period=_period(viewer, each.goal.terms.interval, result.period),
        why=_why(deal, each),
        records_url=reverse("web:goal-records", args=[each.goal.public_id]) + query,
        start=f"{share - part:.1f}%",
        width=f"{part:.1f}%",
        fill=f"{share:.1f}%",
    )


def _period(viewer: Viewer, interval: Interval, period: Period) -> str:
    return formats.period_name(period, interval, viewer.calendar, viewer.language)


def _why(deal: DealView, each: Counted) -> str:
    terms = each.goal.terms
    team = each.goal.assignee_name
    owner = deal.owner.name
    match terms.measure:
        case Measure.DEALS_WON:
            what = _("Won")
        case Measure.DEALS_STARTED:
            what = _("Added")
        case Measure.DEALS_PROGRESSED:
            what = _("Entered %(stage)s") % {"stage": each.goal.stage.name if each.goal.stage else ""}
        case _:
            what = _("Won, so it counts in full") if deal.is_won else _("Open, by its probability")
    match terms.assignee.kind:
        case AssigneeKind.TEAM:
            return _("%(what)s, and %(owner)s was on %(team)s that day") % {
                "what": what,
                "owner": owner,
                "team": team,
            }
        case AssigneeKind.PERSON:
            return _("%(what)s, and %(owner)s owns it") % {"what": what, "owner": owner}
        case AssigneeKind.COMPANY:
            return _("%(what)s; deals of everybody count") % {"what": what}


@dataclass(frozen=True, slots=True)
class ReasonShown:
    title: str
    url: str
    reason: str


def _not_counted(viewer: Viewer, deal: DealView, each: NotCounted) -> ReasonShown:
    return ReasonShown(
        each.goal.terms.title,
        reverse("web:goal", args=[each.goal.public_id]),
        _reason(viewer, deal, each),
    )


def _reason(viewer: Viewer, deal: DealView, each: NotCounted) -> str:
    goal = each.goal
    words = {
        "owner": deal.owner.name,
        "assignee": goal.assignee_name,
        "pipeline": deal.pipeline.name,
        "stage": goal.stage.name if goal.stage else "",
        "day": formats.day(each.day, viewer.language) if each.day else "",
    }
    said = {
        RuledOut.DELETED: _("It is deleted"),
        RuledOut.NOT_WON: _("Not won"),
        RuledOut.LOST: _("Lost"),
        RuledOut.NO_WON_DAY: _("Won, but the day is unknown"),
        RuledOut.NO_ADD_DAY: _("The day it was added is unknown"),
        RuledOut.NO_CLOSE_DATE: _("Open, without a close date"),
        RuledOut.STAGE_NOT_ENTERED: _("It is not counted as having entered %(stage)s"),
        RuledOut.NO_STAGE_DAY: _("It entered %(stage)s, but the day is unknown"),
        RuledOut.PIPELINE: _("It is in %(pipeline)s, a pipeline this goal leaves out"),
        RuledOut.OWNER: _("%(owner)s owns it, not %(assignee)s"),
        RuledOut.NOT_ON_TEAM: _("%(owner)s was not on %(assignee)s on %(day)s"),
        RuledOut.BEFORE_GOAL: _("It would count on %(day)s, before the goal starts"),
        RuledOut.AFTER_GOAL: _("It would count on %(day)s, after the goal ends"),
    }
    return said[each.reason] % words


@dataclass(frozen=True, slots=True)
class MoveShown:
    by: int
    currency: str
    title: str
    url: str
    period: str


@dataclass(frozen=True, slots=True)
class HistoryShown:
    """A change of the deal, in words, and what it moved."""

    words: str
    who: str
    at: datetime
    when: str
    moved: tuple[MoveShown, ...]


def _change(viewer: Viewer, change: DealChange) -> HistoryShown:
    line, language = change.line, viewer.language
    words = change_words(line, change.currency, language)
    return HistoryShown(
        words=words[:1].upper() + words[1:],
        who=author_of(line),
        at=line.at,
        when=formats.moment(line.at, viewer.company.time_zone, language, this_year=viewer.today.year),
        moved=tuple(_moved(viewer, each) for each in change.moved),
    )


def _moved(viewer: Viewer, each: ResultMoved) -> MoveShown:
    goal = each.goal
    return MoveShown(
        by=each.by,
        currency=each.currency,
        title=goal.terms.title,
        url=reverse("web:goal", args=[goal.public_id]) + f"?period={each.period.start.isoformat()}",
        period=_period(viewer, goal.terms.interval, each.period),
    )
