"""Keeps the input of a goal form that was submitted after the session ended, until the person signs in again.

The form contains its signed user, so that only that person's input is kept and shown. It is stored in the
session in which the browser signs in, without tokens or passwords.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from goalpost.web.shell.toasts import toast

_P = ParamSpec("_P")
_SALT = "goalpost.web.kept-form"
_KEY = "kept_form"
_AGE = 60 * 60 * 24 * 14
_MOST_CHARACTERS = 100_000
# Fields of the request, not of the input.
_NOT_KEPT = {"csrfmiddlewaretoken", "typed_by", "fill", "keep", "drops", "drawn"}


def typed_by(user_id: int, address: str) -> str:
    """Return the signed user of the form at this address."""
    return signing.dumps([user_id, address], salt=_SALT)


def keep(request: HttpRequest) -> str:
    """Keep the submitted form and return its address; empty for an invalid signature."""
    try:
        user_id, address = signing.loads(request.POST.get("typed_by", ""), salt=_SALT, max_age=_AGE)
    except signing.BadSignature:
        return ""
    fields = {name: request.POST.getlist(name) for name in request.POST if name not in _NOT_KEPT}
    if sum(len(each) for all_ in fields.values() for each in all_) > _MOST_CHARACTERS:
        return ""
    request.session[_KEY] = {"by": user_id, "address": address, "fields": fields}
    return f"{address}?kept=1"


def kept(request: HttpRequest, user_id: int) -> QueryDict | None:
    """Return the kept input of this person for the form at this address, if any."""
    found = request.session.get(_KEY)
    if request.method == "POST" or "kept" not in request.GET or not found:
        return None
    if found["by"] != user_id or found["address"] != request.path:
        return None
    data = QueryDict(mutable=True)
    for name, typed in found["fields"].items():
        data.setlist(name, typed)
    return data


def tell_it_is_back(request: HttpRequest) -> None:
    """Show a toast that the input was kept but not saved."""
    toast(request, _("You were signed out. What you entered is still here; nothing was saved yet."))


def forget(request: HttpRequest) -> None:
    """Delete the kept input, once it is saved."""
    request.session.pop(_KEY, None)


def back_to(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect to the form, by way of the sign-in page if signed out."""
    if not request.user.is_authenticated:
        address = f"{resolve_url('account_login')}?{urlencode({'next': address})}"
    if "HX-Request" in request.headers:
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def keeps_typed(
    view: Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Let a view of the goal form keep input that is submitted after the session ended."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated and (address := keep(request)):
            return back_to(request, address)
        return view(request, *args, **kwargs)

    return answer
