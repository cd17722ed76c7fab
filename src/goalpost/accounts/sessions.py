"""Browser sessions, with their user, device and last use, so that people can end them."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, router, transaction
from django.utils import timezone
from django_tasks import task

from goalpost.accounts.models import BrowserSession
from goalpost.companies.audit import AuditAction, Subject, record
from goalpost.companies.errors import NotAllowed, NotFound
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor, may_administer


class Accounts(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Sign-in by e-mail and password, as allauth does it."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the person with their company and permission set, which every page needs, in one query."""
        found = User.objects.select_related("company", "permission_set").filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None


LONGEST = timedelta(days=90)
"""The longest life of a session, however often it is used."""
_SEEN_EVERY = timedelta(hours=1)
_BEFORE_SIGN_IN = timedelta(hours=1)
_STARTED, _SEEN, _ADDRESS, _AGENT = "started", "seen", "address", "agent"
_USER = "_auth_user_id"


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as its list shows it. `handle` identifies it in addresses, without granting access."""

    handle: str
    started_at: datetime
    seen_at: datetime
    address: str
    agent: str
    is_current: bool


class SessionStore(SessionBase):
    """Sessions in the table of `BrowserSession`. Named so because Django looks for this name."""

    @classmethod
    def clear_expired(cls) -> None:
        BrowserSession.objects.filter(expire_date__lt=timezone.now()).delete()

    def load(self) -> dict[str, object]:
        # A cookie may hold anything, such as NUL, which PostgreSQL refuses as a parameter.
        is_a_key = (self.session_key or "").isalnum()
        kept = is_a_key and (
            BrowserSession.objects.filter(session_key=self.session_key, expire_date__gt=timezone.now())
            .values_list("session_data", flat=True)
            .first()
        )
        if not kept:
            self._session_key = None
            return {}
        return cast("dict[str, object]", self.decode(kept))

    def exists(self, session_key: str) -> bool:
        return BrowserSession.objects.filter(session_key=session_key).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  Django's signature
        """Write the session. Raises UpdateError when it was ended meanwhile, so that it is not recreated."""
        if self.session_key is None:
            self.create()
            return
        values = self._row(self._get_session(no_load=must_create))  # type: ignore[attr-defined]  # likewise
        if not must_create:
            if not BrowserSession.objects.filter(session_key=self.session_key).update(**values):
                raise UpdateError
            return
        try:
            with transaction.atomic(using=router.db_for_write(BrowserSession)):
                BrowserSession.objects.create(session_key=self.session_key, **values)
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        BrowserSession.objects.filter(session_key=session_key or self.session_key).delete()

    def _row(self, data: dict[str, object]) -> dict[str, object]:
        user_id = data.get(_USER)
        return {
            "session_data": self.encode(data),
            # Any request can create a session, so anonymous ones expire soon.
            "expire_date": timezone.now() + _BEFORE_SIGN_IN if user_id is None else self.get_expiry_date(),
            "user_id": None if user_id is None else int(str(user_id)),
            "started_at": _moment(data.get(_STARTED)),
            "seen_at": _moment(data.get(_SEEN)),
            "address": str(data.get(_ADDRESS, ""))[:45],
            "agent": str(data.get(_AGENT, ""))[:200],
        }


def see(session: SessionBase, *, address: str, agent: str, now: datetime) -> bool:
    """Record a session's use, at most once an hour. Returns False when it is older than `LONGEST`."""
    second = int(now.timestamp())
    started = session.get(_STARTED)
    if started is None:
        session[_STARTED] = started = second
    if now - datetime.fromtimestamp(started, UTC) >= LONGEST:
        return False
    seen = session.get(_SEEN)
    if seen is None or abs(second - seen) >= _SEEN_EVERY.total_seconds():
        session[_SEEN], session[_ADDRESS], session[_AGENT] = second, address, _shown(agent)
    return True


def sessions_of(actor: Actor, user_id: int, *, current_key: str | None, now: datetime) -> list[SessionLine]:
    """Return where a person is signed in, last seen first. Raises NotFound, NotAllowed."""
    _reached(actor, user_id)
    return [
        SessionLine(
            handle=_handle(row.session_key),
            started_at=row.started_at or now,
            seen_at=row.seen_at or row.started_at or now,
            address=row.address,
            agent=row.agent,
            is_current=row.session_key == current_key,
        )
        for row in BrowserSession.objects.filter(user_id=user_id, expire_date__gt=now).order_by(
            "-seen_at", "-started_at", "session_key"
        )
    ]


def end_session(*, actor: Actor, user_id: int, handle: str, now: datetime) -> None:
    """End one session at once, if it still exists. Raises NotFound, NotAllowed."""
    person = _reached(actor, user_id)
    keys = BrowserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)
    meant = [key for key in keys if _handle(key) == handle]
    with transaction.atomic():
        if BrowserSession.objects.filter(session_key__in=meant).delete()[0]:
            record(actor=actor, action=AuditAction.SESSIONS_ENDED, on=Subject.of(person), now=now)


def end_sessions(*, actor: Actor, user_id: int, now: datetime, but_key: str | None = None) -> int:
    """End all of a person's sessions at once, save that of `but_key`. Returns how many were ended.

    Raises NotFound, NotAllowed.
    """
    person = _reached(actor, user_id)
    with transaction.atomic():
        ended = end_all_sessions(user_id, but_key=but_key)
        record(actor=actor, action=AuditAction.SESSIONS_ENDED, on=Subject.of(person), now=now)
    return ended


def end_all_sessions(user_id: int, *, but_key: str | None = None) -> int:
    """End a person's sessions as part of another action: a new password, a deactivation."""
    found = BrowserSession.objects.filter(user_id=user_id)
    if but_key:
        found = found.exclude(session_key=but_key)
    return found.delete()[0]


def _reached(actor: Actor, user_id: int) -> User:
    """Return the person, when the actor may see and end their sessions: their own, or as an admin."""
    person = User.objects.filter(company_id=actor.company_id, pk=user_id).first()
    if person is None:
        raise NotFound
    if user_id != actor.user_id and not may_administer(actor):
        raise NotAllowed
    return person


def _handle(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def _shown(agent: str) -> str:
    return "".join(character for character in agent[:200] if character.isprintable())


def _moment(second: object) -> datetime | None:
    return datetime.fromtimestamp(second, UTC) if isinstance(second, int) else None


@task
def sweep_sessions() -> None:
    """Delete expired sessions."""
    SessionStore.clear_expired()
