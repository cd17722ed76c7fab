"""Actions on goals, their only writer: create, change, delete, restore. They check permissions first."""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from goalpost.companies.calendar import today_in
from goalpost.companies.errors import Changed, InvalidInput, KeyUsed, NotAllowed, NotFound
from goalpost.companies.models import CompanyLock
from goalpost.domain.chart_look import ChartLook
from goalpost.domain.permissions import Actor, Assignee, AssigneeKind, may_change_goals_of
from goalpost.goals.draft import CompanyRows, check_terms
from goalpost.goals.history import differing_details, event_of, former_terms, record_event
from goalpost.goals.models import Goal, GoalAction, GoalActivityType, GoalChange, GoalPipeline, PeriodTarget
from goalpost.goals.queries import GoalView, assignee_of, goal_seen_by, visible_to, why_read_only
from goalpost.goals.terms import GoalTerms

_PUBLIC_ID = re.compile(r"[0-9a-f]{32}")


def id_for_request(actor: Actor, key: str) -> str:
    """Return the id of the goal that this person's request with this key creates, however often it is sent.

    Includes the person, so that sending another's key cannot reveal a hidden goal.
    """
    own = f"{actor.company_id}:{actor.user_id}:{key}"
    return hashlib.sha256(own.encode(errors="replace")).hexdigest()[:32]


def create_goal(
    *, actor: Actor, terms: GoalTerms, now: datetime, public_id: str = "", body: str = ""
) -> GoalView:
    """Create a goal. Raises NotAllowed, InvalidInput.

    `public_id` (32 hexadecimal characters, made by the caller) makes the request idempotent: an existing goal
    with it is returned unchanged. Raises KeyUsed when another `body` created that one, and NotFound when it
    is hidden or deleted.
    """
    body_hash = hashlib.sha256(body.encode(errors="replace")).hexdigest() if public_id else ""
    _require_right(actor, terms.assignee)
    if public_id and not _PUBLIC_ID.fullmatch(public_id):
        raise InvalidInput(_("An ID is 32 characters long: 0 to 9 and a to f."), field="id")
    with transaction.atomic():
        company = CompanyLock.hold_and_read(actor.company_id)
        if public_id and (made := Goal.objects.filter(company=company, public_id=public_id).first()):
            seen = goal_seen_by(actor, public_id)
            if made.body_hash != body_hash:
                raise KeyUsed
            return seen
        check_terms(terms, company, today=today_in(company, now))
        goal = Goal(
            company=company,
            public_id=public_id or uuid4().hex,
            report_id=uuid4().hex,
            creator_id=actor.user_id,
            body_hash=body_hash,
            created_at=now,
        )
        _write(goal, terms, now, {"pipelines", "activity_types", "period_targets"})
        record_event(goal, actor, GoalAction.CREATED, now)
    return goal_seen_by(actor, goal.public_id)


def change_goal(
    *, actor: Actor, public_id: str, terms: GoalTerms, now: datetime, version: int | None = None
) -> GoalView:
    """Change a goal's terms; equal terms change nothing. Raises NotFound, NotAllowed, InvalidInput.

    Raises Changed when `version` is given and somebody else changed the goal since it was read.
    """
    with transaction.atomic():
        goal = _locked(actor, public_id, is_deleted=False)
        _require_right(actor, terms.assignee)
        if version is not None and version != goal.version:
            raise Changed
        check_terms(terms, goal.company, today=today_in(goal.company, now))
        current = goal_seen_by(actor, public_id)
        details = differing_details(current.terms, terms)
        if not details:
            return current
        goal.version += 1
        _write(goal, terms, now, details)
        record_event(goal, actor, GoalAction.CHANGED, now, details)
    return goal_seen_by(actor, public_id)


def reassign_goals(
    *, actor: Actor, goals: Sequence[GoalView], assignee: Assignee, now: datetime, field: str = "goals"
) -> None:
    """Change the assignee of goals, all or none, in a constant number of queries.

    Raises NotAllowed, InvalidInput of `field` naming the goal that cannot be handed over, and Changed when
    one of them changed since it was read.
    """
    _require_right(actor, assignee)
    with transaction.atomic():
        company = CompanyLock.hold_and_read(actor.company_id)
        ids = [goal.id for goal in goals]
        stored = Goal.objects.select_for_update().filter(company_id=company.pk, pk__in=ids, is_deleted=False)
        if dict(stored.values_list("pk", "version")) != {goal.id: goal.version for goal in goals}:
            raise Changed
        rows, today, events = CompanyRows(company), today_in(company, now), []
        for goal in goals:
            if not goal.may_change:
                raise NotAllowed(goal.read_only)
            terms = replace(goal.terms, assignee=assignee)
            try:
                check_terms(terms, company, today=today, rows=rows)
            except InvalidInput as refusal:
                words = _(
                    "The goal “%(title)s” cannot be handed over: %(reason)s"
                    " Correct it, or choose another option."
                )
                raise InvalidInput(
                    words % {"title": goal.terms.title, "reason": refusal.message}, field=field
                ) from refusal
            details = differing_details(goal.terms, terms)
            events.append(event_of(actor, goal.id, goal.version + 1, GoalAction.CHANGED, now, details))
        Goal.objects.filter(company_id=company.pk, pk__in=ids).update(
            assignee_kind=assignee.kind,
            assignee_user_id=assignee.id if assignee.kind is AssigneeKind.PERSON else None,
            assignee_team_id=assignee.id if assignee.kind is AssigneeKind.TEAM else None,
            version=F("version") + 1,
            updated_at=now,
        )
        GoalChange.objects.bulk_create(events)


def undo_change(*, actor: Actor, public_id: str, version: int, now: datetime) -> GoalView:
    """Undo the change that made this version, as a new change.

    Raises NotFound, NotAllowed (also when the actor may no longer set goals for the former assignee),
    InvalidInput when the former terms are no longer valid, and Changed when the goal's latest action is not
    that change.
    """
    with transaction.atomic():
        goal = _locked(actor, public_id, is_deleted=False)
        latest = GoalChange.objects.filter(company_id=actor.company_id, goal=goal).latest("number")
        if goal.version != version or latest.action != GoalAction.CHANGED:
            raise Changed
        terms = former_terms(goal_seen_by(actor, public_id).terms, latest.details)
        return change_goal(actor=actor, public_id=public_id, terms=terms, now=now, version=version)


def change_look(*, actor: Actor, public_id: str, look: ChartLook) -> GoalView:
    """Change the colours of the goal's chart, for everybody.

    Raises NotFound, NotAllowed. Does not change the goal's version, and is not in its history.
    """
    with transaction.atomic():
        goal = _locked(actor, public_id, is_deleted=False)
        goal.result_colour = look.result
        goal.target_colour = look.target
        goal.reached_colour = look.reached
        goal.colours_by_result = look.by_result
        goal.shows_projection = look.shows_projection
        goal.save(
            update_fields=[
                "result_colour",
                "target_colour",
                "reached_colour",
                "colours_by_result",
                "shows_projection",
            ]
        )
    return goal_seen_by(actor, public_id)


def delete_goal(*, actor: Actor, public_id: str, now: datetime) -> None:
    """Mark a goal as deleted, until `restore_goal`. Raises NotFound, NotAllowed."""
    with transaction.atomic():
        goal = _locked(actor, public_id, is_deleted=False)
        _mark(goal, is_deleted=True, now=now)
        record_event(goal, actor, GoalAction.DELETED, now)


def restore_goal(*, actor: Actor, public_id: str, now: datetime) -> GoalView:
    """Restore a deleted goal. Raises NotFound, NotAllowed."""
    with transaction.atomic():
        goal = _locked(actor, public_id, is_deleted=True)
        _mark(goal, is_deleted=False, now=now)
        record_event(goal, actor, GoalAction.RESTORED, now)
    return goal_seen_by(actor, public_id)


def _locked(actor: Actor, public_id: str, *, is_deleted: bool) -> Goal:
    """Lock the company's settings and return the goal, if the actor may change it.

    Deleting a team takes the same lock, so that it misses no goal.
    """
    company = CompanyLock.hold_and_read(actor.company_id)
    seen = visible_to(actor, is_deleted=is_deleted).filter(public_id=public_id)
    goal = Goal.objects.select_for_update().filter(company_id=actor.company_id, pk__in=seen).first()
    if goal is None:
        raise NotFound
    goal.company = company
    _require_right(actor, assignee_of(goal))
    if reason := why_read_only(goal, company):
        raise NotAllowed(reason)
    return goal


def _require_right(actor: Actor, assignee: Assignee) -> None:
    if may_change_goals_of(actor, assignee):
        return
    match assignee.kind:
        case AssigneeKind.PERSON:
            raise NotAllowed(_("You may set goals for yourself, but not for this person."))
        case AssigneeKind.TEAM:
            raise NotAllowed(_("Only an admin and the team’s manager may set goals for a team."))
        case AssigneeKind.COMPANY:
            raise NotAllowed(_("Only an admin may set goals for the company."))


def _mark(goal: Goal, *, is_deleted: bool, now: datetime) -> None:
    goal.is_deleted = is_deleted
    goal.version += 1
    goal.updated_at = now
    goal.save(update_fields=["is_deleted", "version", "updated_at"])


def _write(goal: Goal, terms: GoalTerms, now: datetime, differing: Collection[str]) -> None:
    """Write checked terms to the goal; related rows only for the fields in `differing`."""
    goal.title = terms.title.strip()
    goal.measure = terms.measure
    goal.assignee_kind = terms.assignee.kind
    goal.assignee_user_id = terms.assignee.id if terms.assignee.kind is AssigneeKind.PERSON else None
    goal.assignee_team_id = terms.assignee.id if terms.assignee.kind is AssigneeKind.TEAM else None
    goal.stage_id = terms.stage_id
    goal.interval = terms.interval
    goal.metric = terms.metric
    goal.currency = terms.currency
    goal.target = terms.target
    goal.starts_on = terms.starts_on
    goal.ends_on = terms.ends_on
    goal.updated_at = now
    goal.save()
    own = {"company_id": goal.company_id, "goal": goal}
    if "pipelines" in differing:
        GoalPipeline.objects.filter(**own).delete()
        GoalPipeline.objects.bulk_create(
            GoalPipeline(**own, pipeline_id=pipeline_id) for pipeline_id in sorted(terms.pipelines)
        )
    if "activity_types" in differing:
        GoalActivityType.objects.filter(**own).delete()
        GoalActivityType.objects.bulk_create(
            GoalActivityType(**own, activity_type_id=type_id) for type_id in sorted(terms.activity_types)
        )
    if "period_targets" in differing:
        PeriodTarget.objects.filter(**own).delete()
        PeriodTarget.objects.bulk_create(
            PeriodTarget(**own, starts_on=start, target=target)
            for start, target in sorted(terms.period_targets.items())
        )
