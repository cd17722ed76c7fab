"""Figure e: what pages and the API take on the server, all of the product's own middleware included."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus

from django.test import Client

from benchmarks.company import NOW, Imported
from benchmarks.figures import Figure, Unit
from benchmarks.synthetic import CURRENCY, MEASURED_YEAR
from benchmarks.timing import medians_by_turns
from goalpost.accounts.tokens import issue_token
from goalpost.companies.models import User
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.actions import create_goal
from goalpost.goals.terms import GoalTerms
from goalpost.web.shell.assets import ensure_built

_MILLISECONDS_AT_MOST = 50
_PAGE_AT_MOST = 100
"""What every page keeps to, in milliseconds."""
_HOST = "localhost"
_AT_MOST = {
    "the goal page": _MILLISECONDS_AT_MOST,
    "the API's results": _MILLISECONDS_AT_MOST,
    "the API's periods": _MILLISECONDS_AT_MOST,
    "a year's records by title": _PAGE_AT_MOST,
    "a year's records by stage": _PAGE_AT_MOST,
    "the list of 500 goals": _PAGE_AT_MOST,
}
_RECORDS = "the same page with the records behind a month"
_GOALS = 500


def pages_and_api(company: Imported) -> list[Figure]:
    """Ask for a goal's page, alone and with records, its results and periods, and the list of goals."""
    ensure_built()
    goal_id, of_year = _goal(company), _goal(company, interval=Interval.YEARLY)
    browser = Client(SERVER_NAME=_HOST)
    browser.force_login(company.admin)
    program = Client(SERVER_NAME=_HOST, headers={"x-api-token": issue_token(user=company.admin, now=NOW)})
    year = f"period.start={MEASURED_YEAR}-01-01&period.end={MEASURED_YEAR}-12-31"
    calls = {
        "the goal page": _asking(browser, f"/goals/{goal_id}"),
        _RECORDS: _asking(browser, f"/goals/{goal_id}/records?period={MEASURED_YEAR}-03-01"),
        "the API's results": _asking(program, f"/v1/goals/{goal_id}/results?{year}"),
        "the API's periods": _asking(program, f"/v1/goals/{goal_id}/periods"),
    }
    taken = medians_by_turns(calls, rounds=40)
    for sort in ("title", "stage"):
        address = f"/goals/{of_year}/records?period={MEASURED_YEAR}-01-01&sort={sort}"
        calls = {f"a year's records by {sort}": _asking(browser, address, headers={"hx-request": "true"})}
        taken |= medians_by_turns(calls, rounds=20)
    _set_goals(company)
    taken |= medians_by_turns({"the list of 500 goals": _asking(browser, "/")}, rounds=20)
    return [
        Figure(
            "e",
            f"{what} at {company.deals:,} deals",
            milliseconds,
            Unit.MILLISECONDS,
            at_most=_AT_MOST.get(what),
        )
        for what, milliseconds in taken.items()
    ]


def _set_goals(company: Imported) -> None:
    """Set goals without an end: a fifth for the company, the others for its people by turns."""
    people = User.objects.filter(company=company.company, is_admin=False).order_by("id")
    ids = list(people.values_list("id", flat=True))
    measures = (Measure.DEALS_WON, Measure.DEALS_STARTED, Measure.REVENUE_FORECAST)
    for at in range(_GOALS):
        measure = measures[at % len(measures)]
        metric = Metric.SUM if measure is Measure.REVENUE_FORECAST or at % 2 else Metric.QUANTITY
        whose = Assignee(AssigneeKind.PERSON, ids[at % len(ids)])
        terms = GoalTerms(
            title=f"Goal {at}",
            measure=measure,
            assignee=whose if at % 5 else Assignee(AssigneeKind.COMPANY, company.company.pk),
            interval=list(Interval)[at % len(Interval)],
            metric=metric,
            target=1_000_00,
            currency=CURRENCY if metric is Metric.SUM else "",
            starts_on=date(MEASURED_YEAR, 1, 1),
            ends_on=None,
        )
        create_goal(actor=company.actor, terms=terms, now=NOW)


def _goal(company: Imported, *, interval: Interval = Interval.MONTHLY) -> str:
    terms = GoalTerms(
        title="Won value",
        measure=Measure.DEALS_WON,
        assignee=Assignee(AssigneeKind.COMPANY, company.company.pk),
        interval=interval,
        metric=Metric.SUM,
        target=100_000_000_00,
        currency=CURRENCY,
        starts_on=date(MEASURED_YEAR, 1, 1),
        ends_on=date(MEASURED_YEAR, 12, 31),
    )
    return create_goal(actor=company.actor, terms=terms, now=NOW).public_id


def _asking(client: Client, address: str, *, headers: dict[str, str] | None = None) -> Callable[[], None]:
    def ask() -> None:
        response = client.get(address, headers=headers)
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{address} answered {response.status_code}: {response.content[:500]!r}")

    return ask
