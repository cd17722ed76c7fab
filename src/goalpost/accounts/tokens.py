"""API tokens: the only code that issues, looks up and revokes them. Only their hash is stored."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from goalpost.accounts.models import ApiToken, TokenUse
from goalpost.companies.actors import actor_for, operator_of
from goalpost.companies.audit import AuditAction, Subject, SubjectKind, record
from goalpost.companies.checks import is_legible
from goalpost.companies.errors import InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import Company, User
from goalpost.domain.permissions import Actor, Permission, may, may_administer

LONGEST_NAME = 100
_NOTED_EVERY = timedelta(hours=1)
_REMEMBERED = 10_000

# By token hash: when this process records the next use, at most once an hour.
_next_note: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as its list shows it, without the token itself."""

    id: int
    name: str
    is_read_only: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """Exact to the hour; none for a token that was never used."""
    has_expired: bool


def issue_token(
    *,
    user: User,
    now: datetime,
    name: str = "",
    expires_at: datetime | None = None,
    is_read_only: bool = False,
    actor: Actor | None = None,
) -> str:
    """Return a new API token for the user; only its hash is stored.

    `actor` issues it, for the log: the server operator by default. Raises InvalidInput for a deactivated
    user, one without API access, an unreadable name, or an end in the past.
    """
    if not user.is_active:
        raise InvalidInput(_("A deactivated user cannot have a token."), field="user")
    if not may(actor_for(user), Permission.USE_API):
        raise InvalidInput(_("This person’s permission set does not include the API."), field="user")
    name = name.strip()
    if (name and not is_legible(name)) or len(name) > LONGEST_NAME:
        raise InvalidInput(_("Enter a name of 1 to %(longest)d characters.") % {"longest": 100}, field="name")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(_("Choose a day in the future."), field="expires_on")
    token = secrets.token_hex(20)
    with transaction.atomic():
        issued = ApiToken.objects.create(
            company_id=user.company_id,
            user=user,
            name=name,
            token_hash=hash_token(token),
            is_read_only=is_read_only,
            expires_at=expires_at,
            created_at=now,
        )
        by = actor or operator_of(user.company_id)
        called = f"{name}, {user.name}" if name else user.name
        changes = {
            "access": (None, "read" if is_read_only else "full"),
            "ends": (None, expires_at.isoformat() if expires_at else None),
        }
        record(
            actor=by,
            action=AuditAction.CREATED,
            on=Subject(SubjectKind.TOKEN, issued.pk, called),
            now=now,
            changes=changes,
        )
    return token


def create_token(
    *, actor: Actor, name: str, now: datetime, expires_at: datetime | None = None, is_read_only: bool = False
) -> str:
    """Return a new token of the actor's own. Raises NotAllowed, InvalidInput, NotFound."""
    require_api(actor)
    if not name.strip():
        raise InvalidInput(
            _("Enter a name of 1 to %(longest)d characters.") % {"longest": LONGEST_NAME}, field="name"
        )
    user = User.objects.filter(company_id=actor.company_id, pk=actor.user_id).first()
    if user is None:
        raise NotFound
    return issue_token(
        user=user, now=now, name=name, expires_at=expires_at, is_read_only=is_read_only, actor=actor
    )


def require_api(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may use the API: existing tokens do not work either."""
    if not may(actor, Permission.USE_API):
        raise NotAllowed(_("Your permission set does not include the API. An admin can add “Use the API”."))


def revoke_token(*, actor: Actor, user_id: int, token_id: int, now: datetime) -> str:
    """Revoke a person's token. Returns its name. Raises NotFound, NotAllowed."""
    _require_right(actor, user_id)
    token = (
        ApiToken.objects.select_related("user")
        .filter(company_id=actor.company_id, user_id=user_id, pk=token_id)
        .first()
    )
    if token is None:
        raise NotFound
    called = f"{token.name}, {token.user.name}" if token.name else token.user.name
    with transaction.atomic():
        record(
            actor=actor, action=AuditAction.DELETED, on=Subject(SubjectKind.TOKEN, token.pk, called), now=now
        )
        _delete([token])
    return token.name


def revoke_tokens(company_id: int, user_id: int) -> None:
    """Revoke all of a person's tokens as part of another action, such as a deactivation."""
    _delete(list(ApiToken.objects.filter(company_id=company_id, user_id=user_id)))


def tokens_of(actor: Actor, user_id: int, *, now: datetime) -> list[TokenLine]:
    """Return a person's tokens, newest first, in two queries. Raises NotFound, NotAllowed."""
    _require_right(actor, user_id)
    tokens = list(
        ApiToken.objects.filter(company_id=actor.company_id, user_id=user_id).order_by("-created_at", "name")
    )
    used = dict(
        TokenUse.objects.filter(
            company_id=actor.company_id, token_id__in=[token.pk for token in tokens]
        ).values_list("token_id", "used_at")
    )
    return [
        TokenLine(
            id=token.pk,
            name=token.name,
            is_read_only=token.is_read_only,
            created_at=token.created_at,
            expires_at=token.expires_at,
            used_at=used.get(token.pk),
            has_expired=token.expires_at is not None and token.expires_at <= now,
        )
        for token in tokens
    ]


def found_token(token: str, *, now: datetime) -> ApiToken | None:
    """Return the token with its user, company and permissions, None if it does not work."""
    found = (
        ApiToken.objects.select_related("user__company", "user__permission_set")
        .filter(token_hash=hash_token(token), user__is_active=True)
        .first()
    )
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        return None
    return found


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Record that the token was used, at most once an hour per process."""
    due = _next_note.get(token.token_hash)
    if due is not None and due - _NOTED_EVERY <= now < due:
        return
    if len(_next_note) >= _REMEMBERED:
        _next_note.clear()
    _next_note[token.token_hash] = now + _NOTED_EVERY
    # The token may have been revoked at this moment.
    with suppress(IntegrityError), transaction.atomic():
        TokenUse.objects.bulk_create(
            [TokenUse(company_id=token.company_id, token=token, used_at=now)],
            update_conflicts=True,
            unique_fields=["company", "token"],
            update_fields=["used_at"],
        )


def hash_token(token: str) -> str:
    """Return the stored hash of a token. With 160 random bits a fast hash is safe."""
    return hashlib.sha256(token.encode()).hexdigest()


def _delete(tokens: list[ApiToken]) -> None:
    for token in tokens:
        # Explicit: Django's cascade would query uses without the company.
        TokenUse.objects.filter(company_id=token.company_id, token_id=token.pk).delete()
        ApiToken.objects.filter(company_id=token.company_id, pk=token.pk).delete()


def _require_right(actor: Actor, user_id: int) -> None:
    if not User.objects.filter(company_id=actor.company_id, pk=user_id).exists():
        raise NotFound
    if user_id != actor.user_id and not may_administer(actor):
        raise NotAllowed


def end_of_day(company: Company, day: date) -> datetime:
    """Return the moment at which the day is over in the company's time zone."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(company.time_zone))


def last_day(company: Company, moment: datetime) -> date:
    """Return the last day on which something that expires at the moment works."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(company.time_zone)).date()


def describe_token(line: TokenLine, company: Company) -> str:
    """Return a token as one line of plain English, its number first."""
    parts = [
        f"{line.id:>6}",
        line.name or "(no name)",
        "read-only" if line.is_read_only else "full",
        f"created {line.created_at:%Y-%m-%d}",
        f"last used {line.used_at:%Y-%m-%d %H:%M} UTC" if line.used_at else "never used",
    ]
    if line.expires_at is not None:
        parts.append(f"{'expired' if line.has_expired else 'expires'} {last_day(company, line.expires_at)}")
    return "  ".join(parts)
