"""The people of the tests: Astrid is admin, Björn manages Nordic, Cilla is on it, David is on Baltic."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from goalpost.companies.actions import add_team, add_user, create_company
from goalpost.companies.actors import actor_for, operator_of
from goalpost.companies.memberships import MembershipChange, write_stays
from goalpost.companies.models import Company, PermissionSet, Team, User
from goalpost.crm.actions.setup import start_books
from goalpost.crm.models import ActivityType, Pipeline, Stage
from goalpost.domain.membership import ALWAYS
from goalpost.domain.permissions import Actor

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning, when companies of the tests are made unless they say otherwise."""

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Cast:
    """A company with a first pipeline, the usual activity types, two teams and four people."""

    company: Company
    astrid: User
    bjorn: User
    cilla: User
    david: User
    nordic: Team
    baltic: Team

    @property
    def company_id(self) -> int:
        return self.company.pk

    @property
    def operator(self) -> Actor:
        return operator_of(self.company.pk)

    @property
    def as_astrid(self) -> Actor:
        return actor_for(self.astrid)

    @property
    def as_bjorn(self) -> Actor:
        return actor_for(self.bjorn)

    @property
    def as_cilla(self) -> Actor:
        return actor_for(self.cilla)

    @property
    def as_david(self) -> Actor:
        return actor_for(self.david)

    @property
    def people(self) -> tuple[User, User, User, User]:
        return (self.astrid, self.bjorn, self.cilla, self.david)

    @property
    def pipeline(self) -> Pipeline:
        """The first pipeline."""
        return Pipeline.objects.filter(company_id=self.company.pk).earliest("position")

    @property
    def stages(self) -> list[Stage]:
        """The stages of the first pipeline, in order."""
        return list(
            Stage.objects.filter(company_id=self.company.pk, pipeline=self.pipeline).order_by("position")
        )

    def activity_type(self, key: str = "call") -> ActivityType:
        return ActivityType.objects.get(company_id=self.company.pk, key=key)


def make_company(
    name: str = "Nordlys",
    *,
    currency: str = "EUR",
    time_zone: str = "Europe/Stockholm",
    now: datetime = NOW,
    password: str | None = None,
) -> Cast:
    """Make a company with its people. E-mails are `astrid@<slug>.example`; sign-in needs a `password`."""
    company = create_company(name=name, currency=currency, time_zone=time_zone, now=now)
    operator = operator_of(company.pk)
    start_books(actor=operator, now=now)
    astrid = add_person(company, "Astrid", password=password, is_admin=True, now=now)
    bjorn = add_person(company, "Björn", email_name="bjorn", password=password, now=now)
    cilla = add_person(company, "Cilla", password=password, now=now)
    david = add_person(company, "David", password=password, now=now)
    nordic = add_team(actor=operator, name="Nordic", manager_id=bjorn.pk, now=now)
    baltic = add_team(actor=operator, name="Baltic", now=now)
    # Without a line in the log, which begins empty, and long ago: no recent change of any result.
    long_ago = now - timedelta(days=100)
    write_stays(operator, MembershipChange(nordic.pk, cilla.pk, ALWAYS), long_ago)
    write_stays(operator, MembershipChange(baltic.pk, david.pk, ALWAYS), long_ago)
    return Cast(company, astrid, bjorn, cilla, david, nordic, baltic)


def add_person(
    company: Company,
    name: str,
    *,
    email_name: str = "",
    password: str | None = None,
    is_admin: bool = False,
    now: datetime = NOW,
) -> User:
    """Add one more person, with an address made of the name and the company's slug."""
    return add_user(
        actor=operator_of(company.pk),
        name=name,
        email=f"{email_name or name.lower()}@{company.slug}.example",
        password=password,
        is_admin=is_admin,
        now=now,
    )


def let_see(
    user: User,
    *,
    company_statistics: bool,
    other_users_statistics: bool,
    other_users_records: bool | None = None,
) -> None:
    """Give the person a permission set with these statistics permissions.

    The records of others come with their statistics unless said otherwise.
    """
    records = other_users_statistics if other_users_records is None else other_users_records
    user.permission_set, _is_new = PermissionSet.objects.get_or_create(
        company_id=user.company_id,
        name=f"company {company_statistics}, others {other_users_statistics}, records {records}",
        defaults={
            "sees_company_statistics": company_statistics,
            "sees_other_users_statistics": other_users_statistics,
            "sees_other_users_records": records,
        },
    )
    user.save(update_fields=["permission_set"])
