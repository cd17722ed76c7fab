"""Adding and removing members and changing their days, after showing the effect on goals."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from itertools import groupby
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import InvalidInput
from goalpost.companies.memberships import (
    MembershipChange,
    change_memberships,
    joining,
    leaving,
    other_teams_of,
    stays_of,
    teams_of_person,
)
from goalpost.companies.people import Choice
from goalpost.companies.teams import TeamLine, people_for_teams, team_line
from goalpost.domain.calendar import Interval
from goalpost.domain.membership import Stay, normalized
from goalpost.insights.formats import period_name, short_period_name
from goalpost.insights.goal_report import Effect, effect_of
from goalpost.storage.snapshot import snapshot
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import NotADay, id_in, parse_day
from goalpost.web.shell.viewer import Viewer, for_viewer, go_to

ADD, REMOVE, DAYS = "add", "remove", "days"
TODAY = "today"
_ONE_DAY = timedelta(days=1)
_SHOWN = 12


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def team_member(request: HttpRequest, viewer: Viewer, team_id: int) -> HttpResponse:
    """Ask for the day and show the effect; on POST save the effect that was shown."""
    line = team_line(viewer.actor, team_id)
    form = _Form.of_query(request.POST if request.method == "POST" else request.GET)
    if form.act not in {ADD, REMOVE, DAYS}:
        raise Http404
    is_sent = request.method == "POST" and not request.POST.get("show")
    others = _others(viewer, form, team_id)
    refusal: InvalidInput | None = None
    changes: list[MembershipChange] = []
    effect: tuple[Effect, ...] = ()
    try:
        changes = form.changes(viewer, team_id, others)
        with snapshot():
            effect = effect_of(viewer, changes)
    except InvalidInput as found:
        refusal = found
    seen = _mark(changes, effect)
    is_asked = bool(effect) or not form.asked.issuperset(each.id for each in others)
    if is_sent and refusal is None and (form.seen == seen or not is_asked):
        try:
            change_memberships(actor=viewer.actor, changes=changes, now=viewer.now)
        except InvalidInput as found:
            refusal = found
        else:
            toast(request, _("Team saved"))
            return go_to(request, "web:team", str(team_id))
    context = _context(viewer, line, form, others) | {
        "error": refusal.message if refusal and (is_sent or form.person) else "",
        "effect": effect_shown(viewer, effect, most=len(effect) if form.shows_all else _SHOWN),
        "all_url": f"?{form.query}",
        "seen": seen,
        "is_changed": is_sent and refusal is None,
        "is_dialog": "HX-Request" in request.headers,
    }
    status = HTTPStatus.OK
    if is_sent:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.CONFLICT
    template = "settings/team_member_dialog.html" if context["is_dialog"] else "settings/team_member.html"
    return render(request, template, context, status=status)


def _mark(changes: Sequence[MembershipChange], effect: Sequence[Effect]) -> str:
    """Return a fingerprint of the changes and the effect that was shown."""
    results = [(each.goal.id, each.before.period, each.before.result, each.after.result) for each in effect]
    return hashlib.sha256(repr((changes, results)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Form:
    """What was chosen: `when` is today, day or always; `first` and `last` are typed days.

    `asked` are the other teams that were named beside the person, `leaves` those of them to be left, and
    `seen` the effect that was shown. `of` is the first day of the stay to be changed.
    """

    act: str
    person: int | None
    when: str
    day: str
    first: str
    last: str
    of: str
    seen: str
    asked: frozenset[int]
    leaves: frozenset[int]
    shows_all: bool
    query: str

    @classmethod
    def of_query(cls, asked: QueryDict) -> "_Form":
        def ids(name: str) -> frozenset[int]:
            return frozenset(number for text in asked.getlist(name) if (number := id_in(text)))

        texts = {name: asked.get(name, "")[:40].strip() for name in ("day", "first", "last", "of", "seen")}
        chosen = [(key, text) for key, given in asked.lists() for text in given if key in _KEPT]
        return cls(
            act=asked.get("act", ADD),
            person=id_in(asked.get("person", "")),
            when=asked.get("when", "") or TODAY,
            shows_all=bool(asked.get("all")),
            query=urlencode([*chosen, ("all", "1")]),
            asked=ids("asked"),
            leaves=ids("leaves"),
            **texts,
        )

    def is_left(self, team_id: int) -> bool:
        """Whether the person is to leave another team: unless that was asked and denied."""
        return team_id in self.leaves or team_id not in self.asked

    def changes(self, viewer: Viewer, team_id: int, others: Sequence[Choice]) -> list[MembershipChange]:
        """Return what is to be saved. Raises InvalidInput."""
        if self.person is None:
            raise InvalidInput(_("Choose a person"), field="person")
        actor, user_id = viewer.actor, self.person
        if self.act == DAYS:
            return [MembershipChange(team_id, user_id, self._other_days(viewer, team_id, user_id))]
        day = self.chosen_day(viewer)
        if self.act == REMOVE:
            return [leaving(actor, team_id, user_id, day + _ONE_DAY if day else None)]
        return [
            joining(actor, team_id, user_id, day),
            *(leaving(actor, each.id, user_id, day) for each in others if self.is_left(each.id)),
        ]

    def chosen_day(self, viewer: Viewer) -> date | None:
        return day_chosen(viewer, {"when": self.when, "day": self.day})

    def _other_days(self, viewer: Viewer, team_id: int, user_id: int) -> tuple[Stay, ...]:
        first = _parsed(self.first, viewer, "first") if self.first else None
        last = _parsed(self.last, viewer, "last") if self.last else None
        if first and last and last < first:
            raise InvalidInput(_("The last day is before the first."), field="last")
        kept = [
            stay
            for stay in stays_of(viewer.actor, team_id, user_id)
            if (stay.start.isoformat() if stay.start else "") != self.of
        ]
        return normalized([*kept, Stay(first, last + _ONE_DAY if last else None)])


_KEPT = {"act", "person", "when", "day", "first", "last", "of", "asked", "leaves"}


def day_chosen(viewer: Viewer, values: Mapping[str, str]) -> date | None:
    """Return the chosen day of “from when”, None for always or never.

    Raises InvalidInput.
    """
    match values["when"]:
        case "day":
            return _parsed(values["day"], viewer, "day")
        case "always":
            return None
        case _:
            return viewer.today


def _parsed(text: str, viewer: Viewer, field: str) -> date:
    try:
        found = parse_day(text, viewer.language)
    except NotADay as fault:
        raise InvalidInput(str(fault), field=field) from fault
    if not 1900 <= found.year <= 9000:  # noqa: PLR2004  further days have no neighbours that can be told
        raise InvalidInput(_("Enter a date such as 2027-01-31."), field=field)
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


def _context(viewer: Viewer, line: TeamLine, form: _Form, others: Sequence[Choice]) -> dict[str, object]:
    """Return what the form shows: whom one can choose, and what was chosen."""
    people = people_for_teams(viewer.actor, also=[form.person] if form.person else [])
    teams = other_teams_of(viewer.actor, [each.id for each in people], line.id, viewer.today)
    here = {member.id for member in line.members}
    try:
        day = form.chosen_day(viewer)
    except InvalidInput:
        day = viewer.today
    return {
        "team": line,
        "form": form,
        "people": [
            (each, ", ".join(name for name, _stay in teams.get(each.id, ())))
            for each in people
            if each.id == form.person or each.id not in here
        ],
        "person": next((each for each in people if each.id == form.person), None),
        "others": [(each, form.is_left(each.id)) for each in others],
        "last_elsewhere": day - _ONE_DAY if day else None,
        "today": viewer.today,
    }


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A result that becomes another; `is_first` of its goal's lines."""

    effect: Effect
    period: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class EffectShown:
    """What would change: some results line by line, and what the others are in sum."""

    lines: tuple[EffectLine, ...]
    count: int
    goals: int
    paces: int
    more: int
    more_paces: int
    more_weeks: str
    more_goals: int
    has_ended: bool


def effect_shown(viewer: Viewer, effect: Sequence[Effect], *, most: int = _SHOWN) -> EffectShown:
    """Return the effect goal by goal, those with another pace first, weekly goals last and folded."""
    groups = [list(own) for _goal, own in groupby(effect, key=lambda each: each.goal.id)]
    groups.sort(key=lambda own: (_is_weekly(own[0]), not any(each.changes_pace for each in own)))
    ordered = [each for own in groups for each in own]
    plain = sum(not _is_weekly(each) for each in ordered)
    shown = ordered[: most if most >= len(ordered) or plain == 0 else min(most, plain)]
    folded = ordered[len(shown) :]
    calendar, language = viewer.calendar, viewer.language
    lines = [
        EffectLine(
            each,
            period_name(each.before.period, each.goal.terms.interval, calendar, language),
            is_first=at == 0 or shown[at - 1].goal.id != each.goal.id,
        )
        for at, each in enumerate(shown)
    ]
    weeks = sorted(each.before.period for each in folded) if all(map(_is_weekly, folded)) else []
    names = [short_period_name(weeks[at], Interval.WEEKLY, calendar, language) for at in (0, -1) if weeks]
    return EffectShown(
        lines=tuple(lines),
        count=len(effect),
        goals=len(groups),
        paces=sum(each.changes_pace for each in effect),
        more=len(folded),
        more_paces=sum(each.changes_pace for each in folded),
        more_weeks="–".join(dict.fromkeys(names)),  # noqa: RUF001  a range
        more_goals=len({each.goal.id for each in folded}),
        has_ended=any(each.before.period.end <= viewer.today for each in effect),
    )


def _is_weekly(effect: Effect) -> bool:
    return effect.goal.terms.interval is Interval.WEEKLY
