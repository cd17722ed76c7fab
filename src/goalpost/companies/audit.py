"""The audit log: who did what to settings, people, teams and rights, and who signed in.

Actions on goals are in their own histories (`goals.history`); the log's page shows both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from goalpost.companies.models import AuditEntry, Company, PermissionSet, Team, User
from goalpost.domain.permissions import Actor

# A former or new value, readable by people: names, not ids.
AuditValue = str | int | bool | Sequence[str] | None
Changes = Mapping[str, tuple[AuditValue, AuditValue]]
"""By the name of the detail: its former and its new value."""


class Area(models.TextChoices):
    """What the log can be filtered by."""

    SETTINGS = "settings", _("Settings")
    PEOPLE = "people", _("People")
    TEAMS = "teams", _("Teams")
    PERMISSIONS = "permissions", _("Permission sets")
    GOALS = "goals", _("Goals")
    SIGN_INS = "sign_ins", _("Sign-ins and tokens")


class AuditAction(models.TextChoices):
    """What was done; the label follows the name of who did it."""

    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    DELETED = "deleted", _("deleted")
    RESTORED = "restored", _("restored")
    INVITED = "invited", _("invited")
    JOINED = "joined", _("accepted the invitation of")
    DEACTIVATED = "deactivated", _("deactivated")
    REACTIVATED = "reactivated", _("reactivated")
    HANDED_OVER = "handed_over", _("handed over the records of")
    IMPORTED = "imported", _("imported a file into")
    IMPORT_UNDONE = "import_undone", _("undid an import into")
    SIGNED_IN = "signed_in", _("signed in as")
    REFUSED = "refused", _("could not sign in as")
    SIGNED_OUT = "signed_out", _("signed out")
    SESSIONS_ENDED = "sessions_ended", _("ended sessions of")
    PASSWORD_CHANGED = "password_changed", _("changed the password of")
    LINK_MADE = "link_made", _("created a password link for")
    SECOND_STEP_ADDED = "second_step_added", _("added a second step of sign-in for")
    SECOND_STEP_REMOVED = "second_step_removed", _("removed a second step of sign-in for")


class SubjectKind(models.TextChoices):
    """What something was done to."""

    COMPANY = "company", _("Company")
    USER = "user", _("User")
    TEAM = "team", _("Team")
    PERMISSION_SET = "permission_set", _("Permission set")
    TOKEN = "token", _("API token")
    GOAL = "goal", _("Goal")


_AREA_OF_SUBJECT = {
    SubjectKind.COMPANY: Area.SETTINGS,
    SubjectKind.USER: Area.PEOPLE,
    SubjectKind.TEAM: Area.TEAMS,
    SubjectKind.PERMISSION_SET: Area.PERMISSIONS,
    SubjectKind.TOKEN: Area.SIGN_INS,
    SubjectKind.GOAL: Area.GOALS,
}
_AT_SIGN_IN = {
    AuditAction.SIGNED_IN,
    AuditAction.REFUSED,
    AuditAction.SIGNED_OUT,
    AuditAction.SESSIONS_ENDED,
    AuditAction.PASSWORD_CHANGED,
    AuditAction.LINK_MADE,
    AuditAction.SECOND_STEP_ADDED,
    AuditAction.SECOND_STEP_REMOVED,
}
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Subject:
    """What something was done to. Stores its current name, so that the log does not change with it."""

    kind: SubjectKind
    id: int
    name: str

    @classmethod
    def of(cls, row: "Company | User | Team | PermissionSet", name: str = "") -> "Subject":
        """Return the row as a subject; `name` overrides its current name."""
        return cls(_KIND_OF_ROW[type(row)], row.pk, name or str(row))


_KIND_OF_ROW: Mapping[type[models.Model], SubjectKind] = {
    Company: SubjectKind.COMPANY,
    User: SubjectKind.USER,
    Team: SubjectKind.TEAM,
    PermissionSet: SubjectKind.PERMISSION_SET,
}


def record(
    *, actor: Actor, action: AuditAction, on: Subject, now: datetime, changes: Changes | None = None
) -> None:
    """Append to the log, in the transaction that makes the change.

    An actor with the user id 0 is the server operator or somebody who is not signed in. Raises RuntimeError
    outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("The audit log is written in the transaction that makes the change.")
    earlier = AuditEntry.objects.filter(company_id=actor.company_id, at=now)
    AuditEntry.objects.create(
        company_id=actor.company_id,
        at=now,
        number=(earlier.aggregate(last=models.Max("number"))["last"] or 0) + 1,
        actor_id=actor.user_id or None,
        address=actor.address,
        area=Area.SIGN_INS if action in _AT_SIGN_IN else _AREA_OF_SUBJECT[on.kind],
        action=action,
        subject_kind=on.kind,
        subject_id=on.id,
        subject_name=on.name[:_LONGEST_NAME],
        changes={name: [_plain(old), _plain(new)] for name, (old, new) in (changes or {}).items()},
    )


def differing(before: Mapping[str, AuditValue], after: Mapping[str, AuditValue]) -> Changes:
    """Return what differs between two states of the same things; empty when nothing was changed."""
    return {name: (before[name], after[name]) for name in after if before[name] != after[name]}


def _plain(value: AuditValue) -> str | int | list[str] | None:
    """Return the value as JSON stores it."""
    return value if value is None or isinstance(value, str | int) else list(value)
