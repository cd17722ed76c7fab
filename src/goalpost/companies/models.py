"""Companies and their people.

Company, User and PermissionSet are global tables: small, and looked up before it is known which company is
meant. Teams are company-owned.
"""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import Plan, Role
from goalpost.storage.tenancy import (
    AppendOnlyModel,
    TenantForeignKey,
    TenantModel,
    TenantReference,
    references,
    row_key,
)


class Company(models.Model):
    """The tenant: no company sees or changes another's data."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60)
    week_start = models.PositiveSmallIntegerField(default=0)
    """The first day of the week: 0 is Monday, 6 Sunday."""
    fiscal_month = models.PositiveSmallIntegerField(default=1)
    """The first month of the fiscal year, 1 to 12."""
    plan = models.CharField(
        max_length=20, choices=[(plan.value, plan.value) for plan in Plan], default=Plan.ENTERPRISE.value
    )
    pace_days = models.CharField(
        max_length=10, choices=[(each.value, each.value) for each in PaceDays], default=PaceDays.WORKING.value
    )
    work_week = models.PositiveSmallIntegerField(default=31)
    """Bit mask of the working weekdays: Monday is 1, Tuesday 2, Wednesday 4, up to 64 for Sunday."""
    holidays_country = models.CharField(max_length=2, blank=True)
    """The country whose public holidays are free: an ISO 3166-1 code, empty for none."""
    holidays_subdivision = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(week_start__lte=6), name="companies_company_week_start"
            ),
            models.CheckConstraint(
                condition=models.Q(pace_days__in=[each.value for each in PaceDays]),
                name="companies_company_pace_days",
            ),
            models.CheckConstraint(
                condition=models.Q(work_week__gte=1, work_week__lte=127), name="companies_company_work_week"
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_month__gte=1, fiscal_month__lte=12),
                name="companies_company_fiscal_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CompanyLock(TenantModel):
    """One small row a company, locked by whoever changes its settings, people, teams or goals.

    A lock on the company's own row, in a global table, would be one for all companies of a distributed
    database. Records are written under the ledger's book instead, which an import may hold for long.
    """

    class Meta:
        constraints: ClassVar = [
            *references(),
            models.UniqueConstraint(fields=["company"], name="companies_companylock_one_each"),
        ]

    def __str__(self) -> str:
        return f"lock of company {self.company_id}"

    @classmethod
    def hold(cls, company_id: int) -> None:
        """Lock the row until the transaction ends: later reads cannot change."""
        cls.objects.select_for_update(no_key=True).get(company_id=company_id)

    @classmethod
    def hold_and_read(cls, company_id: int) -> Company:
        """Return the company as it is once the lock is held: in one query it could be as it was before."""
        cls.hold(company_id)
        return Company.objects.get(pk=company_id)


class PermissionSet(models.Model):
    """What a group of users may do beyond their own goals. Admins need none.

    Each company has two that are built in, one for each role; the third, Admin, is `User.is_admin`.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    role = models.CharField(
        max_length=7, choices=[(role.value, role.value) for role in Role], default=Role.REGULAR.value
    )
    """The role it is meant for, shown on its page. Only managing a team makes somebody a manager."""
    is_built_in = models.BooleanField(default=False)
    sees_company_statistics = models.BooleanField(default=False)
    sees_other_users_statistics = models.BooleanField(default=False)
    sees_other_users_records = models.BooleanField(default=False)
    shares_dashboards = models.BooleanField(default=True)
    exports = models.BooleanField(default=True)
    uses_api = models.BooleanField(default=True)
    edits_closed_dates = models.BooleanField(default=False)
    imports_records = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "role"],
                condition=models.Q(is_built_in=True),
                name="companies_permissionset_built_in",
            ),
            models.UniqueConstraint(fields=["company", "name"], name="companies_permissionset_name"),
            models.UniqueConstraint(fields=["company", "id"], name="companies_permissionset_row"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person of a company. Without an e-mail address (imported owners) they count but cannot sign in."""

    # Omitted: it would write to a reference table, copied to every node, at every sign-in.
    last_login = None

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254, null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False)
    permission_set = models.ForeignKey(PermissionSet, models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=8, blank=True)
    theme = models.CharField(max_length=6, blank=True)
    """Light or dark; empty follows the system."""
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "id"], name="companies_user_row"),
            TenantReference(field="permission_set", name="companies_user_permission_set_fk"),
            models.CheckConstraint(
                condition=models.Q(email__isnull=True) | ~models.Q(email=""),
                name="companies_user_email_or_none",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "name"], name="companies_user_name")]

    def __str__(self) -> str:
        return self.name


class Team(TenantModel):
    name = models.CharField(max_length=200)
    manager = TenantForeignKey(User, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    """None unless deleted. A deleted team keeps its members: past goals count them."""
    deleted_by = TenantForeignKey(User, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references("manager", "deleted_by"),
            models.UniqueConstraint(
                fields=["company", "name"],
                condition=models.Q(deleted_at__isnull=True),
                name="companies_team_name",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "manager"], name="companies_team_manager")]

    def __str__(self) -> str:
        return self.name


class TeamMembership(TenantModel):
    """Days that a person is on a team, as known from `recorded_at` until `superseded_at`.

    A change supersedes the row and adds others, so that what was known on a day can be read later.
    """

    team = TenantForeignKey(Team, related_name="memberships")
    user = TenantForeignKey(User, related_name="memberships")
    starts_on = models.DateField(null=True)
    """None: since always."""
    ends_on = models.DateField(null=True)
    """The last day; None: still."""
    recorded_at = models.DateTimeField()
    recorded_by = TenantForeignKey(User, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)
    superseded_by = TenantForeignKey(User, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            *references("team", "user", "recorded_by", "superseded_by"),
            models.UniqueConstraint(
                fields=["company", "team", "user"],
                condition=models.Q(superseded_at__isnull=True, ends_on__isnull=True),
                name="companies_teammembership_once",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on__isnull=True)
                | models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="companies_teammembership_days",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "team"], name="companies_membership_team"),
            models.Index(fields=["company", "user"], name="companies_membership_user"),
        ]

    def __str__(self) -> str:
        return f"user {self.user_id} in team {self.team_id}"


class AuditEntry(AppendOnlyModel):
    """One line of the audit log (`companies.audit`). Appended, never changed."""

    at = models.DateTimeField()
    number = models.PositiveIntegerField()
    """Orders entries of the same moment, mostly those of one action."""
    actor = TenantForeignKey(User, null=True, related_name="+")
    """Who did it; None for the server operator and for somebody who is not signed in."""
    address = models.CharField(max_length=45, blank=True)
    """The network address it came from; empty for the server's own command line."""
    area = models.CharField(max_length=20)
    action = models.CharField(max_length=30)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_name = models.CharField(max_length=200)
    """Its name at that time."""
    changes = models.JSONField(default=dict)
    """By the name of the detail: its former and its new value."""

    class Meta(AppendOnlyModel.Meta):
        constraints: ClassVar = [*references("actor")]
        indexes: ClassVar = [
            models.Index(fields=["company", "at", "number"], name="companies_audit_at"),
            models.Index(fields=["company", "actor", "at"], name="companies_audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"


class CompanyDay(TenantModel):
    """A single day that the company sets as free or working."""

    day = models.DateField()
    name = models.CharField(max_length=100)
    is_working = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            row_key(),
            *references(),
            models.UniqueConstraint(fields=["company", "day"], name="companies_companyday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
