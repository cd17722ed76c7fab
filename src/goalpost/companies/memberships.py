"""Who is on which team and when. The only writer of memberships.

A row is never changed except for the moment at which it was superseded: the history stays readable.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from goalpost.companies.actors import existing_teams, known_memberships, memberships_on
from goalpost.companies.audit import AuditAction, Subject, differing, record
from goalpost.companies.calendar import today_in
from goalpost.companies.checks import found_user, require_admin
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.companies.models import Company, CompanyLock, Team, TeamMembership
from goalpost.domain.alphabet import by_name
from goalpost.domain.membership import ALWAYS, Stay, is_on, joined, left, normalized
from goalpost.domain.permissions import Actor

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A person with the days they are or were on a team."""

    id: int
    name: str
    stays: tuple[Stay, ...] = ALWAYS

    def is_on(self, day: date) -> bool:
        return is_on(self.stays, day)


@dataclass(frozen=True, slots=True)
class MembershipEvent:
    """A change of a person's days on a team; `by` is empty for the server operator."""

    at: datetime
    by: str
    member: Member
    before: tuple[Stay, ...]

    @property
    def after(self) -> tuple[Stay, ...]:
        return self.member.stays


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """New days of a person on a team, which replace the known ones."""

    team_id: int
    user_id: int
    stays: tuple[Stay, ...]


def members_of(
    company_id: int, team_ids: Iterable[int], *, at: datetime | None = None
) -> dict[int, tuple[Member, ...]]:
    """Return all who are, were or will be on each team, by name, in one query; as known at a moment."""
    ids = set(team_ids)
    stays: dict[tuple[int, int], list[Stay]] = defaultdict(list)
    names: dict[int, str] = {}
    if ids:
        rows = known_memberships(company_id, at).filter(team_id__in=ids)
        columns = ("team_id", "user_id", "user__name", "starts_on", "ends_on")
        for team_id, user_id, name, starts_on, ends_on in rows.values_list(*columns):
            stays[team_id, user_id].append(_stay(starts_on, ends_on))
            names[user_id] = name
    found: dict[int, list[Member]] = {team_id: [] for team_id in ids}
    for (team_id, user_id), own in stays.items():
        found[team_id].append(Member(user_id, names[user_id], normalized(own)))
    return {
        team_id: tuple(sorted(members, key=lambda one: by_name(one.name, one.id)))
        for team_id, members in found.items()
    }


def membership_events(company_id: int, team_id: int, *, since: datetime) -> tuple[MembershipEvent, ...]:
    """Return how a team's memberships changed after a moment, the latest first, in one query."""
    rows = TeamMembership.objects.filter(company_id=company_id, team_id=team_id)
    rows = rows.select_related("user", "recorded_by", "superseded_by")
    of_people: dict[int, list[TeamMembership]] = defaultdict(list)
    changed: dict[tuple[datetime, int], str] = {}
    for row in rows:
        of_people[row.user_id].append(row)
        for at, by in ((row.recorded_at, row.recorded_by), (row.superseded_at, row.superseded_by)):
            if at is not None and at > since:
                changed[at, row.user_id] = by.name if by else ""
    events = []
    for (at, user_id), by_name_of in sorted(changed.items(), reverse=True):
        own = of_people[user_id]
        before = _stays(row for row in own if row.recorded_at < at <= (row.superseded_at or at))
        after = _stays(row for row in own if row.recorded_at <= at and not _is_over(row, at))
        if before != after:
            events.append(MembershipEvent(at, by_name_of, Member(user_id, own[0].user.name, after), before))
    return tuple(events)


def _stays(rows: Iterable[TeamMembership]) -> tuple[Stay, ...]:
    return normalized(_stay(row.starts_on, row.ends_on) for row in rows)


def _is_over(row: TeamMembership, at: datetime) -> bool:
    return row.superseded_at is not None and row.superseded_at <= at


def add_member(*, actor: Actor, team_id: int, user_id: int, now: datetime, start: date | None = None) -> None:
    """Add a person to a team from a day on, None for always. Does nothing for a current member.

    Raises NotFound, InvalidInput, NotAllowed.
    """
    change_memberships(actor=actor, changes=[joining(actor, team_id, user_id, start)], now=now)


def remove_member(
    *, actor: Actor, team_id: int, user_id: int, now: datetime, end: date | None = None
) -> None:
    """Remove a person from a team from a day on, None for as if never a member.

    Raises NotFound, NotAllowed.
    """
    change_memberships(actor=actor, changes=[leaving(actor, team_id, user_id, end)], now=now)


def joining(actor: Actor, team_id: int, user_id: int, start: date | None) -> MembershipChange:
    return MembershipChange(team_id, user_id, joined(stays_of(actor, team_id, user_id), start))


def leaving(actor: Actor, team_id: int, user_id: int, end: date | None) -> MembershipChange:
    return MembershipChange(team_id, user_id, left(stays_of(actor, team_id, user_id), end))


def teams_of_person(actor: Actor, user_id: int) -> tuple[tuple[int, str, Stay], ...]:
    """Return the id and name of each team that somebody is, was or will be on, with the days, latest last."""
    rows = known_memberships(actor.company_id).filter(user_id=user_id, team__deleted_at__isnull=True)
    found = rows.values_list("team_id", "team__name", "starts_on", "ends_on")
    ordered = sorted(found, key=lambda row: (row[2] or date.min, by_name(row[1], row[0])))
    return tuple((team_id, name, _stay(starts_on, ends_on)) for team_id, name, starts_on, ends_on in ordered)


def other_teams_of(
    actor: Actor, user_ids: Collection[int], but: int, day: date
) -> dict[int, list[tuple[str, Stay]]]:
    """Return by person the teams but one that they are on that day: names and days, in one query."""
    on = memberships_on(actor.company_id, day).filter(user_id__in=user_ids).exclude(team_id=but)
    found: dict[int, list[tuple[str, Stay]]] = defaultdict(list)
    for user_id, name, starts_on, ends_on in on.values_list("user_id", "team__name", "starts_on", "ends_on"):
        found[user_id].append((name, _stay(starts_on, ends_on)))
    return {user_id: sorted(teams, key=lambda team: by_name(team[0], 0)) for user_id, teams in found.items()}


def leaving_all(actor: Actor, user_id: int, end: date) -> list[MembershipChange]:
    """Return the changes that end all memberships of a person on a day, also of deleted teams."""
    own = known_memberships(actor.company_id).filter(user_id=user_id)
    on = set(own.values_list("team_id", flat=True))
    return [leaving(actor, team_id, user_id, end) for team_id in sorted(on)]


def stays_of(actor: Actor, team_id: int, user_id: int) -> tuple[Stay, ...]:
    """Return the days that a person is on a team."""
    rows = known_memberships(actor.company_id).filter(team_id=team_id, user_id=user_id)
    return normalized(_stay(*row) for row in rows.values_list("starts_on", "ends_on"))


def change_memberships(*, actor: Actor, changes: Sequence[MembershipChange], now: datetime) -> None:
    """Give people these days on teams, all or nothing, and log each team that changed.

    Raises NotFound, InvalidInput, NotAllowed.
    """
    require_admin(actor)
    with transaction.atomic():
        CompanyLock.hold(actor.company_id)
        team_ids = {change.team_id for change in changes}
        teams = {team.pk: team for team in existing_teams(actor.company_id).filter(pk__in=team_ids)}
        if teams.keys() != team_ids:
            raise NotFound
        before = {team_id: member_names(actor.company_id, team_id) for team_id in teams}
        for change in changes:
            write_stays(actor, change, now)
        for team_id, team in teams.items():
            after = {"members": member_names(actor.company_id, team_id)}
            if differs := differing({"members": before[team_id]}, after):
                record(actor=actor, action=AuditAction.CHANGED, on=Subject.of(team), now=now, changes=differs)


def write_stays(actor: Actor, change: MembershipChange, now: datetime) -> None:
    """Write the days of one person on one team, within the caller's transaction and log.

    Raises NotFound for an unknown team, InvalidInput for an unknown person.
    """
    if not Team.objects.filter(company_id=actor.company_id, pk=change.team_id).exists():
        raise NotFound
    found_user(actor.company_id, change.user_id)
    own = known_memberships(actor.company_id).filter(team_id=change.team_id, user_id=change.user_id)
    known = {
        _stay(starts_on, ends_on): pk
        for pk, starts_on, ends_on in own.values_list("pk", "starts_on", "ends_on")
    }
    wanted = normalized(change.stays)
    by = actor.user_id or None
    over = [pk for stay, pk in known.items() if stay not in wanted]
    TeamMembership.objects.filter(company_id=actor.company_id, pk__in=over).update(
        superseded_at=now, superseded_by_id=by
    )
    TeamMembership.objects.bulk_create(
        TeamMembership(
            company_id=actor.company_id,
            team_id=change.team_id,
            user_id=change.user_id,
            starts_on=stay.start,
            ends_on=stay.end - _ONE_DAY if stay.end else None,
            recorded_at=now,
            recorded_by_id=by,
        )
        for stay in wanted
        if stay not in known
    )


def teams_to_be_on(
    actor: Actor,
    user_id: int,
    team_ids: Collection[int],
    *,
    now: datetime,
    as_of: date | None = None,
    new_since: datetime | None = None,
) -> list[MembershipChange]:
    """Return the changes that put a person on exactly these teams from a day on, by default today.

    Without a day, somebody who was on no team before `new_since` (now) becomes a member for always: the first
    import of a company. Raises InvalidInput for an unknown team.
    """
    there = set(existing_teams(actor.company_id).filter(pk__in=team_ids).values_list("pk", flat=True))
    if there != set(team_ids):
        raise InvalidInput(_("A team you chose no longer exists. Choose again."), field="teams")
    day = as_of or today_in(Company.objects.get(pk=actor.company_id), now)
    own = TeamMembership.objects.filter(company_id=actor.company_id, user_id=user_id)
    is_new = not own.filter(recorded_at__lt=new_since or now).exists()
    start = None if as_of is None and is_new else day
    now_on = set(
        memberships_on(actor.company_id, day).filter(user_id=user_id).values_list("team_id", flat=True)
    )
    return [
        *(joining(actor, team_id, user_id, start) for team_id in sorted(there - now_on)),
        *(leaving(actor, team_id, user_id, day) for team_id in sorted(now_on - there)),
    ]


def member_names(company_id: int, team_id: int) -> list[str]:
    """Return the members of a team as the audit log records them."""
    members = members_of(company_id, [team_id])[team_id]
    return [name_with_days(member.name, stay) for member in members for stay in member.stays]


def name_with_days(name: str, stay: Stay) -> str:
    """Return a name with the days of a membership for the audit log: ISO dates, both inclusive."""
    if stay == Stay():
        return name
    first = stay.start.isoformat() if stay.start else ""
    last = (stay.end - _ONE_DAY).isoformat() if stay.end else ""
    return f"{name} ({first}..{last})"


def _stay(starts_on: date | None, ends_on: date | None) -> Stay:
    return Stay(starts_on, None if ends_on is None else ends_on + _ONE_DAY)
