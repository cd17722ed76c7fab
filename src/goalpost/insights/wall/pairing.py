"""Pairing: a screen shows a code for some minutes, and a person who types it lends it their eyes.

The screen's own browser makes up nothing: it was given a key in a cookie, and the code stands for the hash of
that key. What waits is kept in the shared cache, since anybody may open the page, and forgotten by itself.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from goalpost.accounts.tokens import hash_token
from goalpost.companies.checks import is_legible
from goalpost.companies.errors import InvalidInput, NotAllowed
from goalpost.companies.models import User
from goalpost.domain.permissions import Actor, may_pair_screens
from goalpost.insights.wall.models import WallKey, WallScene, WallScreen

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0 and O, 1 and I."""
LENGTH = 6
GOOD_FOR = timedelta(minutes=10)
LONGEST_NAME = 100
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Code:
    """What a screen shows until `ends_at`."""

    text: str
    ends_at: datetime


def new_key() -> str:
    return secrets.token_urlsafe(32)


def code_for(key: str, *, now: datetime) -> Code:
    """Return the code that stands for a screen's key now: the one shown before until it has run out."""
    own = f"wall-key:{hash_token(key)}"
    shown: tuple[str, datetime] | None = cache.get(own)
    if shown is not None and shown[1] > now and cache.get(_place(shown[0])) == hash_token(key):
        return Code(*shown)
    for _attempt in range(_TRIES):
        text = "".join(secrets.choice(ALPHABET) for _place_in_code in range(LENGTH))
        if cache.add(_place(text), hash_token(key), timeout=GOOD_FOR.total_seconds()):
            code = Code(text, now + GOOD_FOR)
            cache.set(own, (code.text, code.ends_at), timeout=GOOD_FOR.total_seconds())
            return code
    raise RuntimeError("Every code that was drawn is in use.")


def pair_screen(*, actor: Actor, code: str, name: str, goals: list[str], now: datetime) -> WallScreen:
    """Let the screen that shows the code show what the actor may see, first these goals.

    Raises NotAllowed, and InvalidInput for a code that no screen shows now, or an unreadable name.
    """
    require_pairing(actor)
    name = name.strip()
    if not is_legible(name) or len(name) > LONGEST_NAME:
        raise InvalidInput(_("Enter a name of 1 to %(longest)d characters.") % {"longest": 100}, field="name")
    typed = "".join(code.upper().split()).replace("-", "")
    key_hash = cache.get(_place(typed)) if len(typed) == LENGTH else None
    unknown = InvalidInput(_("No screen shows this code now. Codes last 10 minutes."), field="code")
    if not isinstance(key_hash, str):
        raise unknown
    user = User.objects.get(company_id=actor.company_id, pk=actor.user_id)
    try:
        with transaction.atomic():
            screen = WallScreen.objects.create(
                company_id=actor.company_id, user=user, name=name, created_at=now
            )
            WallScene.objects.create(
                company_id=actor.company_id, screen=screen, position=1, title=name, goals=goals
            )
            WallKey.objects.create(
                company_id=actor.company_id,
                user=user,
                screen_id=screen.pk,
                key_hash=key_hash,
                created_at=now,
            )
    except IntegrityError:
        # Somebody else has typed it at this moment.
        raise unknown from None
    cache.delete(_place(typed))
    return screen


def require_pairing(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may show on a wall what they see."""
    if not may_pair_screens(actor):
        raise NotAllowed(
            _("Your permission set does not include sharing. An admin can add “Share dashboards”.")
        )


def _place(code: str) -> str:
    return f"wall-code:{code}"
