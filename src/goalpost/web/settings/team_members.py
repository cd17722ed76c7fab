"""Who is on a team and when: added, removed or with other days, after the effect on goals was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import InvalidInput
from goalpost.companies.memberships import (
    Member,
    MembershipChange,
    change_memberships,
    joining,
    leaving,
    membership_events,
    stays_of,
    teams_of_person,
)
from goalpost.companies.people import Choice
from goalpost.companies.teams import TeamLine, people_for_teams, team_line
from goalpost.domain.membership import Stay, normalized
from goalpost.insights.formats import moment, period_name
from goalpost.insights.goal_report import Effect, effect_of
from goalpost.insights.history_words import event_words, who_changed
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import NotADay, id_in, parse_day
from goalpost.web.shell.viewer import Viewer, for_viewer

ADD, REMOVE, DAYS = "add", "remove", "days"
_ONE_DAY = timedelta(days=1)
_SHOWN = 12
_EVENTS = 8


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member's row: `first` and `last` are days, none for from the start and for still."""

    id: int
    name: str
    first: date | None
    last: date | None


def member_lines(members: Sequence[Member], today: date) -> tuple[list[MemberLine], list[MemberLine]]:
    """Return the stays of those who are on the team or will be, and those that are over."""
    now: list[MemberLine] = []
    before: list[MemberLine] = []
    for member in members:
        for stay in member.stays:
            last = stay.end - _ONE_DAY if stay.end else None
            over = last is not None and last < today
            (before if over else now).append(MemberLine(member.id, member.name, stay.start, last))
    return now, before


def latest_events(viewer: Viewer, line: TeamLine) -> list[dict[str, object]]:
    """Return how the team's memberships changed lately, as lines of a log."""
    events = membership_events(viewer.company.pk, line.id, since=line.created_at)[:_EVENTS]
    zone, year = viewer.company.time_zone, viewer.today.year
    return [
        {
            "at": event.at,
            "who": who_changed(event),
            "words": event_words(event, viewer.language),
            "when": moment(event.at, zone, viewer.language, this_year=year),
        }
        for event in events
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def team_member(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Ask from when, with what it would change, on GET; save on POST."""
    line = team_line(viewer.actor, team_id)
    asked = request.POST if request.method == "POST" else request.GET
    form = _Form.of_query(asked)
    if form.act not in {ADD, REMOVE, DAYS}:
        raise Http404
    error: InvalidInput | None = None
    changes: list[MembershipChange] = []
    try:
        changes = form.changes(viewer, team_id)
        if request.method == "POST":
            change_memberships(actor=viewer.actor, changes=changes, now=viewer.now)
            toast(request, _("Team saved"))
            return redirect("web:team", team_id)
    except InvalidInput as refusal:
        error = refusal
    people = people_for_teams(viewer.actor, also=[form.person] if form.person else [])
    chosen = next((each for each in people if each.id == form.person), None)
    context = {
        "team": line,
        "form": form,
        "people": people,
        "person": chosen,
        "error": error.message if error and (request.method == "POST" or form.person) else "",
        "others": _others(viewer, form, team_id) if chosen else [],
        "effect": _effect_shown(viewer, effect_of(viewer, changes) if changes else ()),
        "today": viewer.today,
    }
    status = 422 if error and request.method == "POST" else 200
    return render(request, "settings/team_member.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _Form:
    """What was chosen: `when` is today, day, always or never; `first` and `last` are typed days."""

    act: str
    person: int | None
    when: str
    day: str
    first: str
    last: str
    of: str
    leaves: frozenset[int]

    @classmethod
    def of_query(cls, asked: QueryDict) -> "_Form":
        leaves = frozenset(number for text in asked.getlist("leaves") if (number := id_in(text)))
        texts = {name: asked.get(name, "")[:40].strip() for name in ("day", "first", "last", "of")}
        when = asked.get("when", "") or "today"
        return cls(asked.get("act", ADD), id_in(asked.get("person", "")), when, leaves=leaves, **texts)

    def changes(self, viewer: Viewer, team_id: int) -> list[MembershipChange]:
        """Return what is to be saved. Raises InvalidInput."""
        if self.person is None:
            raise InvalidInput(_("Choose a person"), field="person")
        actor, user_id = viewer.actor, self.person
        if self.act == DAYS:
            return [MembershipChange(team_id, user_id, self._other_days(viewer, team_id, user_id))]
        day = self._day(viewer)
        if self.act == REMOVE:
            return [leaving(actor, team_id, user_id, day + _ONE_DAY if day else None)]
        others = {each.id for each in _others(viewer, self, team_id)}
        return [
            joining(actor, team_id, user_id, day),
            *(leaving(actor, other, user_id, day) for other in sorted(self.leaves & others)),
        ]

    def _day(self, viewer: Viewer) -> date | None:
        if self.when == "today":
            return viewer.today
        return _parsed(self.day, viewer) if self.when == "day" else None

    def _other_days(self, viewer: Viewer, team_id: int, user_id: int) -> tuple[Stay, ...]:
        first = _parsed(self.first, viewer) if self.first else None
        last = _parsed(self.last, viewer) if self.last else None
        if first and last and last < first:
            raise InvalidInput(_("The last day is before the first."), field="last")
        kept = [
            stay
            for stay in stays_of(viewer.actor, team_id, user_id)
            if (stay.start.isoformat() if stay.start else "") != self.of
        ]
        return normalized([*kept, Stay(first, last + _ONE_DAY if last else None)])


def _parsed(text: str, viewer: Viewer) -> date:
    try:
        found = parse_day(text, viewer.language)
    except NotADay as fault:
        raise InvalidInput(str(fault), field="day") from fault
    if not 1900 <= found.year <= 9000:  # noqa: PLR2004  further days have no neighbours that can be told
        raise InvalidInput(_("Enter a date such as 2027-01-31."), field="day")
    return found


def _others(viewer: Viewer, form: _Form, team_id: int) -> list[Choice]:
    """Return the other teams that the person is on today."""
    if form.act != ADD or form.person is None:
        return []
    return [
        Choice(other, name)
        for other, name, stay in teams_of_person(viewer.actor, form.person)
        if other != team_id and stay.holds(viewer.today)
    ]


def _effect_shown(viewer: Viewer, effect: Sequence[Effect]) -> dict[str, object]:
    lines = [
        {
            "goal": each.goal,
            "period": period_name(
                each.before.period, each.goal.terms.interval, viewer.calendar, viewer.language
            ),
            "effect": each,
        }
        for each in effect[:_SHOWN]
    ]
    return {
        "lines": lines,
        "count": len(effect),
        "goals": len({each.goal.id for each in effect}),
        "paces": sum(each.changes_pace for each in effect),
        "more": len(effect) - len(lines),
        "has_ended": any(each.before.period.end <= viewer.today for each in effect),
    }
