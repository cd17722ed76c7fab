"""A smaller plan keeps team goals and forecast goals, read-only, and says so everywhere."""

import pytest

from goalpost.companies.company import set_plan
from goalpost.companies.errors import NotAllowed
from goalpost.companies.models import AuditEntry
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee, Feature, Plan
from goalpost.goals.actions import change_goal, delete_goal
from goalpost.goals.queries import GoalView, goal_seen_by
from tests.api.caller import caller
from tests.goals.builders import TEAM, set_goal, terms
from tests.people import NOW, Cast
from tests.web.conftest import SignedIn
from tests.web.looking import text

pytestmark = pytest.mark.django_db
SAID = "This goal is kept, read-only."


def team_goal(cast: Cast) -> GoalView:
    return set_goal(cast, assignee=Assignee(TEAM, cast.nordic.pk), title="Together")


def forecast(cast: Cast) -> GoalView:
    return set_goal(cast, measure=Measure.REVENUE_FORECAST, metric=Metric.SUM, currency="EUR", title="Ahead")


@pytest.mark.parametrize("plan", [Plan.ESSENTIAL, Plan.ADVANCED])
def test_a_downgrade_keeps_such_goals_read_only_and_an_upgrade_opens_them(cast: Cast, plan: Plan) -> None:
    goals = [(team_goal(cast), Feature.TEAM_GOALS), (forecast(cast), Feature.FORECAST_GOALS)]
    plain = set_goal(cast)
    set_plan(actor=cast.operator, plan=plan, now=NOW)
    for goal, feature in goals:
        seen = goal_seen_by(cast.as_astrid, goal.public_id)
        assert (seen.lacks, seen.may_change) == (feature, False)
        with pytest.raises(NotAllowed, match=SAID):
            change_goal(actor=cast.as_astrid, public_id=goal.public_id, terms=terms(cast), now=NOW)
        with pytest.raises(NotAllowed, match=SAID):
            delete_goal(actor=cast.as_astrid, public_id=goal.public_id, now=NOW)
    assert goal_seen_by(cast.as_astrid, plain.public_id).may_change
    set_plan(actor=cast.operator, plan=Plan.PROFESSIONAL, now=NOW)
    for goal, _feature in goals:
        assert goal_seen_by(cast.as_astrid, goal.public_id).may_change


def test_it_is_said_on_the_goal_in_the_list_and_by_the_api(cast: Cast, signed_in: SignedIn) -> None:
    goal, api = team_goal(cast), caller(cast.astrid)
    assert SAID not in text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"))
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=NOW)
    assert SAID in text(signed_in(cast.astrid).get(f"/goals/{goal.public_id}"))
    assert "Read-only" in text(signed_in(cast.astrid).get("/"), "goal-list")
    refused = api.put(f"/goals/{goal.public_id}", {"title": "Other"})
    assert (refused.status, SAID in refused.body["error"]) == (403, True)
    assert signed_in(cast.astrid).get(f"/goals/{goal.public_id}/edit").status_code == 403


def test_a_plan_is_set_by_the_operator_and_kept_in_the_log(cast: Cast) -> None:
    set_plan(actor=cast.operator, plan=Plan.ESSENTIAL, now=NOW)
    entry = AuditEntry.objects.filter(company=cast.company).latest("id")
    assert (entry.actor, entry.changes) == (None, {"plan": ["enterprise", "essential"]})
