"""The teams that are there. Deleted ones are kept for their past goals, and are no choice any more."""

from django.db.models import QuerySet

from goalpost.companies.models import Team, TeamMembership


def existing_teams(company_id: int) -> QuerySet[Team]:
    return Team.objects.filter(company_id=company_id, deleted_at__isnull=True)


def existing_memberships(company_id: int) -> QuerySet[TeamMembership]:
    """Return who is on which team, of those that are there."""
    return TeamMembership.objects.filter(company_id=company_id, team__deleted_at__isnull=True)
