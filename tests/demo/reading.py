"""Reading the sample company as its pages do."""

from datetime import date

from goalpost.companies.actors import actor_for
from goalpost.companies.models import User
from goalpost.demo import DemoCompany
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.goal_report import GoalQuestion, GoalReport, goal_reports
from tests.goals.builders import Asking


def results_seen_by_admin(demo: DemoCompany, today: date) -> list[GoalReport]:
    """Return every goal with all its periods."""
    admin = actor_for(User.objects.get(email=demo.sign_ins[0].email))
    goals = goals_seen_by(admin, visible_to(admin))
    asked = [GoalQuestion(goal, periods_shown(goal.terms, demo.company, today=today)) for goal in goals]
    return goal_reports(Asking(admin, demo.company, today), asked)
