"""Figure e: what pages and the API take on the server, all of the product's own middleware included.

A page to measure is a line of PAGES, with its bar in yardstick pages or in another page of the list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from http import HTTPStatus

from django.test import Client, override_settings

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

_HOST = "localhost"
_GOALS = 500
_ROUNDS = 30
_YEAR = f"{MEASURED_YEAR}-01-01"


class By(Enum):
    """Who asks."""

    BROWSER = auto()
    REGION = auto()  # htmx, for a part of the page
    KNOWING = auto()  # a browser that has the page, and asks whether it changed
    PROGRAM = auto()  # with a token


@dataclass(frozen=True, slots=True)
class Page:
    """An address to measure. It takes at most `at_most` times as long as the page `than`."""

    what: str
    address: str
    by: By = By.BROWSER
    at_most: float | None = None
    than: str = "the yardstick page"


PAGES = (
    Page("the yardstick page", "/yardstick"),
    Page("the goal page", "/goals/{goal}", at_most=5),
    Page("the goal page when nothing changed", "/goals/{goal}", By.KNOWING, than="the goal page"),
    Page("the goal page with a month's records", f"/goals/{{goal}}/records?period={MEASURED_YEAR}-03-01"),
    Page(
        "the API's results",
        f"/v1/goals/{{goal}}/results?period.start={_YEAR}&period.end={MEASURED_YEAR}-12-31",
        By.PROGRAM,
        at_most=5,
    ),
    Page("the API's periods", "/v1/goals/{goal}/periods", By.PROGRAM, at_most=5),
    Page(
        "a year's records by title",
        f"/goals/{{of_year}}/records?period={_YEAR}&sort=title",
        By.REGION,
        at_most=10,
    ),
    Page(
        "a year's records by stage",
        f"/goals/{{of_year}}/records?period={_YEAR}&sort=stage",
        By.REGION,
        at_most=10,
    ),
    Page("the list of 500 goals", "/", at_most=10),
)
"""`{goal}` is a goal by month, `{of_year}` the same for the whole year."""


def pages_and_api(company: Imported) -> list[Figure]:
    """Ask for all pages by turns."""
    goals = {"goal": _goal(company), "of_year": _goal(company, interval=Interval.YEARLY)}
    _set_goals(company)
    with override_settings(ROOT_URLCONF="benchmarks.yardstick_page"):
        calls = {page.what: _asking(company, page.address.format(**goals), page.by) for page in PAGES}
        taken = medians_by_turns(calls, rounds=_ROUNDS)
    return [
        Figure(
            "e",
            f"{page.what} at {company.deals:,} deals",
            taken[page.what].clock,
            Unit.MILLISECONDS,
            at_most=page.at_most,
            ratio=taken[page.what].processor / taken[page.than].processor,
        )
        for page in PAGES
    ]


def _asking(company: Imported, address: str, by: By) -> Callable[[], None]:
    client = Client(SERVER_NAME=_HOST)
    headers: dict[str, str] = {}
    if by is By.PROGRAM:
        headers["x-api-token"] = issue_token(user=company.admin, now=NOW)
    else:
        client.force_login(company.admin)
    if by is By.REGION:
        headers["hx-request"] = "true"
    if by is By.KNOWING:
        headers["if-none-match"] = client.get(address).headers["ETag"]
    expected = HTTPStatus.NOT_MODIFIED if by is By.KNOWING else HTTPStatus.OK

    def ask() -> None:
        response = client.get(address, headers=headers)
        if response.status_code != expected:
            raise RuntimeError(f"{address} answered {response.status_code}: {response.content[:500]!r}")

    return ask


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
