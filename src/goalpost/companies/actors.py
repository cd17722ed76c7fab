"""From a signed-in user to the `Actor` that every rule asks about."""

from goalpost.companies.existing_teams import existing_teams
from goalpost.companies.models import TeamMembership, User
from goalpost.companies.permission_columns import permissions_of
from goalpost.domain.permissions import Actor


def actor_for(user: User, *, address: str = "") -> Actor:
    """Return the user with their rights and teams as they are now, in three queries at most.

    `address` is the one they ask from, as `signin.client_address` tells it.
    """
    managed = frozenset(
        existing_teams(user.company_id).filter(manager_id=user.pk).values_list("id", flat=True)
    )
    members = (
        frozenset(
            TeamMembership.objects.filter(company_id=user.company_id, team_id__in=managed).values_list(
                "user_id", flat=True
            )
        )
        if managed
        else frozenset()
    )
    return Actor(
        company_id=user.company_id,
        user_id=user.pk,
        is_admin=user.is_admin,
        managed_team_ids=managed,
        managed_user_ids=members,
        permissions=frozenset() if user.permission_set is None else permissions_of(user.permission_set),
        address=address,
    )


def operator_of(company_id: int) -> Actor:
    """Return whoever runs the server, at its command line: an admin who is no user of the company."""
    return Actor(company_id=company_id, user_id=0, is_admin=True)
