# ruff: noqa: RUF001  the multiplication sign is meant
"""Figures a and b: what totals cost as a company grows, and against summing up the deals themselves."""

from collections.abc import Callable, Sequence
from datetime import date

from benchmarks.company import Imported
from benchmarks.figures import Figure, Unit
from benchmarks.summing import Counted, Months, Sums, best_summings
from benchmarks.synthetic import MEASURED_YEAR
from benchmarks.timing import medians_by_turns
from goalpost.companies.models import User
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure
from goalpost.ledger import read
from goalpost.ledger.questions import OwnerSpan, Question, Selection, Total

MONTHS = tuple(
    Period(date(MEASURED_YEAR, month, 1), date(MEASURED_YEAR + month // 12, month % 12 + 1, 1))
    for month in range(1, 13)
)
_GROWTH_AT_MOST = 1.5
_FASTER_AT_LEAST = 20
_FASTER_FROM = 1_000_000
"""Deals. With fewer there is less to sum up, and the ledger costs what it costs."""


def growth_of_company_year(companies: Sequence[Imported]) -> list[Figure]:
    """Figure a: deals won by month over a year, for the whole company, at each size."""
    calls = {company.deals: _company_year(company) for company in companies}
    taken = {deals: each.clock for deals, each in medians_by_turns(calls, rounds=300).items()}
    figures = [
        Figure("a", f"a company's deals won, 12 months, of {deals:,} deals", milliseconds, Unit.MILLISECONDS)
        for deals, milliseconds in taken.items()
    ]
    least, most = min(taken), max(taken)
    if least == most:
        return figures
    growth = Figure(
        "a", f"… {most:,} against {least:,}", taken[most] / taken[least], Unit.TIMES, at_most=_GROWTH_AT_MOST
    )
    return [*figures, growth]


_CHANGES_AT_MOST = 2.0


def team_year(company: Imported) -> list[Figure]:
    """Figure a: a team's deals won by month over a year, with twenty members who come or go and without."""
    company_id, team = company.company.pk, 30
    people = User.objects.filter(company=company.company, is_admin=False).order_by("id")
    ids = list(people.values_list("id", flat=True)[:team])
    steady = Selection(Measure.DEALS_WON, owners=frozenset(ids))
    days = [date(MEASURED_YEAR, at % 12 + 1, 7 + at % 14) for at in range(20)]
    spans = tuple(
        OwnerSpan(person, day, None) if at % 2 else OwnerSpan(person, None, day)
        for at, (person, day) in enumerate(zip(ids, days, strict=False))
    )
    changing = Selection(Measure.DEALS_WON, owners=frozenset(ids[len(spans) :]), spans=spans)
    calls: dict[str, Callable[[], object]] = {
        "steady": lambda: read.totals(company_id, [Question(steady, MONTHS)]),
        "changing": lambda: read.totals(company_id, [Question(changing, MONTHS)]),
    }
    taken = {name: each.clock for name, each in medians_by_turns(calls, rounds=300).items()}
    asked = f"deals won of a team of {len(ids)}, 12 months, of {company.deals:,} deals"
    return [
        Figure("a", asked, taken["steady"], Unit.MILLISECONDS),
        Figure("a", "… with 20 changes of members", taken["changing"], Unit.MILLISECONDS),
        Figure(
            "a",
            "… against the same without",
            taken["changing"] / taken["steady"],
            Unit.TIMES,
            at_most=_CHANGES_AT_MOST,
        ),
    ]


def people_by_month(company: Imported) -> list[Figure]:
    """Figure b: 200 people in 12 months, against the best single statement over the deals.

    The bar is for deals added, which every deal counts towards, and months told apart in the statement. Deals
    won, of which there are fewer to sum up, and months worked out by hand stand beside it.
    """
    at_least = _FASTER_AT_LEAST if company.deals >= _FASTER_FROM else None
    return [
        *_people_by_month(company, Counted.ADDED, Measure.DEALS_STARTED, at_least=at_least),
        *_people_by_month(company, Counted.WON, Measure.DEALS_WON, at_least=None),
    ]


def _people_by_month(
    company: Imported, counted: Counted, measure: Measure, *, at_least: float | None
) -> list[Figure]:
    company_id = company.company.pk
    people = sorted(User.objects.filter(company=company.company, is_admin=False).values_list("id", flat=True))
    questions = [Question(Selection(measure, owners=frozenset({person})), MONTHS) for person in people]

    def from_ledger() -> list[list[Total]]:
        return read.totals(company_id, questions)

    summings = best_summings(counted, company_id, MONTHS)
    by_hand = summings[Months.BY_HAND]
    opponent = summings.get(Months.LOCAL, by_hand)
    against = {"ledger": from_ledger, "opponent": opponent.sums, "by hand": by_hand.sums}
    found = {
        (person, place): (total.count, total.amount)
        for person, totals in zip(people, from_ledger(), strict=True)
        for place, total in enumerate(totals)
        if total.count
    }
    with by_hand.index(), opponent.index():
        _require_equal(found, opponent.sums())
        _require_equal(found, by_hand.sums())
        taken = {name: each.clock for name, each in medians_by_turns(against, rounds=21).items()}
    asked = f"deals {counted.name.lower()}, {len(people)} people × {len(MONTHS)} months"
    faster = {name: taken[name] / taken["ledger"] for name in ("opponent", "by hand")}
    return [
        Figure("b", f"{asked} at {company.deals:,} deals", taken["ledger"], Unit.MILLISECONDS),
        Figure("b", "… by the best GROUP BY owner, month", taken["opponent"], Unit.MILLISECONDS),
        Figure("b", "… the ledger is faster by", faster["opponent"], Unit.TIMES, at_least=at_least),
        Figure("b", "… by GROUP BY with bounds worked out by hand", taken["by hand"], Unit.MILLISECONDS),
        Figure("b", "… the ledger is faster by", faster["by hand"], Unit.TIMES),
    ]


def _company_year(company: Imported) -> Callable[[], object]:
    question = Question(Selection(Measure.DEALS_WON), MONTHS)
    company_id = company.company.pk
    return lambda: read.totals(company_id, [question])


def _require_equal(ledger: Sums, summed: Sums) -> None:
    """Raise AssertionError when the two do not say the same: then their times mean nothing."""
    if ledger != summed:
        raise AssertionError("The ledger and the sums over the deals differ. Run `goalpost verify`.")
