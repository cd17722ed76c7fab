"""The activities of two years: calls, demos and the rest, mostly about deals that were open at the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from goalpost.demo.deals import DealStory, works_on
from goalpost.demo.people import PEOPLE, Person
from goalpost.demo.setting import Kind
from goalpost.demo.workdays import Workdays

_USUAL_MIX = {
    Kind.CALL: 46,
    Kind.MEETING: 16,
    Kind.DEMO: 10,
    Kind.EMAIL: 14,
    Kind.TASK: 10,
    Kind.ONBOARDING: 4,
}
_MIXES = {
    "aino": {
        Kind.CALL: 38,
        Kind.MEETING: 16,
        Kind.DEMO: 26,
        Kind.EMAIL: 10,
        Kind.TASK: 8,
        Kind.ONBOARDING: 2,
    },
    "freja": {
        Kind.CALL: 32,
        Kind.MEETING: 16,
        Kind.DEMO: 8,
        Kind.EMAIL: 10,
        Kind.TASK: 8,
        Kind.ONBOARDING: 26,
    },
    "liis": {
        Kind.CALL: 40,
        Kind.MEETING: 14,
        Kind.DEMO: 9,
        Kind.EMAIL: 12,
        Kind.TASK: 8,
        Kind.ONBOARDING: 17,
    },
    "tuomas": {Kind.MEETING: 80, Kind.TASK: 20},
}
_WORDS = {
    Kind.CALL: ("Call", "Follow up with", "Return the call of"),
    Kind.MEETING: ("Meet", "Talk prices with", "Review needs with"),
    Kind.DEMO: ("Demo for", "Second demo for"),
    Kind.ONBOARDING: ("Onboarding with", "First training at"),
    Kind.EMAIL: ("Send the offer to", "Answer", "Send references to"),
    Kind.TASK: ("Prepare the contract for", "Update the plan for"),
}
_WITHOUT_DEAL = {
    Kind.CALL: "Cold call",
    Kind.MEETING: "Coaching",
    Kind.DEMO: "Open demo",
    Kind.ONBOARDING: "Onboarding webinar",
    Kind.EMAIL: "Newsletter replies",
    Kind.TASK: "Clean up the pipeline",
}


@dataclass(frozen=True, slots=True)
class ActivityStory:
    """An activity and when it was done, if it was. `deal` is the place of its deal among the stories."""

    subject: str
    kind: Kind
    owner: str
    deal: int | None
    added_at: datetime
    due: date
    done_at: datetime | None


def tell_activities(random: Random, workdays: Workdays, deals: list[DealStory]) -> list[ActivityStory]:
    """Return the activities in the order they were added."""
    stories = [
        story
        for person in PEOPLE
        if person.pace
        for story in _tell_activities_of(random, workdays, person, deals)
    ]
    return sorted(stories, key=lambda story: story.added_at)


def _tell_activities_of(
    random: Random, workdays: Workdays, person: Person, deals: list[DealStory]
) -> list[ActivityStory]:
    stories: list[ActivityStory] = []
    own = [place for place, deal in enumerate(deals) if deal.owner == person.key]
    alive: list[int] = []
    upcoming = 0
    for day in workdays.days:
        morning = workdays.start_of(day)
        while upcoming < len(own) and deals[own[upcoming]].created_at < morning:
            alive.append(own[upcoming])
            upcoming += 1
        alive = [place for place in alive if deals[place].is_open or deals[place].events[-1].at >= morning]
        if works_on(person, workdays, day):
            stories.extend(
                _tell_activity(random, workdays, person, day, _deal(random, alive), deals)
                for _ in range(_how_many(random, person.pace * min(workdays.season(day), 1.3)))
            )
    return stories


def _how_many(random: Random, usual: float) -> int:
    """Return a whole number around the usual one, a little more or less each day."""
    return max(0, int(random.triangular(0.2, 1.8) * usual + random.random()))


def _deal(random: Random, alive: list[int]) -> int | None:
    return random.choice(alive) if alive and random.random() < 0.75 else None  # noqa: PLR2004


def _tell_activity(
    random: Random, workdays: Workdays, person: Person, day: date, deal: int | None, deals: list[DealStory]
) -> ActivityStory:
    """Return an activity added on `day`: most are due within days, and done when due or soon after."""
    mix = _MIXES.get(person.key, _USUAL_MIX)
    kind = random.choices(list(mix), weights=list(mix.values()))[0]
    words = random.choice(_WORDS[kind])
    added_at = workdays.moment(random, day)
    waits = random.random() < 0.55  # noqa: PLR2004  chances are read where they fall
    due = workdays.after(day, random.expovariate(1 / 3)) if waits else day
    done_on = workdays.after(due, random.randrange(1, 6)) if random.random() < 0.1 else due  # noqa: PLR2004
    done_at: datetime | None = None
    if done_on <= workdays.last and random.random() < 0.94:  # noqa: PLR2004
        soon = added_at + timedelta(minutes=random.randrange(5, 60))
        done_at = soon if done_on == day else workdays.moment(random, done_on)
    return ActivityStory(
        subject=_WITHOUT_DEAL[kind] if deal is None else f"{words} {deals[deal].organization}",
        kind=kind,
        owner=person.key,
        deal=deal,
        added_at=added_at,
        due=due,
        done_at=done_at,
    )
