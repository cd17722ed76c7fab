"""A goal that was deleted while it stood open: told plainly, with who and when and a way back."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from goalpost.companies.errors import NotFound
from goalpost.goals.queries import GoalView, goals_seen_by, visible_to
from goalpost.web.goals.history import history_of
from goalpost.web.goals.panel_goals import panel_of
from goalpost.web.viewer import Viewer
from goalpost.web.whole_page import go_to

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, Viewer, _P], HttpResponse]


def tells_when_gone(*, typed_in: str = "") -> Callable[[_View[_P]], _View[_P]]:
    """Let a view of one goal tell of its deletion; what never was, or is hidden, stays a plain 404.

    `typed_in` is the selector of the form's place to say it, so that what was typed there stays.
    """

    def wrapped(view: _View[_P]) -> _View[_P]:
        @wraps(view)
        def answer(
            request: HttpRequest, viewer: Viewer, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponse:
            try:
                return view(request, viewer, *args, **kwargs)
            except NotFound:
                public_id = request.resolver_match.kwargs["public_id"] if request.resolver_match else ""
                goal = deleted_goal(viewer, public_id)
                if "HX-Request" not in request.headers:
                    return _page(request, viewer, goal)
                if request.method == "POST" and typed_in:
                    return retarget(
                        reswap(told(request, viewer, goal, is_typed=True), "afterbegin"), typed_in
                    )
                return go_to(request, "web:goal", public_id)

        return answer

    return wrapped


def deleted_goal(viewer: Viewer, public_id: str) -> GoalView:
    """Return a deleted goal that the viewer might see, were it there. Raises NotFound for any other."""
    found = goals_seen_by(viewer.actor, visible_to(viewer.actor, is_deleted=True).filter(public_id=public_id))
    if not found:
        raise NotFound
    return found[0]


def told(request: HttpRequest, viewer: Viewer, goal: GoalView, *, is_typed: bool = False) -> HttpResponse:
    """Answer a region that asked for something of the deleted goal."""
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "is_typed": is_typed}
    return render(request, "goals/gone.html", context, status=HTTPStatus.CONFLICT)


def _page(request: HttpRequest, viewer: Viewer, goal: GoalView) -> HttpResponse:
    (deletion,) = history_of(viewer, goal, limit=1)
    context = {"goal": goal, "deletion": deletion, "panel": panel_of(viewer)}
    return render(request, "goals/gone_page.html", context, status=HTTPStatus.NOT_FOUND)
