"""Who may see and change what: goals, records, settings; what a permission set allows, and a plan.

Source: the article on goals, section on permission sets (see the table in docs). Every list, page, export and
API endpoint asks these functions; nothing else decides.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class AssigneeKind(StrEnum):
    """Whose a goal is."""

    PERSON = "person"
    TEAM = "team"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Assignee:
    """The person, team or company a goal is set for; `id` is that of the user, team or company."""

    kind: AssigneeKind
    id: int


class Role(StrEnum):
    """The role beside the permissions: managing a team or not. Admins are separate."""

    REGULAR = "regular"
    MANAGER = "manager"


class Permission(StrEnum):
    """The permissions of a set. Admins have all."""

    SEE_COMPANY_STATISTICS = "see_company_statistics"
    SEE_OTHERS_STATISTICS = "see_other_users_statistics"
    SEE_OTHERS_RECORDS = "see_other_users_records"
    SHARE_DASHBOARDS = "share_dashboards"
    EXPORT = "export"
    USE_API = "use_api"
    EDIT_CLOSED_DATES = "edit_closed_deals_dates"
    IMPORT = "import_records"


BOTH = frozenset({Permission.SEE_COMPANY_STATISTICS, Permission.SEE_OTHERS_STATISTICS})
"""The two that together allow to see the goals of the company, other teams and other users."""

AT_FIRST = frozenset({Permission.SHARE_DASHBOARDS, Permission.EXPORT, Permission.USE_API})
"""The permissions of the built-in sets in a new company, by the article's table."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with all that a decision needs. The user and team ids are of the actor's company.

    `address` is where they ask from, for the audit log; no rule looks at it.
    """

    company_id: int
    user_id: int
    is_admin: bool = False
    managed_team_ids: frozenset[int] = frozenset()
    managed_user_ids: frozenset[int] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    address: str = field(default="", compare=False, repr=False)

    @property
    def has_both(self) -> bool:
        """Whether the permission set holds both statistics permissions."""
        return self.permissions >= BOTH


@dataclass(frozen=True, slots=True)
class VisibleAssignees:
    """Where a list of goals may start: everything in the actor's company, or these users and teams only."""

    everything: bool
    user_ids: frozenset[int]
    team_ids: frozenset[int]


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor has the permission: an admin always, others by their permission set."""
    return actor.is_admin or permission in actor.permissions


def may_see_goals_of(actor: Actor, assignee: Assignee) -> bool:
    """Whether the actor may see the assignee's goals and their results.

    The caller rules out ids of another company.
    """
    visible = visible_assignees(actor)
    match assignee.kind:
        case AssigneeKind.PERSON:
            return visible.everything or assignee.id in visible.user_ids
        case AssigneeKind.TEAM:
            return visible.everything or assignee.id in visible.team_ids
        case AssigneeKind.COMPANY:
            return visible.everything and assignee.id == actor.company_id


def may_change_goals_of(actor: Actor, assignee: Assignee) -> bool:
    """Whether the actor may add, edit and delete goals of the assignee."""
    match assignee.kind:
        case AssigneeKind.PERSON:
            is_own = assignee.id == actor.user_id
            is_members = actor.has_both and assignee.id in actor.managed_user_ids
            return actor.is_admin or is_own or is_members
        case AssigneeKind.TEAM:
            return actor.is_admin or assignee.id in actor.managed_team_ids
        case AssigneeKind.COMPANY:
            return actor.is_admin and assignee.id == actor.company_id


def visible_assignees(actor: Actor) -> VisibleAssignees:
    """Return whose goals a list shows the actor; agrees with `may_see_goals_of` on every assignee.

    Members' own goals are other users' goals: their manager needs both permissions like anyone else.
    """
    if actor.is_admin or actor.has_both:
        return VisibleAssignees(everything=True, user_ids=frozenset(), team_ids=frozenset())
    return VisibleAssignees(
        everything=False, user_ids=frozenset({actor.user_id}), team_ids=actor.managed_team_ids
    )


def may_export_goals_of(actor: Actor, assignee: Assignee) -> bool:
    """Whether the actor may export the assignee's goals: those they see, with the permission."""
    return may(actor, Permission.EXPORT) and may_see_goals_of(actor, assignee)


def may_see_records_of(actor: Actor, owner_id: int) -> bool:
    """Whether the actor may see single deals and activities of this owner in the list behind a result."""
    owners = visible_record_owners(actor)
    return owners is None or owner_id in owners


def visible_record_owners(actor: Actor) -> frozenset[int] | None:
    """Return whose records the actor may see; None for everybody's.

    These are single deals and activities with their titles, not goals and totals.
    """
    if may(actor, Permission.SEE_OTHERS_RECORDS):
        return None
    return frozenset({actor.user_id})


def may_change_records_of(actor: Actor, owner_id: int) -> bool:
    """Whether the actor may write deals and activities of this owner.

    Their own; a manager also those of team members that they see; an admin everybody's.
    """
    is_members = owner_id in actor.managed_user_ids and may_see_records_of(actor, owner_id)
    return actor.is_admin or owner_id == actor.user_id or is_members


def may_import(actor: Actor) -> bool:
    """Whether the actor may import files, whosever records they bring in, and undo imports."""
    return may(actor, Permission.IMPORT)


class Access(StrEnum):
    """What somebody may do to a dashboard: look at it, change its tiles too, or share and delete it too."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


def greatest_access(shared: Iterable[Access]) -> Access:
    """Return what shares with somebody, with their teams and with everybody allow together."""
    return max(shared, key=list(Access).index)


def may_share_dashboard(actor: Actor, access: Access) -> bool:
    """Whether the actor may share a dashboard and make public links to it: its owner, with the permission."""
    return access is Access.OWNER and may(actor, Permission.SHARE_DASHBOARDS)


def may_pair_screens(actor: Actor) -> bool:
    """Whether the actor may show what they see on a screen that has no person of its own."""
    return may(actor, Permission.SHARE_DASHBOARDS)


def may_administer(actor: Actor) -> bool:
    """Whether the actor may change the company's settings, people, permission sets and rules."""
    return actor.is_admin


_COMPANY, _ME, _MEMBER, _STRANGER, _MY_TEAM, _OTHER_TEAM = 1, 1, 2, 3, 1, 2


class Whose(StrEnum):
    """Whose goals a line of the matrix is about."""

    OWN = "own"
    OWN_TEAMS = "own_teams"
    MEMBERS = "members"
    REST = "rest"


class Outcome(StrEnum):
    """The outcome of a line for a set."""

    ALWAYS = "always"
    WITH_BOTH = "with_both"
    NEEDS_BOTH = "needs_both"
    NEVER = "never"


_ASSIGNEES = {
    Whose.OWN: (Assignee(AssigneeKind.PERSON, _ME),),
    Whose.OWN_TEAMS: (Assignee(AssigneeKind.TEAM, _MY_TEAM),),
    Whose.MEMBERS: (Assignee(AssigneeKind.PERSON, _MEMBER),),
    Whose.REST: (
        Assignee(AssigneeKind.COMPANY, _COMPANY),
        Assignee(AssigneeKind.TEAM, _OTHER_TEAM),
        Assignee(AssigneeKind.PERSON, _STRANGER),
    ),
}


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A set with the outcome of each line, of seeing goals and of changing them."""

    sees: dict[Whose, Outcome]
    changes: dict[Whose, Outcome]


def matrix_column(role: Role | None, permissions: frozenset[Permission]) -> MatrixColumn:
    """Return what follows for holders of this role; without one, for an admin."""

    def outcome(may_do: Callable[[Actor, Assignee], bool], whose: Whose) -> Outcome:
        def holds(held: Iterable[Permission]) -> bool:
            actor = _holder(role, frozenset(held))
            return all(may_do(actor, assignee) for assignee in _ASSIGNEES[whose])

        if holds(()):
            return Outcome.ALWAYS
        if holds(permissions):
            return Outcome.WITH_BOTH
        return Outcome.NEEDS_BOTH if holds(BOTH) else Outcome.NEVER

    return MatrixColumn(
        sees={whose: outcome(may_see_goals_of, whose) for whose in Whose if whose is not Whose.MEMBERS},
        changes={whose: outcome(may_change_goals_of, whose) for whose in Whose},
    )


def _holder(role: Role | None, permissions: frozenset[Permission]) -> Actor:
    is_manager = role is Role.MANAGER
    return Actor(
        company_id=_COMPANY,
        user_id=_ME,
        is_admin=role is None,
        managed_team_ids=frozenset({_MY_TEAM}) if is_manager else frozenset(),
        managed_user_ids=frozenset({_MEMBER}) if is_manager else frozenset(),
        permissions=permissions,
    )


class Plan(StrEnum):
    """The plans, smallest first."""

    ESSENTIAL = "essential"
    ADVANCED = "advanced"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


class Feature(StrEnum):
    """What not every plan has."""

    TEAM_GOALS = "team_goals"
    FORECAST_GOALS = "forecast_goals"


_FIRST_PLAN_WITH = {Feature.TEAM_GOALS: Plan.PROFESSIONAL, Feature.FORECAST_GOALS: Plan.PROFESSIONAL}
_PLAN_RANK = {plan: rank for rank, plan in enumerate(Plan)}


def allows(plan: Plan, feature: Feature) -> bool:
    return _PLAN_RANK[plan] >= _PLAN_RANK[first_plan_with(feature)]


def first_plan_with(feature: Feature) -> Plan:
    """Return the smallest plan that has the feature, for the words beside a disabled choice."""
    return _FIRST_PLAN_WITH[feature]


def feature_lacking(plan: Plan, *, is_for_team: bool, is_forecast: bool) -> Feature | None:
    """Return the feature of a goal that the plan lacks, None for a goal that it allows.

    A goal set under a larger plan is kept: it is shown, counts, and cannot be changed.
    """
    needed = ((is_for_team, Feature.TEAM_GOALS), (is_forecast, Feature.FORECAST_GOALS))
    return next((feature for is_one, feature in needed if is_one and not allows(plan, feature)), None)
