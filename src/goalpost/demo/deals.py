"""The deals of two years, each as the story of what happened to it, day by day."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from goalpost.demo.deal_story import DealStory, Event, Turn
from goalpost.demo.names import Market, project
from goalpost.demo.people import (
    LEAVER,
    LEFT_MONTHS_AGO,
    PEOPLE,
    Person,
    TeamName,
    heirs_of_leaver,
    team_of,
)
from goalpost.demo.setting import CURRENCY, STAGES, WAITING_STAGE, PipelineName, StagePlan
from goalpost.demo.showcase import showcase
from goalpost.demo.workdays import Workdays, months_before

HOW_MANY = 4_800
_WAITING_DAYS = 75


def tell_deals(random: Random, workdays: Workdays) -> list[DealStory]:
    """Return the deals in the order they were added."""
    market = Market(random)
    told = [_tell_deal(random, workdays, market, day) for day in workdays.draw(random, HOW_MANY)]
    return sorted([*told, *showcase(random, workdays)], key=lambda story: story.created_at)


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
    events = [Event(workdays.moment(random, day), Turn.CREATED, stages[0].name)]
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
            return [*events, Event(moment, Turn.LOST, stage.name)], day
        if is_last:
            return [*events, Event(moment, Turn.WON, stage.name)], day
        place = _next_place(random, place, len(stages))
        events.append(Event(moment, Turn.MOVED, stages[place].name))


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
    heir = random.choice(heirs_of_leaver())
    if story.owner != LEAVER:
        return story
    if not story.is_open and story.events[-1].at < workdays.start_of(last_day_of_leaver(workdays)):
        return story
    return replace(story, owner=heir.key)
