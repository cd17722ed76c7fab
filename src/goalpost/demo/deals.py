"""The deals of two years, each with its events day by day."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple

from goalpost.demo.people import (
    LEAVER,
    LEFT_MONTHS_AGO,
    PEOPLE,
    Person,
    TeamName,
    successors_of_leaver,
    team_of,
)
from goalpost.demo.setting import CURRENCY, STAGES, UNPRICED_CURRENCY, WAITING_STAGE, PipelineName, StagePlan
from goalpost.demo.workdays import Workdays, months_before


class EventKind(StrEnum):
    """What happens to a deal."""

    CREATED = "created"
    MOVED = "moved"
    WON = "won"
    LOST = "lost"


class Event(NamedTuple):
    """An event of a deal; `stage` is the one it enters, or its stage when it was closed."""

    at: datetime
    turn: EventKind
    stage: str


@dataclass(frozen=True, slots=True)
class DealStory:
    """A deal and all that happened to it up to today. `value` is in minor units of `currency`."""

    title: str
    organization: str
    owner: str
    pipeline: PipelineName
    value: int
    currency: str
    expected_close: date | None
    events: tuple[Event, ...]

    @property
    def created_at(self) -> datetime:
        return self.events[0].at

    @property
    def is_open(self) -> bool:
        return self.events[-1].turn in {EventKind.CREATED, EventKind.MOVED}

    @property
    def is_won(self) -> bool:
        return self.events[-1].turn is EventKind.WON


# ruff: noqa: SIM905  names by the dozen read best as running text


_PLACES = {
    TeamName.NORDICS: (
        "Aurland Brekke Brovik Ekholm Falkvik Granlund Hallberg Hovland Isvik Kettil Kivipelto Lindmark "
        "Lumira Malmstad Nordfell Ostervik Pirkkala Polar Raivio Saltholm Solvang Sundby Tallgren "
        "Tindra Vesala"
    ).split(),
    TeamName.BALTICS: (
        "Aidu Daugava Gauja Haapsal Imanta Joosepi Kalnins Kuressaar Lielupe Meriranna Neris Oakalnu Pirita "
        "Rambyn Saarema Tamula Usma Valgesaar Ventas Zemgala"
    ).split(),
    TeamName.DACH: (
        "Alpspitz Bodmer Donautal Elbtor Friesach Gruenwald Hirzel Isarau Jurablick Kahlenberg Lindauer "
        "Moselhof Neckarau Oberwald Pilatus Rheinau Spreebogen Tannheim Uetli Zillertal"
    ).split(),
}
_TRADES = (
    "Clinics Logistics Dairy Timber Hotels Marine Foods Tools Electric Steel Travel Media Motors Seafood "
    "Water Print Dental Shipping Farms Energy Textiles Robotics Pharmacy Schools Optics"
).split()
_NEW = (
    "planning suite;scheduling rollout;service desk;front desk;starter plan;team plan;field app;metering;"
    "yard planning;pilot to group;analytics seats;fleet tracking;stock control;shift planner;quality log"
).split(";")
_MORE = (
    "second site;more seats;three-year renewal;fleet add-on;reporting add-on;premium support;"
    "extra licences;data export add-on;group upgrade;onboarding package"
).split(";")
_CUSTOMERS_EACH = 150


class Market:
    """Each team's customers; a few of them buy far more often than the rest."""

    def __init__(self, random: Random) -> None:
        self._customers = {
            team: random.sample(
                [f"{place} {trade}" for place in places for trade in _TRADES], _CUSTOMERS_EACH
            )
            for team, places in _PLACES.items()
        }

    def customer(self, random: Random, team: TeamName) -> str:
        customers = self._customers[team]
        return customers[int(len(customers) * random.random() ** 1.6)]


def project(random: Random, *, is_expansion: bool) -> str:
    """Return what a deal is about."""
    return random.choice(_MORE if is_expansion else _NEW)


_DAYS_BEFORE_LATEST_STAGE = 3
_NEW_BUSINESS, _EXPANSION = PipelineName.NEW, PipelineName.EXPANSION


class _Plan(NamedTuple):
    """A deal won `won_ago` working days back (None: open still). `major` is its value in major units."""

    title: str
    owner: str
    pipeline: PipelineName
    major: int
    won_ago: int | None
    currency: str = CURRENCY


REOPENED = "Isvik Seafood: group deal"
"""Won, then reopened."""

VALUE_CHANGED = "Polar Dairy: second site"
"""Won, then reduced in value."""

HANDED_OVER = "Hallberg Print: starter plan"
"""Won, then handed over to a colleague."""

_PLANS = (
    _Plan("Lumira Clinics: scheduling rollout", "aino", _NEW_BUSINESS, 28_400, 1),
    _Plan("Brovik Logistics: fleet add-on", "jonas", _EXPANSION, 14_750, 2),
    _Plan("Tallgren Bygg: three-year renewal", "freja", _EXPANSION, 19_900, 3),
    _Plan("Ostervik Hotels: pilot to group", "aino", _NEW_BUSINESS, 12_300, 4),
    _Plan("Saltholm Marine: onboarding", "oskar", _EXPANSION, 8_600, 5),
    _Plan("Kivipelto Foods: analytics seats", "sigrid", _NEW_BUSINESS, 5_450, 6),
    _Plan(VALUE_CHANGED, "freja", _EXPANSION, 8_100, 6),
    _Plan(HANDED_OVER, "jonas", _NEW_BUSINESS, 6_400, 7),
    _Plan(REOPENED, "aino", _NEW_BUSINESS, 32_500, 7),
    _Plan("Brekke Shipping: fleet", "oskar", _NEW_BUSINESS, 42_600, None),
    _Plan("Pirkkala Steel: three sites", "aino", _NEW_BUSINESS, 38_900, None),
    _Plan("Reykjanes Seafood: quality log", "freja", _NEW_BUSINESS, 2_400_000, 2, UNPRICED_CURRENCY),
    _Plan("Hvita Geothermal: metering", "oskar", _NEW_BUSINESS, 3_150_000, 24, UNPRICED_CURRENCY),
    _Plan("Snaefell Travel: team plan", "sigrid", _NEW_BUSINESS, 1_200_000, None, UNPRICED_CURRENCY),
)


def showcase(random: Random, workdays: Workdays) -> list[DealStory]:
    """Return the deals that have names of their own."""
    return [_tell(random, workdays, plan) for plan in _PLANS]


def _tell(random: Random, workdays: Workdays, plan: _Plan) -> DealStory:
    stages = [stage.name for stage in STAGES[plan.pipeline]]
    latest = 4 if plan.won_ago is None else plan.won_ago + _DAYS_BEFORE_LATEST_STAGE
    days = [workdays.ago(latest + 7 * steps + random.randrange(4)) for steps in range(len(stages))]
    events = [
        Event(workdays.moment(random, day), EventKind.MOVED if place else EventKind.CREATED, stage)
        for place, (day, stage) in enumerate(zip(reversed(days), stages, strict=True))
    ]
    expected = workdays.after(workdays.today, 12)
    if plan.won_ago is not None:
        won_on = workdays.ago(plan.won_ago)
        expected = workdays.after(won_on, 2)
        events.append(Event(workdays.moment(random, won_on), EventKind.WON, stages[-1]))
    digits = 1 if plan.currency == UNPRICED_CURRENCY else 100
    return DealStory(
        title=plan.title,
        organization=plan.title.partition(":")[0],
        owner=plan.owner,
        pipeline=plan.pipeline,
        value=plan.major * digits,
        currency=plan.currency,
        expected_close=expected,
        events=tuple(events),
    )


HOW_MANY = 4_800
_WAITING_DAYS = 75


def tell_deals(random: Random, workdays: Workdays) -> list[DealStory]:
    """Return the deals in the order they were added."""
    market = Market(random)
    stories = [_tell_deal(random, workdays, market, day) for day in workdays.draw(random, HOW_MANY)]
    return sorted([*stories, *showcase(random, workdays)], key=lambda story: story.created_at)


def _tell_deal(random: Random, workdays: Workdays, market: Market, day: date) -> DealStory:
    owner = _seller(random, workdays, day)
    team = team_of(owner)
    pipeline = PipelineName.EXPANSION if random.random() < 0.3 else PipelineName.NEW  # noqa: PLR2004
    customer = market.customer(random, team)
    events, ripe = _events(random, workdays, owner, pipeline, day)
    value, currency = _price(random, team, pipeline)
    story = DealStory(
        title=f"{customer}: {project(random, is_expansion=pipeline is PipelineName.EXPANSION)}",
        organization=customer,
        owner=owner.key,
        pipeline=pipeline,
        value=value,
        currency=currency,
        expected_close=_expected_close(random, ripe),
        events=tuple(events),
    )
    return _inherited(random, workdays, story)


def _seller(random: Random, workdays: Workdays, day: date) -> Person:
    """Return whose deal it becomes, of those who are there on the day."""
    there = [person for person in PEOPLE if person.share and works_on(person, workdays, day)]
    return random.choices(there, weights=[person.share for person in there])[0]


def works_on(person: Person, workdays: Workdays, day: date) -> bool:
    """Whether the person is with the company on the day."""
    if person.has_left and day >= last_day_of_leaver(workdays):
        return False
    return day >= months_before(workdays.today, person.joined_months_ago)


def last_day_of_leaver(workdays: Workdays) -> date:
    return months_before(workdays.today, LEFT_MONTHS_AGO)


def _events(
    random: Random, workdays: Workdays, owner: Person, pipeline: PipelineName, day: date
) -> tuple[list[Event], date]:
    """Return what has happened up to today, and the day the deal was, or would be, ripe."""
    stages = STAGES[pipeline]
    events = [Event(workdays.moment(random, day), EventKind.CREATED, stages[0].name)]
    place = 0
    while True:
        stage = stages[place]
        goes_on = random.random() >= (1 - stage.goes_on) / owner.skill
        is_last = place == len(stages) - 1
        day = workdays.after(day, _days_in(random, workdays, stage, day))
        if goes_on and is_last:
            day = workdays.closing_day(random, day)
        if day > workdays.last:
            rest = sum(later.days for later in stages[place + 1 :])
            return events, day + timedelta(days=rest)
        moment = workdays.moment(random, day)
        if not goes_on:
            return [*events, Event(moment, EventKind.LOST, stage.name)], day
        if is_last:
            return [*events, Event(moment, EventKind.WON, stage.name)], day
        place = _next_place(random, place, len(stages))
        events.append(Event(moment, EventKind.MOVED, stages[place].name))


def _days_in(random: Random, workdays: Workdays, stage: StagePlan, day: date) -> float:
    """Return how long a deal stays: mostly short, at times very long, and of late long for proposals."""
    days = random.expovariate(1 / stage.days)
    is_of_late = (workdays.today - day).days < _WAITING_DAYS
    if stage.name == WAITING_STAGE and is_of_late and random.random() < 0.45:  # noqa: PLR2004
        return days + 35
    return days * 4 if random.random() < 0.04 else days  # noqa: PLR2004


def _next_place(random: Random, place: int, how_many: int) -> int:
    """Return the stage that follows: the next one, at times the one after it, rarely the one before."""
    chance = random.random()
    if chance < 0.03 and place > 0:  # noqa: PLR2004
        return place - 1
    if chance > 0.92 and place + 2 < how_many:  # noqa: PLR2004
        return place + 2
    return place + 1


def _price(random: Random, team: TeamName, pipeline: PipelineName) -> tuple[int, str]:
    """Return a value in minor units and its currency; most deals are small, a few are large."""
    usual = 4_300 if pipeline is PipelineName.NEW else 2_300
    euro = min(round(random.lognormvariate(0, 0.6) * usual / 50) * 50 + 450, 60_000)
    if team is TeamName.NORDICS and random.random() < 0.22:  # noqa: PLR2004
        return round(euro * 11.3 / 500) * 500_00, "SEK"
    if random.random() < 0.04:  # noqa: PLR2004
        return round(euro * 1.09 / 50) * 50_00, "USD"
    return euro * 100, CURRENCY


def _expected_close(random: Random, ripe: date) -> date | None:
    """Return the date the owner has in mind: about right, at times too early, at times none."""
    if random.random() < 0.06:  # noqa: PLR2004
        return None
    return ripe + timedelta(days=round(random.triangular(-12, 14, 3)))


def _inherited(random: Random, workdays: Workdays, story: DealStory) -> DealStory:
    """Hand a deal of the leaver that was still alive on her last day to a colleague."""
    replacement = random.choice(successors_of_leaver())
    if story.owner != LEAVER:
        return story
    if not story.is_open and story.events[-1].at < workdays.start_of(last_day_of_leaver(workdays)):
        return story
    return replace(story, owner=replacement.key)
