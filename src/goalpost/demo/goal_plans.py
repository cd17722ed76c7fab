"""The goals of Kaski Systems: those that run today, those that are past, those still to begin."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from goalpost.demo.people import TeamName
from goalpost.demo.setting import CURRENCY, WAITING_STAGE, Kind, PipelineName
from goalpost.demo.workdays import months_before
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric


class DemoPace(Enum):
    """The pace that a goal's target is chosen for, within sensible targets; `USUAL` follows past results."""

    REACHED = auto()
    AHEAD = auto()
    ON_TRACK = auto()
    BEHIND = auto()
    USUAL = auto()


@dataclass(frozen=True, slots=True)
class GoalPlan:
    """A goal before its target is known. `whose` is a team, a person's key, or None for the company.

    `ends_on` is the last day. `is_seasonal` gives every period a target of its own; a campaign is one short
    period.
    """

    title: str
    measure: Measure
    whose: TeamName | str | None
    interval: Interval
    metric: Metric
    pace: DemoPace
    starts_on: date
    ends_on: date | None = None
    stage: tuple[PipelineName, str] | None = None
    pipeline: PipelineName | None = None
    kinds: tuple[Kind, ...] = ()
    by: str = "elin"
    currency: str = CURRENCY
    is_seasonal: bool = False
    is_campaign: bool = False


_WEEKLY, _MONTHLY, _QUARTERLY, _YEARLY = (
    Interval.WEEKLY,
    Interval.MONTHLY,
    Interval.QUARTERLY,
    Interval.YEARLY,
)
_STARTED, _PROGRESSED, _WON = Measure.DEALS_STARTED, Measure.DEALS_PROGRESSED, Measure.DEALS_WON
_ADDED, _COMPLETED, _FORECAST = (
    Measure.ACTIVITIES_ADDED,
    Measure.ACTIVITIES_COMPLETED,
    Measure.REVENUE_FORECAST,
)
_COUNT, _VALUE = Metric.QUANTITY, Metric.SUM
_REACHED, _AHEAD, _ON_TRACK, _BEHIND, _USUAL = DemoPace
_NORDICS, _BALTICS, _DACH = TeamName.NORDICS, TeamName.BALTICS, TeamName.DACH


def running_goals(today: date) -> list[GoalPlan]:
    """Return the goals of the company, of teams and people, and a few campaigns."""
    return [*_of_company(today), *_of_teams(today), *_of_people(today), *_campaigns(today)]


def _of_company(today: date) -> list[GoalPlan]:
    year, since = date(today.year, 1, 1), months_before(today, 15)
    end = date(today.year, 12, 31)
    quarter = months_before(today, 12 + (today.month - 1) % 3)
    return [
        GoalPlan("Company revenue", _WON, None, _QUARTERLY, _VALUE, _ON_TRACK, quarter),
        GoalPlan("Company revenue forecast", _FORECAST, None, _MONTHLY, _VALUE, _ON_TRACK, since),
        GoalPlan(f"New deals in {today.year}", _STARTED, None, _YEARLY, _COUNT, _AHEAD, year, end),
        GoalPlan(
            "Expansion revenue",
            _WON,
            None,
            _MONTHLY,
            _VALUE,
            _BEHIND,
            since,
            pipeline=PipelineName.EXPANSION,
        ),
    ]


def _of_teams(today: date) -> list[GoalPlan]:
    year, since, late = date(today.year, 1, 1), months_before(today, 11), today - timedelta(weeks=20)
    end = date(today.year, 12, 31)
    proposal, contract = (PipelineName.NEW, WAITING_STAGE), (PipelineName.NEW, "Contract sent")
    return [
        GoalPlan("Nordics won value", _WON, _NORDICS, _MONTHLY, _VALUE, _AHEAD, year, end, is_seasonal=True),
        GoalPlan(
            "Deals to proposal",
            _PROGRESSED,
            _NORDICS,
            _MONTHLY,
            _COUNT,
            _AHEAD,
            since,
            stage=proposal,
            by="tuomas",
        ),
        GoalPlan(
            "Deals to contract",
            _PROGRESSED,
            _NORDICS,
            _MONTHLY,
            _COUNT,
            _BEHIND,
            since,
            stage=contract,
            by="tuomas",
        ),
        GoalPlan(
            "Nordics: calls completed",
            _COMPLETED,
            _NORDICS,
            _WEEKLY,
            _COUNT,
            _ON_TRACK,
            late,
            kinds=(Kind.CALL,),
            by="tuomas",
        ),
        GoalPlan("Baltics: deals added", _STARTED, _BALTICS, _MONTHLY, _COUNT, _REACHED, since, by="mart"),
        GoalPlan("Baltics won value", _WON, _BALTICS, _QUARTERLY, _VALUE, _ON_TRACK, year, by="mart"),
        GoalPlan(
            "Baltics: calls and meetings",
            _COMPLETED,
            _BALTICS,
            _WEEKLY,
            _COUNT,
            _ON_TRACK,
            late,
            kinds=(Kind.CALL, Kind.MEETING),
            by="mart",
        ),
        GoalPlan(
            "DACH: meetings booked",
            _ADDED,
            _DACH,
            _WEEKLY,
            _COUNT,
            _BEHIND,
            late,
            kinds=(Kind.MEETING, Kind.DEMO),
            by="lena",
        ),
        GoalPlan("DACH won value", _WON, _DACH, _YEARLY, _VALUE, _ON_TRACK, year, end, by="lena"),
        GoalPlan("DACH forecast", _FORECAST, _DACH, _QUARTERLY, _VALUE, _BEHIND, year, by="lena"),
    ]


def _of_people(today: date) -> list[GoalPlan]:
    year, since, late = date(today.year, 1, 1), months_before(today, 8), today - timedelta(weeks=16)
    end = date(today.year, 12, 31)
    return [
        GoalPlan(
            "Demos held", _COMPLETED, "aino", _WEEKLY, _COUNT, _AHEAD, late, kinds=(Kind.DEMO,), by="aino"
        ),
        GoalPlan("My won value", _WON, "aino", _MONTHLY, _VALUE, _REACHED, since, by="aino"),
        GoalPlan("New deals a week", _STARTED, "aino", _WEEKLY, _COUNT, _ON_TRACK, late, by="aino"),
        GoalPlan(
            "Calls to customers",
            _COMPLETED,
            "aino",
            _MONTHLY,
            _COUNT,
            _BEHIND,
            since,
            kinds=(Kind.CALL,),
            by="aino",
        ),
        GoalPlan(f"Deals won in {today.year}", _WON, "aino", _YEARLY, _COUNT, _AHEAD, year, end, by="tuomas"),
        GoalPlan(
            "Customer contacts",
            _COMPLETED,
            "jonas",
            _WEEKLY,
            _COUNT,
            _BEHIND,
            late,
            kinds=(Kind.CALL, Kind.EMAIL, Kind.MEETING),
            by="tuomas",
        ),
        GoalPlan("Jonas: won value", _WON, "jonas", _QUARTERLY, _VALUE, _BEHIND, year, end, by="tuomas"),
        GoalPlan(
            "Onboarding meetings",
            _ADDED,
            "freja",
            _MONTHLY,
            _COUNT,
            _BEHIND,
            since,
            kinds=(Kind.ONBOARDING,),
        ),
        GoalPlan(
            "Expansion value",
            _WON,
            "freja",
            _QUARTERLY,
            _VALUE,
            _ON_TRACK,
            year,
            pipeline=PipelineName.EXPANSION,
        ),
        GoalPlan("Deals won", _WON, "oskar", _QUARTERLY, _COUNT, _AHEAD, year, by="tuomas"),
        GoalPlan("Deals added", _STARTED, "sigrid", _MONTHLY, _COUNT, _ON_TRACK, since, by="tuomas"),
        GoalPlan(
            "Coaching",
            _COMPLETED,
            "tuomas",
            _MONTHLY,
            _COUNT,
            _ON_TRACK,
            since,
            by="tuomas",
            kinds=(Kind.MEETING,),
        ),
        GoalPlan("Liis: value of new deals", _STARTED, "liis", _MONTHLY, _VALUE, _AHEAD, since, by="mart"),
        GoalPlan("Felix: forecast", _FORECAST, "felix", _MONTHLY, _VALUE, _USUAL, since, by="lena"),
    ]


def _campaigns(today: date) -> list[GoalPlan]:
    """Return goals of one short period each, in the middle of which today falls: some are reached early."""
    start, end = today - timedelta(days=today.weekday() + 28), today - timedelta(days=today.weekday() - 18)
    season = ("Winter", "Spring", "Summer", "Autumn")[today.month % 12 // 3]
    return [
        GoalPlan(
            f"{season} campaign: demos",
            _COMPLETED,
            None,
            _YEARLY,
            _COUNT,
            _REACHED,
            start,
            end,
            kinds=(Kind.DEMO,),
            is_campaign=True,
        ),
        GoalPlan(
            f"{season} campaign: new business",
            _STARTED,
            _NORDICS,
            _YEARLY,
            _VALUE,
            _AHEAD,
            start,
            end,
            is_campaign=True,
        ),
        GoalPlan(
            f"{season} sprint",
            _WON,
            "aino",
            _YEARLY,
            _COUNT,
            _REACHED,
            start,
            end,
            by="tuomas",
            is_campaign=True,
        ),
    ]


def past_goals(today: date) -> list[GoalPlan]:
    """Return goals that ended: last year's, this year's campaigns, and those of someone who left."""
    last = today.year - 1
    year, end = date(last, 1, 1), date(last, 12, 31)
    summer, autumn = months_before(today, 7), months_before(today, 1) - timedelta(days=1)
    left_on = months_before(today, 5) - timedelta(days=1)
    return [
        GoalPlan(f"Nordics won value {last}", _WON, _NORDICS, _MONTHLY, _VALUE, _USUAL, year, end),
        GoalPlan(f"Company revenue {last}", _WON, None, _QUARTERLY, _VALUE, _USUAL, year, end),
        GoalPlan(f"New deals in {last}", _STARTED, None, _YEARLY, _COUNT, _USUAL, year, end),
        GoalPlan(
            "Petra: won value", _WON, "petra", _MONTHLY, _VALUE, _USUAL, months_before(today, 13), left_on
        ),
        GoalPlan(
            "Baltics: call drive",
            _COMPLETED,
            _BALTICS,
            _MONTHLY,
            _COUNT,
            _USUAL,
            summer,
            autumn,
            kinds=(Kind.CALL,),
            by="mart",
        ),
        GoalPlan("Oskar: deals added", _STARTED, "oskar", _WEEKLY, _COUNT, _USUAL, summer, autumn),
        GoalPlan("DACH: deals won", _WON, _DACH, _MONTHLY, _COUNT, _USUAL, summer, autumn, by="lena"),
        GoalPlan("Aino: won value", _WON, "aino", _MONTHLY, _VALUE, _USUAL, year, end),
    ]


def goals_in_kronor(today: date) -> list[GoalPlan]:
    """Return a goal in another currency than the company's: some of its deals are in that, most are not."""
    since = months_before(today, 8)
    return [
        GoalPlan(
            "Nordics won value in SEK",
            _WON,
            _NORDICS,
            _MONTHLY,
            _VALUE,
            _ON_TRACK,
            since,
            by="tuomas",
            currency="SEK",
        )
    ]


def upcoming_goals(today: date) -> list[GoalPlan]:
    """Return goals that begin next month or next year."""
    year, end = date(today.year + 1, 1, 1), date(today.year + 1, 12, 31)
    soon = months_before(today, -1)
    return [
        GoalPlan(f"Nordics won value {today.year + 1}", _WON, _NORDICS, _MONTHLY, _VALUE, _USUAL, year, end),
        GoalPlan("Contracts signed", _WON, "aino", _MONTHLY, _COUNT, _USUAL, soon, by="aino"),
        GoalPlan(
            "DACH: calls", _COMPLETED, _DACH, _WEEKLY, _COUNT, _USUAL, soon, kinds=(Kind.CALL,), by="lena"
        ),
    ]
