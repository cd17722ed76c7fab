"""Figure e: what pages and the API take on the server, all of the product's own middleware included."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus

from django.test import Client

from benchmarks.company import NOW, Imported
from benchmarks.figures import Figure, Unit
from benchmarks.synthetic import CURRENCY, MEASURED_YEAR
from benchmarks.timing import medians_by_turns
from goalpost.companies.tokens import issue_token
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.goals.actions import create_goal
from goalpost.goals.terms import GoalTerms
from goalpost.web.assets import ensure_built

_MILLISECONDS_AT_MOST = 50
_HOST = "localhost"
_RECORDS = "the same page with the records behind a month"


def pages_and_api(company: Imported) -> list[Figure]:
    """Ask for a goal's page, alone and with the records of a month, and for its results and periods."""
    ensure_built()
    goal_id = _goal(company)
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
    return [
        Figure(
            "e",
            f"{what} at {company.deals:,} deals",
            milliseconds,
            Unit.MILLISECONDS,
            at_most=None if what == _RECORDS else _MILLISECONDS_AT_MOST,
        )
        for what, milliseconds in taken.items()
    ]


def _goal(company: Imported) -> str:
    terms = GoalTerms(
        title="Won value",
        measure=Measure.DEALS_WON,
        assignee=Assignee(AssigneeKind.COMPANY, company.company.pk),
        interval=Interval.MONTHLY,
        metric=Metric.SUM,
        target=100_000_000_00,
        currency=CURRENCY,
        starts_on=date(MEASURED_YEAR, 1, 1),
        ends_on=date(MEASURED_YEAR, 12, 31),
    )
    return create_goal(actor=company.actor, terms=terms, now=NOW).public_id


def _asking(client: Client, address: str) -> Callable[[], None]:
    def ask() -> None:
        response = client.get(address)
        if response.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{address} answered {response.status_code}: {response.content[:500]!r}")

    return ask
