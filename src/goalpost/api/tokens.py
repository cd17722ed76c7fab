"""Authentication by API token in a header or the address, or by bearer token; never by cookie."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from goalpost.accounts.sign_in import client_address
from goalpost.accounts.tokens import found_token, note_use, require_api
from goalpost.companies.actors import actor_for
from goalpost.companies.calendar import today_in
from goalpost.companies.errors import NotAllowed
from goalpost.companies.models import Company, User
from goalpost.domain.permissions import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """The user a request acts for, and the moment and the company's day on which it came."""

    user: User
    company: Company
    actor: Actor
    now: datetime
    today: date


_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenPlace(StrEnum):
    """Where a token may be. The first place that has one decides: an API token before a bearer token."""

    HEADER = "x-api-token"
    QUERY = "api_token"
    BEARER = "Authorization"


def caller_of(request: HttpRequest) -> Caller:
    """Return the authenticated caller of an endpoint."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, Caller):
        raise TypeError("This endpoint is not behind the token check.")
    return caller


class _Token(AuthBase):
    place: TokenPlace

    def __call__(self, request: HttpRequest) -> Caller | None:
        place, token = _token_given(request)
        return _caller_with(request, token) if place is self.place else None


class ApiTokenHeader(_Token):
    """An API token in the header `x-api-token`."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = TokenPlace.HEADER.value
    place = TokenPlace.HEADER


class ApiTokenQuery(_Token):
    """An API token in the address: `?api_token=`."""

    openapi_type = "apiKey"
    openapi_in = "query"
    openapi_name = TokenPlace.QUERY.value
    place = TokenPlace.QUERY


class BearerToken(_Token):
    """The same token as `Authorization: Bearer`."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    place = TokenPlace.BEARER


TOKENS = (ApiTokenHeader(), ApiTokenQuery(), BearerToken())


def _token_given(request: HttpRequest) -> tuple[TokenPlace | None, str]:
    if token := request.headers.get(TokenPlace.HEADER, ""):
        return TokenPlace.HEADER, token
    if token := request.GET.get(TokenPlace.QUERY, ""):
        return TokenPlace.QUERY, token
    scheme, _space, token = request.headers.get(TokenPlace.BEARER, "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return TokenPlace.BEARER, token.strip()
    return None, ""


def _caller_with(request: HttpRequest, token: str) -> Caller | None:
    now = timezone.now()
    found = found_token(token, now=now)
    if found is None:
        return None
    note_use(found, now=now)
    if found.is_read_only and request.method not in _READING:
        raise NotAllowed(_("This token is read-only."))
    user = found.user
    actor = actor_for(user, address=client_address(request), now=now)
    require_api(actor)
    return Caller(user, user.company, actor, now, today_in(user.company, now))
