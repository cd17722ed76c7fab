"""What a quickly added line means in the company: its type, person, day and time, and the deal it names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from goalpost.crm.agenda import DealChoice, deal_to_link, deals_to_link
from goalpost.crm.queries import Named, activity_types_of_company, owners_to_choose
from goalpost.domain.measures import Measure
from goalpost.insights import formats
from goalpost.insights.goal_report import GoalReport
from goalpost.insights.moved import activity_goals, latest_reports
from goalpost.web.activities.quick_line import (
    LONGEST_LINE,
    Answer,
    Known,
    LineQuestion,
    QuickLine,
    clock_words,
    day_words,
    read_line,
)
from goalpost.web.shell.typed import id_in
from goalpost.web.shell.viewer import Viewer

_SHORTEST_NAME = 3
_MOST_DEALS_ASKED = 6
_MOST_GOALS = 2


@dataclass(frozen=True, slots=True)
class CountsTowards:
    """A goal that the activity counts towards once it is done, and the period's name."""

    title: str
    url: str
    period: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A line as it is understood. With questions nothing is added; `person` is the viewer unless named."""

    line: str
    subject: str
    read: QuickLine
    person: Named
    deal: DealChoice | None = None
    given_deal: int | None = None
    questions: tuple[LineQuestion, ...] = ()
    goals: tuple[CountsTowards, ...] = field(default=())

    @property
    def details(self) -> dict[str, str]:
        """The fields of the form, filled in with what is understood."""
        read = self.read
        known = {
            "subject": self.subject,
            "type": str(read.type.id) if read.type else "",
            "owner": str(self.person.id),
            "deal": deal_words(self.deal) if self.deal else "",
            "day": read.day.isoformat() if read.day else "",
            "time": clock_words(read.time) if read.time is not None else "",
            "duration": str(read.duration or ""),
        }
        return {name: text for name, text in known.items() if text}

    @property
    def form_url(self) -> str:
        """Where the same can be chosen in fields."""
        return f"{reverse('web:activity-new')}?{urlencode(self.details)}"

    def when(self, language: str) -> str:
        """Return Thu 19 Nov, 15:00 to 16:00, with a dash; as far as it is known."""
        read = self.read
        clock = ""
        if read.time is not None:
            clock = clock_words(read.time)
            if read.duration:
                clock += f"\N{EN DASH}{clock_words((read.time + read.duration) % 1440)}"
        return ", ".join(filter(None, [day_words(read.day, language) if read.day else "", clock]))


def understand(viewer: Viewer, line: str, *, deal_id: int | None = None) -> Understood:
    """Return what the line means. `deal_id` is the deal it is added to, if that is known."""
    kinds = activity_types_of_company(viewer.actor)
    people = owners_to_choose(viewer.actor)
    known = Known([(Named(each.id, each.name), each.key) for each in kinds], people)
    line = " ".join(line.split())[:LONGEST_LINE]
    read = read_line(line, known, today=viewer.today, language=viewer.language)
    me = next((each for each in people if each.id == viewer.actor.user_id), people[0])
    person = read.person or me
    questions = list(read.questions)
    if deal_id is not None:
        deal = deal_to_link(viewer.actor, deal_id)
    else:
        deal, asked = _deal_named(viewer, read, person)
        questions += asked
    subject = read.subject
    if deal and read.type and subject.casefold() == read.type.name.casefold():
        subject = f"{subject} {deal.organization or deal.title}"
    return Understood(
        line=line,
        subject=subject,
        read=read,
        person=person,
        deal=deal,
        given_deal=deal_id,
        questions=tuple(questions),
        goals=_counts_towards(viewer, read, person) if not questions and read.type else (),
    )


def deal_words(deal: DealChoice) -> str:
    """Return how a deal is named in a field: its number makes it certain."""
    return (
        f"{deal.organization}: {deal.title} #{deal.id}" if deal.organization else f"{deal.title} #{deal.id}"
    )


def deal_in(text: str) -> int | None:
    """Return the number of the deal that a field names, None for none."""
    match = re.search(r"#(\d{1,16})$", text.strip())
    return id_in(match[1]) if match else None


def _deal_named(
    viewer: Viewer, read: QuickLine, person: Named
) -> tuple[DealChoice | None, list[LineQuestion]]:
    """Return the deal that the text names for certain, or ask which one.

    Certain is a number (#12), the whole name of one deal or organization, or two words that one begins with.
    """
    for place, word in enumerate(read.rest):
        number = deal_in(word) if word.startswith("#") else None
        if number is not None:
            deal = deal_to_link(viewer.actor, number)
            if deal is None:
                refusal = _("There is no deal “%(text)s” that you may see.") % {"text": word}
                return None, [LineQuestion(refusal, (_as_text(read, word),))]
            read.rest[place : place + 1] = []
            return deal, []
    words = [word.casefold().strip(",;.") for word in read.rest]
    starts = [word for word in words if len(word) >= _SHORTEST_NAME and not word.startswith('"')]
    if read.type is not None:
        of_type = read.type.name.casefold().split()
        starts = [word for word in starts if word not in of_type]
    if not starts:
        return None, []
    found = deals_to_link(viewer.actor, person.id, beginning=starts)
    runs = [(run, deal) for deal in found if (run := max(_runs(words, deal), default=None))]
    if not runs:
        return None, []
    longest = max(run for run, _deal in runs)
    best = [deal for run, deal in runs if run == longest]
    is_whole, length, place = longest[0], longest[1], -longest[2]
    written = " ".join(read.rest[place : place + length])
    if len(best) == 1 and (is_whole or length > 1):
        return best[0], []
    answers = [
        Answer(
            f"{each.organization}: {each.title}" if each.organization else each.title,
            f"{read.line} #{each.id}",
        )
        for each in best[:_MOST_DEALS_ASKED]
    ]
    question = _("Which deal is “%(text)s”?") % {"text": written}
    return None, [LineQuestion(question, (*answers, _as_text(read, written)))]


def _as_text(read: QuickLine, written: str) -> Answer:
    return Answer(_("Text"), read.line.replace(written, f'"{written}"', 1))


def _runs(words: Sequence[str], deal: DealChoice) -> Iterator[tuple[bool, int, int]]:
    """Yield the runs of words that begin the deal's names: whether it is a whole name, how long, where."""
    for name in (deal.organization, deal.title):
        parts = name.casefold().split()
        for place in range(len(words)):
            length = 0
            while place + length < len(words) and parts[: length + 1] == [*words[place : place + length + 1]]:
                length += 1
            if length and (length > 1 or len(parts[0]) >= _SHORTEST_NAME):
                yield length == len(parts), length, -place


def _counts_towards(viewer: Viewer, read: QuickLine, person: Named) -> tuple[CountsTowards, ...]:
    """Return goals that count every activity of the type, of this person, by the week it is due in."""
    assert read.type is not None
    goals = [
        goal
        for goal in activity_goals(viewer, [person.id], Measure.ACTIVITIES_COMPLETED)
        if not goal.pipelines
        and (not goal.activity_types or read.type.id in {kind.id for kind in goal.activity_types})
    ][:_MOST_GOALS]
    return tuple(
        CountsTowards(
            report.goal.terms.title,
            reverse("web:goal", args=[report.goal.public_id]),
            period_words(viewer, report),
        )
        for report in (latest_reports(viewer, goals) if goals else ())
    )


def period_words(viewer: Viewer, report: GoalReport) -> str:
    """Return week 47, November or Q4: the report's current period."""
    return formats.period_name(
        report.latest[-1].period,
        report.goal.terms.interval,
        viewer.calendar,
        viewer.language,
        with_year=False,
    )
