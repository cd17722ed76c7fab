"""The wall between companies, tried from the code: every action, with each thing of the other company's.

Actions are found by looking: a new one, or a new parameter of one, fails a test until its values are told.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType
from typing import get_args, get_type_hints

import pytest
import time_machine
from django.db import IntegrityError, transaction

import goalpost.accounts.actions
import goalpost.accounts.invitations
import goalpost.accounts.sessions
import goalpost.accounts.tokens
import goalpost.companies.actions
import goalpost.companies.company
import goalpost.companies.permission_sets
import goalpost.companies.teams
import goalpost.crm.actions
import goalpost.goals.actions
import goalpost.goals.departures
from goalpost.companies.company import PaceRules
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.memberships import MembershipChange
from goalpost.crm.actions.handover import Extent
from goalpost.crm.actions.pipelines import PipelineSettings, StageSettings
from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.domain.measures import Measure
from goalpost.domain.membership import ALWAYS
from goalpost.domain.permissions import BOTH, Assignee, Plan, Role
from goalpost.goals.actions import change_goal, create_goal
from goalpost.goals.departures import TeamGoalsOutcome
from goalpost.goals.queries import goal_seen_by
from goalpost.goals.terms import GoalTerms
from tests.company_guard import guarded
from tests.goals.builders import COMPANY, PERSON, TEAM, terms
from tests.people import NOW
from tests.two_companies import OURS, THEIRS, Furnished, furnish, rows_of

pytestmark = pytest.mark.django_db

REFUSALS = (Changed, InvalidInput, NotAllowed, NotFound)
LEFT_TO_THE_DATABASE = {"permission_set"}
"""A row that the caller holds already, not an id that somebody sent: the database's own wall is enough."""

FOR_NOBODY = {"create_company", "found_company", "issue_token", "accept_invitation"}
"""Make a company, or work on what the caller was let in with: they act in nobody's name."""


def modules() -> Iterator[ModuleType]:
    yield goalpost.companies.actions
    yield goalpost.accounts.invitations
    yield goalpost.accounts.actions
    yield goalpost.accounts.sessions
    yield goalpost.accounts.tokens
    yield goalpost.companies.company
    yield goalpost.companies.permission_sets
    yield goalpost.companies.teams
    yield goalpost.goals.actions
    yield goalpost.goals.departures
    for found in pkgutil.iter_modules(goalpost.crm.actions.__path__):
        yield importlib.import_module(f"goalpost.crm.actions.{found.name}")


Action = Callable[..., object]


def actions() -> dict[str, Action]:
    """Return every public function of the modules that write whose facts go by name, as an action's do."""
    return {
        name: action
        for module in modules()
        for name, action in inspect.getmembers(module, inspect.isfunction)
        if action.__module__ == module.__name__ and not name.startswith("_") and goes_by_name(action)
    }


def goes_by_name(action: Action) -> bool:
    first = next(iter(inspect.signature(action).parameters.values()))
    return first.kind is inspect.Parameter.KEYWORD_ONLY


ACTIONS = {name: action for name, action in actions().items() if name not in FOR_NOBODY}


def parameters(action: Action) -> set[str]:
    """Return what an action takes, the details among it."""
    found: set[str] = set()
    hints = get_type_hints(action)
    for name, parameter in inspect.signature(action).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            [details] = get_args(hints[name])
            found |= details.__annotations__.keys()
        else:
            found.add(name)
    return found


def things(of: Furnished) -> dict[str, object]:
    """Return a company's thing for every parameter that means one."""
    cast = of.cast
    return {
        "public_id": of.goals[0].public_id,
        "terms": terms(cast, assignee=Assignee(PERSON, cast.cilla.pk)),
        "deal_id": of.open_deal,
        "activity_id": of.activity,
        "stage_id": of.stages[1],
        "stage_ids": of.stages,
        "pipeline_id": of.pipeline,
        "goals": [goal_seen_by(of.admin, of.goals[1].public_id)],
        "assignee": Assignee(PERSON, cast.david.pk),
        "type_id": of.call,
        "owner_id": cast.david.pk,
        "user_id": of.bystander.pk,
        "manager_id": cast.david.pk,
        "team_id": cast.baltic.pk,
        "permission_set": of.permission_set,
        "permission_set_id": of.permission_set.pk,
        "user_ids": [of.bystander.pk],
        "also": [of.bystander.pk],
        "teams": [MembershipChange(cast.baltic.pk, of.bystander.pk, ALWAYS)],
        "team_ids": [cast.baltic.pk],
        "successor_id": cast.david.pk,
        "token_id": of.token,
        "filter_id": of.saved_filter,
        "day_id": of.own_day,
        "permissions": {of.permission_set.pk: BOTH},
        "set_id": of.own_set,
        "holders_to": of.permission_set.pk,
        "to_team_id": cast.baltic.pk,
        "asked": [f"{of.goals[1].public_id}.{of.goals[1].version}.ongoing"],
        "wanted": [
            PipelineSettings(
                of.pipeline, "A new one", tuple(StageSettings(pk, f"Stage {pk}", 50, 14) for pk in of.stages)
            )
        ],
    }


def in_another_state(of: Furnished) -> dict[str, dict[str, object]]:
    """Return the things of actions that want one in a certain state."""
    cast = of.cast
    return {
        "reopen_deal": {"deal_id": of.won_deal},
        "restore_deal": {"deal_id": of.deleted_deal},
        "reopen_activity": {"activity_id": of.done_activity},
        "restore_activity": {"activity_id": of.deleted_activity},
        "restore_goal": {"public_id": of.deleted_goal.public_id},
        "create_goal": {"public_id": f"{of.id:032x}"},
        "add_permission_set": {"permissions": BOTH},
        "remove_member": {"user_id": of.cast.david.pk},
        "undo_change": {"public_id": of.changed_goal.public_id, "version": of.changed_goal.version},
        "change_activity": {"deal_id": of.won_deal},
        "undo_move": {"deal_id": of.moved_deal},
        "revoke_token": {"user_id": cast.cilla.pk},
        "delete_team": {"team_id": cast.nordic.pk},
        "restore_team": {"team_id": of.deleted_team.pk},
    }


PLAIN: dict[str, object] = {
    "now": NOW + timedelta(minutes=1),
    "name": "A new one",
    "title": "A new one",
    "body": "{}",
    "field": "goals",
    "subject": "A new one",
    "organization": "Nowhere",
    "email": "new@new.example",
    "key": "new",
    "plan": Plan.ADVANCED,
    "start": date(2026, 3, 1),
    "password": None,
    "is_admin": False,
    "is_active": True,
    "is_archived": False,
    "role": Role.MANAGER,
    "value": 5,
    "currency": "USD",
    "probability": 40,
    "day": date(2026, 1, 1),
    "teams_from": date(2026, 1, 1),
    "rate": Decimal("1.5"),
    "time_zone": "Europe/Helsinki",
    "add_time": NOW,
    "due_date": date(2026, 4, 1),
    "due_time": 9 * 60,
    "duration": 30,
    "note": "A new one",
    "reason": "Price",
    "place": "pipeline",
    "query": "q=x",
    "seen": None,
    "weeks": 2,
    "days": 14,
    "done_at": NOW,
    "moved_at": NOW + timedelta(minutes=1),
    "expected_close_date": date(2026, 4, 1),
    "version": 1,
    "language": "sv",
    "theme": "dark",
    "handle": "0" * 32,
    "but_key": None,
    "extent": Extent(open_deals=True, closed_deals=True, open_activities=True),
    "with_goals": True,
    "ongoing": TeamGoalsOutcome.TEAM,
    "past": TeamGoalsOutcome.DELETE,
    "is_read_only": True,
    "expires_at": None,
    "state": "",
    "week_start": 6,
    "fiscal_month": 4,
    "rules": PaceRules(country="DE", subdivision="BY"),
    "is_working": True,
    "look": ChartLook(ChartColour.LAKE, by_result=True),
}
NO_REFERENCE = {
    ("add_permission_set", "permissions"),
    ("people_for_teams", "also"),
    ("create_goal", "public_id"),
    ("remove_member", "user_id"),
}
"""An id for a new goal is made up by whoever asks; who is not on a team is off it already."""
LEFT_OUT = {"won_time", "lost_time", "lost_reason"}
"""Only closed deals have them; they are no ids."""


def arguments(name: str, of: Furnished) -> dict[str, object]:
    """Return a call of the action that its company may make."""
    known = {"actor": of.admin, **PLAIN, **things(of), **in_another_state(of).get(name, {})}
    return {parameter: known[parameter] for parameter in parameters(ACTIONS[name]) - LEFT_OUT}


@dataclass(frozen=True, slots=True)
class Companies:
    ours: Furnished
    theirs: Furnished


@pytest.fixture(scope="module")
def furnished(kept_for_module: None) -> Companies:
    with time_machine.travel(NOW, tick=False):
        return Companies(furnish(OURS), furnish(THEIRS))


@pytest.fixture
def companies(furnished: Companies) -> Iterator[Companies]:
    with time_machine.travel(NOW, tick=False):
        yield furnished


def test_every_action_acts_in_somebodys_name() -> None:
    assert actions().keys() >= FOR_NOBODY
    assert [name for name, action in ACTIONS.items() if "actor" not in parameters(action)] == []
    assert len(ACTIONS) >= 29


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_touches_nothing_of_another_company(companies: Companies, name: str) -> None:
    ours, theirs = companies.ours, companies.theirs
    if name == "start_books":  # once a company, when it is founded
        with pytest.raises(IntegrityError), transaction.atomic():
            ACTIONS[name](actor=ours.admin, now=NOW)
        return
    before = rows_of(theirs.id)
    own_call, foreign_call = arguments(name, ours), arguments(name, theirs)
    for thing in sorted(own_call.keys() & things(theirs).keys()):
        if (name, thing) in NO_REFERENCE:
            continue
        untouched = rows_of(ours.id)
        try:
            with transaction.atomic(), guarded(ours.id):
                ACTIONS[name](**{**own_call, thing: foreign_call[thing]})
        except REFUSALS:
            assert thing not in LEFT_TO_THE_DATABASE
        except IntegrityError:
            assert thing in LEFT_TO_THE_DATABASE
        else:
            pytest.fail(f"{name} took their {thing}")
        assert rows_of(ours.id) == untouched, thing
        assert rows_of(theirs.id) == before, thing
    with guarded(ours.id):
        ACTIONS[name](**own_call)
    assert rows_of(theirs.id) == before, "what we do to our own is ours alone"


def foreign_terms(ours: Furnished, theirs: Furnished) -> dict[str, GoalTerms]:
    """Return terms of ours with one thing of theirs each."""
    sound = terms(ours.cast)
    progress = replace(sound, measure=Measure.DEALS_PROGRESSED, stage_id=ours.stages[0])
    calls = replace(sound, measure=Measure.ACTIVITIES_ADDED, activity_types=frozenset({ours.call}))
    return {
        "person": replace(sound, assignee=Assignee(PERSON, theirs.cast.cilla.pk)),
        "team": replace(sound, assignee=Assignee(TEAM, theirs.cast.nordic.pk)),
        "company": replace(sound, assignee=Assignee(COMPANY, theirs.id)),
        "pipeline": replace(sound, pipelines=frozenset({ours.pipeline, theirs.pipeline})),
        "stage": replace(progress, stage_id=theirs.stages[0]),
        "activity type": replace(calls, activity_types=frozenset({ours.call, theirs.call})),
    }


@pytest.mark.parametrize("thing", ["person", "team", "company", "pipeline", "stage", "activity type"])
def test_a_goal_is_not_set_with_anything_of_another_company(companies: Companies, thing: str) -> None:
    ours, theirs = companies.ours, companies.theirs
    wanted = foreign_terms(ours, theirs)[thing]
    before = rows_of(ours.id), rows_of(theirs.id)
    with guarded(ours.id):
        with pytest.raises((InvalidInput, NotAllowed)):
            create_goal(actor=ours.admin, terms=wanted, now=NOW)
        with pytest.raises((InvalidInput, NotAllowed)):
            change_goal(actor=ours.admin, public_id=ours.goals[0].public_id, terms=wanted, now=NOW)
    assert (rows_of(ours.id), rows_of(theirs.id)) == before
