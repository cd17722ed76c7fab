"""The ETag of a page: a digest of all that it is drawn from, so that an unchanged page is not drawn again."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.cache import get_conditional_response

from goalpost.web.shell.appearance import theme_of
from goalpost.web.shell.viewer import Viewer

PACKAGE = Path(__file__).resolve().parent.parent.parent


def etag_of(request: HttpRequest, viewer: Viewer, *parts: object) -> str:
    """Return the ETag of a page drawn from these parts, which are values that show all they hold."""
    # A page holds a token that is good as long as this browser's secret, which a sign-in changes.
    get_token(request)
    drawn_from = (
        _release(),
        request.get_full_path(),
        viewer.actor,
        request.user.pk,
        str(request.user),
        viewer.company.name,
        viewer.language,
        theme_of(request),
        request.META.get("CSRF_COOKIE", ""),
        parts,
    )
    return f'W/"{sha256(repr(drawn_from).encode()).hexdigest()[:40]}"'


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """Return the answer that the browser's page is still good, or None when it has to be drawn."""
    # What was just done is said once, so that page must be drawn.
    if len(get_messages(request)):
        return None
    response = get_conditional_response(request, etag=etag)
    return response if isinstance(response, HttpResponse) else None


@cache
def _release() -> str:
    """Tell every version of the code, the templates and the static files apart."""
    files = sorted(file for kind in ("*.py", "*.html", "*.mo") for file in PACKAGE.rglob(kind))
    stamps = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]
    static = getattr(staticfiles_storage, "manifest_hash", "")
    return sha256(repr((version("goalpost"), static, stamps)).encode()).hexdigest()
