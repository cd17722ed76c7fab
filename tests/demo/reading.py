"""Reading the sample company as its pages do."""

from datetime import date

from goalpost.companies.actors import actor_for
from goalpost.companies.models import User
from goalpost.demo import DemoCompany
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.goals.results import GoalResults, goal_results, periods_shown


def results_seen_by_admin(demo: DemoCompany, today: date) -> list[GoalResults]:
    """Return every goal with all its periods."""
    admin = actor_for(User.objects.get(email=demo.sign_ins[0].email))
    goals = goals_seen_by(admin, visible_to(admin))
    asked = [(goal, periods_shown(goal.terms, demo.company, today=today)) for goal in goals]
    return goal_results(demo.company, asked, today=today)
