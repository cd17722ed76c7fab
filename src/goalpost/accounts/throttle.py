"""How often passwords may be tried: few enough to stop guessing, and no stranger can lock anybody out.

Failed attempts are counted for the account *at the address they come from*, for the address, and, much more
generously, for the account from everywhere. A browser in which the person has signed in before carries a
signed cookie and is counted by itself, so that whatever strangers do elsewhere, the right person gets in from
their own device. (The idea is OWASP's “device cookies”.)
"""

import hashlib
import secrets
from collections.abc import Mapping

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_FROM_AN_ADDRESS = "20/m/ip,5/5m/key"
_FROM_EVERYWHERE = "100/h/key"
_FROM_A_KNOWN_DEVICE = "10/5m/key"
_APP = "goalpost.companies"

COOKIE = "__Host-device" if settings.IS_HTTPS else "device"
_SALT = "goalpost.known-device"
_ONE_YEAR = 60 * 60 * 24 * 365
_ACCOUNTS_A_DEVICE = 10


class Attempt:
    """One attempt, counted as failed until it is taken back."""

    def __init__(self, uses: list[ratelimit.RateLimitUsage]) -> None:
        self._uses = uses

    def rollback(self) -> None:
        for use in self._uses:
            use.rollback()


def count_attempt(request: HttpRequest, email: str) -> Attempt | None:
    """Count an attempt to sign in as somebody. Returns None when there have been too many."""
    email = email.strip().lower()
    device = _devices(request).get(_account(email))
    if device is not None:
        limits = [("known_device", _FROM_A_KNOWN_DEVICE, f"{email} {device}")]
    else:
        limits = [
            ("address", _FROM_AN_ADDRESS, f"{email} {ratelimit.get_ip(request)}"),
            ("everywhere", _FROM_EVERYWHERE, email),
        ]
    uses: list[ratelimit.RateLimitUsage] = []
    for action, rates, key in limits:
        use = ratelimit.consume(request, app=_APP, action=action, config={action: rates}, key=key)
        if use is None:
            # What is refused here must not use up the account's allowance from elsewhere.
            Attempt(uses).rollback()
            return None
        uses.append(use)
    return Attempt(uses)


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let this browser be known for the account from now on."""
    devices = dict(_devices(request))
    account = _account(email)
    nonce = devices.pop(account, None) or secrets.token_urlsafe(12)
    devices = {account: nonce, **dict(list(devices.items())[: _ACCOUNTS_A_DEVICE - 1])}
    response.set_cookie(
        COOKIE,
        signing.dumps(devices, salt=_SALT),
        max_age=_ONE_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _devices(request: HttpRequest) -> Mapping[str, str]:
    """Return what the cookie says: by account, what this browser is called for it. A forged one: nothing."""
    try:
        told = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_ONE_YEAR)
    except signing.BadSignature:
        return {}
    return told if isinstance(told, dict) else {}


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:24]
