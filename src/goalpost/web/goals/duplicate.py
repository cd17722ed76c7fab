"""Duplicating a goal: who for, which year and how much more is asked, then the form for a new goal opens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.errors import NotAllowed
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee, AssigneeKind
from goalpost.domain.plan import Feature, Plan, allows
from goalpost.goals.draft import a_year_later, with_raised_targets
from goalpost.goals.queries import GoalChoices, GoalView, goal_choices, goal_seen_by
from goalpost.goals.terms import GoalTerms
from goalpost.insights.formats import day, day_range
from goalpost.web.goals.form import GoalForm
from goalpost.web.goals.form_page import goal_data, show_form, why_no_forecast
from goalpost.web.goals.history import tells_when_gone
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.shell.viewer import Viewer, for_viewer

_SAME, _NEXT = "same", "next"
_PERCENT = re.compile(
    r"(?P<sign>[-\N{MINUS SIGN}]?)\s*(?P<whole>\d{1,4})(?:[.,](?P<part>\d{1,2}))?\s*%?", re.ASCII
)
_LEAST, _MOST = -90_00, 1000_00


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody to set the goal for: the value sent, and a name."""

    value: str
    name: str
    assignee: Assignee


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
@tells_when_gone()
def duplicate(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    """Ask on GET what the copy is for; on POST open the form for a new goal with it. Nothing is saved."""
    goal = goal_seen_by(viewer.actor, public_id)
    choices = goal_choices(viewer.actor, viewer.company)
    refusal = why_no_forecast(viewer.company) if goal.terms.measure is Measure.REVENUE_FORECAST else ""
    if refusal:
        raise NotAllowed(refusal)
    offers = _offers(viewer, choices)
    if request.method != "POST":
        return _ask(request, viewer, goal, offers, _first_answers(viewer, goal, offers), {})
    typed = {name: request.POST.get(name, "") for name in ("assignee", "when", "raise_by")}
    faults: dict[str, str] = {}
    chosen = next((offer for offer in offers if offer.value == typed["assignee"]), None)
    if chosen is None:
        faults["assignee"] = _("Choose who the goal is for.")
    hundredths = _hundredths(typed["raise_by"])
    if hundredths is None:
        faults["raise_by"] = _("Write a number up to 1000, or down to -90, with two decimals at most.")
    later = a_year_later(goal.terms, viewer.calendar)
    terms = later if typed["when"] == _NEXT else goal.terms
    if terms is None or typed["when"] not in {_SAME, _NEXT}:
        faults["when"] = _("Choose the duration.")
    if chosen is None or hundredths is None or terms is None or faults:
        return _ask(request, viewer, goal, offers, typed, faults)
    copy = replace(
        with_raised_targets(terms, hundredths), assignee=chosen.assignee, title=_title(goal, terms, chosen)
    )
    data = goal_data(viewer, copy)
    data["public_id"] = uuid4().hex
    data["proposed"] = ""
    return show_form(request, GoalForm(data, viewer, copy.measure, choices=choices))


def _ask(
    request: HttpRequest,
    viewer: Viewer,
    goal: GoalView,
    offers: list[Offer],
    typed: Mapping[str, str],
    faults: Mapping[str, str],
) -> HttpResponse:
    terms, language = goal.terms, viewer.language
    later = a_year_later(terms, viewer.calendar)
    context: dict[str, object] = {
        "goal": goal,
        "is_dialog": "HX-Request" in request.headers,
        "people": [offer for offer in offers if offer.assignee.kind is AssigneeKind.PERSON],
        "teams": [offer for offer in offers if offer.assignee.kind is AssigneeKind.TEAM],
        "company": next((o for o in offers if o.assignee.kind is AssigneeKind.COMPANY), None),
        "typed": typed,
        "faults": faults,
        "same": _duration(terms, language),
        "later": _duration(later, language) if later else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    if context["is_dialog"]:
        return render(request, "goals/duplicate_dialog.html", context, status=status)
    context["panel"] = panel_of(viewer, current=goal)
    return render(request, "goals/duplicate_page.html", context, status=status)


def _first_answers(viewer: Viewer, goal: GoalView, offers: list[Offer]) -> dict[str, str]:
    own = Assignee(AssigneeKind.PERSON, viewer.actor.user_id)
    values = {offer.assignee: offer.value for offer in offers}
    is_over = goal.terms.ends_on is not None and goal.terms.ends_on < viewer.today
    return {
        "assignee": values.get(goal.terms.assignee) or values.get(own, ""),
        "when": _NEXT if is_over and a_year_later(goal.terms, viewer.calendar) else _SAME,
        "raise_by": "0",
    }


def _offers(viewer: Viewer, choices: GoalChoices) -> list[Offer]:
    """Return everybody this person may set goals for."""
    found = [
        Offer(f"person-{each.id}", each.name, Assignee(AssigneeKind.PERSON, each.id))
        for each in choices.people
    ]
    if allows(Plan(viewer.company.plan), Feature.TEAM_GOALS):
        found += [
            Offer(f"team-{each.id}", each.name, Assignee(AssigneeKind.TEAM, each.id))
            for each in choices.teams
        ]
    if choices.may_set_company:
        found.append(Offer("company", viewer.company.name, Assignee(AssigneeKind.COMPANY, viewer.company.pk)))
    return found


def _hundredths(text: str) -> int | None:
    """Return per cent typed, such as 5, 2.5 or -10 %, in hundredths of one; None for anything else."""
    match = _PERCENT.fullmatch(text.strip() or "0")
    if match is None:
        return None
    size = int(match["whole"]) * 100 + int((match["part"] or "").ljust(2, "0"))
    found = -size if match["sign"] else size
    return found if _LEAST <= found <= _MOST else None


def _title(goal: GoalView, terms: GoalTerms, chosen: Offer) -> str:
    """Return the goal's name with the years and the assignee of the copy where it names those."""
    before = goal.terms
    title = before.title
    if terms.starts_on.year != before.starts_on.year:
        known = {before.starts_on.year} | ({before.ends_on.year} if before.ends_on else set())
        title = re.sub(
            r"\b\d{4}\b", lambda found: str(int(found[0]) + 1) if int(found[0]) in known else found[0], title
        )
    if chosen.assignee != before.assignee:
        title = title.replace(goal.assignee_name, chosen.name)
    return title[:200]


def _duration(terms: GoalTerms, language: str) -> str:
    if terms.duration_end is None:
        return _("from %(start)s on") % {"start": day(terms.starts_on, language)}
    return day_range(terms.starts_on, terms.duration_end, language)
