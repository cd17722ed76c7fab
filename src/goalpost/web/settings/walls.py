"""Wall screens: pairing one, what it shows in turn, and taking its key away."""

from http import HTTPStatus

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goalpost.companies.errors import InvalidInput
from goalpost.domain.permissions import Actor, may_pair_screens
from goalpost.goals.periods import active
from goalpost.goals.queries import visible_to
from goalpost.insights.dashboards.queries import dashboards_seen_by
from goalpost.insights.wall.models import Celebration, WallScene, WallScreen
from goalpost.insights.wall.pairing import pair_screen, require_pairing
from goalpost.insights.wall.screens import (
    MOST_TILES,
    SceneChoice,
    add_scene,
    change_screen,
    is_lost,
    move_scene,
    remove_scene,
    scenes_of,
    screen_seen_by,
    screens_seen_by,
    unpair_screen,
)
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import Typed, id_in, typed
from goalpost.web.shell.viewer import Viewer, for_viewer

_TRIES = "10/15m/key"
_FIRST_TILES = 4
_MOST_OFFERED = 200
_MOVES = {"up": -1, "down": 1}


@require_safe
@for_viewer
def walls(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the first of the viewer's screens, or that there is none."""
    first = screens_seen_by(viewer.actor).first()
    if first is not None:
        return redirect("web:wall-screen", first.pk)
    context = {"screens": [], "may_pair": may_pair_screens(viewer.actor)}
    return render(request, "settings/walls.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def wall_screen(request: HttpRequest, viewer: Viewer, screen_id: int) -> HttpResponse:
    """Show one screen on GET; on POST save it, and move or remove a scene where its button was pressed."""
    screen = screen_seen_by(viewer.actor, screen_id)
    form = Typed(
        {"name": screen.name, "celebration": screen.celebration},
    )
    names_people, has_confetti = screen.names_people, screen.has_confetti
    scenes = scenes_of(screen)
    if request.method == "POST":
        form = typed(request, ("name", "celebration"))
        names_people, has_confetti = "names_people" in request.POST, "has_confetti" in request.POST
        choices = [_choice(request, scene) for scene in scenes]
        try:
            change_screen(
                actor=viewer.actor,
                screen_id=screen_id,
                names_people=names_people,
                has_confetti=has_confetti,
                scenes=choices,
                **form.values,
            )
            _press(viewer.actor, screen_id, request.POST.get("press", ""))
        except InvalidInput as refusal:
            form = form.refused(refusal)
            for scene, choice in zip(scenes, choices, strict=True):
                scene.is_shown = choice.is_shown
        else:
            toast(request, _("Screen saved"))
            return redirect("web:wall-screen", screen_id)
    return _screen_page(request, viewer, screen, scenes, form, (names_people, has_confetti))


def _screen_page(
    request: HttpRequest,
    viewer: Viewer,
    screen: WallScreen,
    scenes: list[WallScene],
    form: Typed,
    ticks: tuple[bool, bool],
) -> HttpResponse:
    shown = [scene for scene in scenes if scene.is_shown]
    context = {
        "screens": [(each, is_lost(each, viewer.now)) for each in screens_seen_by(viewer.actor)],
        "screen": screen,
        "scenes": [(scene, form.errors.get(f"seconds-{scene.pk}", "")) for scene in scenes],
        "round": sum(scene.seconds for scene in shown),
        "shown": len(shown),
        "form": form,
        "names_people": ticks[0],
        "has_confetti": ticks[1],
        "celebrations": Celebration.choices,
        "is_lost": is_lost(screen, viewer.now),
        "may_pair": may_pair_screens(viewer.actor),
        "offered": _offered(viewer),
        "dashboards": dashboards_seen_by(viewer.actor, viewer.today),
        "most": MOST_TILES,
        "time_zone": viewer.company.time_zone,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/walls.html", context, status=status)


@require_POST
@for_viewer
def new_scene(request: HttpRequest, viewer: Viewer, screen_id: int) -> HttpResponse:
    """Add a scene of chosen goals to a screen."""
    screen = screen_seen_by(viewer.actor, screen_id)
    form = typed(request, ("title", "dashboard"))
    try:
        add_scene(
            actor=viewer.actor,
            screen_id=screen_id,
            title=form.values["title"],
            goals=request.POST.getlist("goals"),
            dashboard=form.values["dashboard"],
        )
    except InvalidInput as refusal:
        form = Typed(
            {"name": screen.name, "celebration": screen.celebration, **form.values}, errors=refusal.errors
        )
        ticks = (screen.names_people, screen.has_confetti)
        return _screen_page(request, viewer, screen, scenes_of(screen), form, ticks)
    toast(request, _("Scene added"))
    return redirect("web:wall-screen", screen_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def pair(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take the code that a screen shows on POST. Wrong ones are counted."""
    require_pairing(viewer.actor)
    form = Typed({"code": request.GET.get("code", "")[:20], "name": ""})
    if request.method == "POST":
        form = typed(request, ("code", "name"))
        use = ratelimit.consume(
            request,
            app="goalpost.wall",
            action="pair",
            config={"pair": _TRIES},
            key=f"{viewer.actor.company_id} {viewer.actor.user_id}",
        )
        if use is None:
            return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        first = [public_id for public_id, _title in _offered(viewer)[:_FIRST_TILES]]
        try:
            screen = pair_screen(actor=viewer.actor, goals=first, now=viewer.now, **form.values)
        except InvalidInput as refusal:
            form = form.refused(refusal)
        else:
            use.rollback()
            toast(request, _("“%(screen)s” is paired") % {"screen": screen.name})
            return redirect("web:wall-screen", screen.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/wall_pair.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def unpair(request: HttpRequest, viewer: Viewer, screen_id: int) -> HttpResponse:
    """Ask on GET, unpair on POST."""
    screen = screen_seen_by(viewer.actor, screen_id)
    if request.method == "POST":
        name = unpair_screen(actor=viewer.actor, screen_id=screen_id)
        toast(request, _("“%(screen)s” is unpaired") % {"screen": name}, moves_focus=True)
        return redirect("web:walls")
    return render(request, "settings/wall_unpair.html", {"screen": screen})


def _choice(request: HttpRequest, scene: WallScene) -> SceneChoice:
    seconds = request.POST.get(f"seconds-{scene.pk}", str(scene.seconds)).strip()
    return SceneChoice(scene.pk, seconds, f"shown-{scene.pk}" in request.POST)


def _press(actor: Actor, screen_id: int, button: str) -> None:
    """Move or remove the scene whose button sent the form: `up-7`, `down-7`, `remove-7`."""
    act, _dash, number = button.partition("-")
    scene_id = id_in(number)
    if scene_id is None:
        return
    if act in _MOVES:
        move_scene(actor=actor, screen_id=screen_id, scene_id=scene_id, by=_MOVES[act])
    elif act == "remove":
        remove_scene(actor=actor, screen_id=screen_id, scene_id=scene_id)


def _offered(viewer: Viewer) -> list[tuple[str, str]]:
    """Return the goals to choose from: running ones that the viewer sees, those of the company first."""
    goals = active(visible_to(viewer.actor), viewer.today).filter(starts_on__lte=viewer.today)
    rows = goals.order_by("assignee_kind", "title", "public_id").values_list("public_id", "title")
    return list(rows[:_MOST_OFFERED])
