"""Screens and their scenes, as their settings show and change them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from goalpost.companies.checks import is_legible
from goalpost.companies.errors import InvalidInput, NotFound
from goalpost.domain.permissions import Actor, may_administer
from goalpost.goals.queries import visible_to
from goalpost.insights.dashboards.queries import dashboard_seen_by
from goalpost.insights.wall.models import Celebration, WallKey, WallScene, WallScreen
from goalpost.insights.wall.pairing import LONGEST_NAME

MOST_TILES = 6
MOST_SCENES = 20
SHORTEST, LONGEST = 5, 600
"""Seconds of a scene."""
LOST_AFTER = timedelta(minutes=2)
"""A screen that was not heard of for longer has lost its connection."""


@dataclass(frozen=True, slots=True)
class SceneChoice:
    """What a form says of one scene."""

    id: int
    seconds: str
    is_shown: bool


def screens_seen_by(actor: Actor) -> QuerySet[WallScreen]:
    """Return the actor's own screens, an admin everybody's, by name."""
    own = WallScreen.objects.select_related("user").filter(company_id=actor.company_id)
    if not may_administer(actor):
        own = own.filter(user_id=actor.user_id)
    return own.order_by("name", "created_at")


def screen_seen_by(actor: Actor, screen_id: int) -> WallScreen:
    """Return one screen. Raises NotFound for another's."""
    found = screens_seen_by(actor).filter(pk=screen_id).first()
    if found is None:
        raise NotFound
    return found


def scenes_of(screen: WallScreen) -> list[WallScene]:
    own = WallScene.objects.filter(company_id=screen.company_id, screen_id=screen.pk)
    return list(own.order_by("position"))


def is_lost(screen: WallScreen, now: datetime) -> bool:
    return screen.seen_at is None or now - screen.seen_at > LOST_AFTER


def change_screen(
    *,
    actor: Actor,
    screen_id: int,
    name: str,
    celebration: str,
    names_people: bool,
    has_confetti: bool,
    scenes: Sequence[SceneChoice],
) -> None:
    """Save a screen with the seconds of its scenes. Raises NotFound, InvalidInput naming the field."""
    screen = screen_seen_by(actor, screen_id)
    name = name.strip()
    errors: dict[str, str] = {}
    if not is_legible(name) or len(name) > LONGEST_NAME:
        errors["name"] = _("Enter a name of 1 to %(longest)d characters.") % {"longest": LONGEST_NAME}
    if celebration not in Celebration.values:
        errors["celebration"] = _("Choose one of the list.")
    errors |= {f"seconds-{scene.id}": _wrong_seconds() for scene in scenes if not _is_in_time(scene.seconds)}
    if errors:
        raise InvalidInput.of(errors)
    with transaction.atomic():
        own = WallScreen.objects.filter(company_id=actor.company_id, pk=screen.pk)
        own.update(
            name=name,
            celebration=celebration,
            names_people=names_people,
            has_confetti=has_confetti,
            version=F("version") + 1,
        )
        for scene in scenes:
            WallScene.objects.filter(company_id=actor.company_id, screen_id=screen.pk, pk=scene.id).update(
                seconds=int(scene.seconds), is_shown=scene.is_shown
            )


def _is_in_time(seconds: str) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", seconds) is not None and SHORTEST <= int(seconds) <= LONGEST


def _wrong_seconds() -> str:
    return _("Enter %(shortest)d to %(longest)d seconds.") % {"shortest": SHORTEST, "longest": LONGEST}


def add_scene(*, actor: Actor, screen_id: int, title: str, goals: Sequence[str], dashboard: str = "") -> None:
    """Add a scene of goals that the actor sees, or of a dashboard, as the last.

    Raises NotFound, InvalidInput naming the field.
    """
    screen = screen_seen_by(actor, screen_id)
    chosen = list(dict.fromkeys(goals))
    seen = set(visible_to(actor).filter(public_id__in=chosen).values_list("public_id", flat=True))
    scenes = scenes_of(screen)
    title = title.strip()
    if dashboard:
        title = title or dashboard_seen_by(actor, dashboard).title[:LONGEST_NAME]
        chosen = []
    errors: dict[str, str] = {}
    if not is_legible(title) or len(title) > LONGEST_NAME:
        errors["title"] = _("Enter a name of 1 to %(longest)d characters.") % {"longest": LONGEST_NAME}
    if not dashboard and (not 1 <= len(chosen) <= MOST_TILES or set(chosen) - seen):
        errors["goals"] = _("Choose 1 to %(most)d goals.") % {"most": MOST_TILES}
    if len(scenes) >= MOST_SCENES:
        errors[""] = _("A screen turns through %(most)d scenes at most. Remove one first.") % {
            "most": MOST_SCENES
        }
    if errors:
        raise InvalidInput.of(errors)
    with transaction.atomic():
        WallScene.objects.create(
            company_id=actor.company_id,
            screen=screen,
            position=scenes[-1].position + 1 if scenes else 1,
            title=title,
            goals=chosen,
            dashboard=dashboard,
        )
        _raise_version(screen)


def move_scene(*, actor: Actor, screen_id: int, scene_id: int, by: int) -> None:
    """Move a scene one place up (`by` -1) or down (1); at the end it stays. Raises NotFound."""
    screen = screen_seen_by(actor, screen_id)
    with transaction.atomic():
        _raise_version(screen)  # first, so that two who move at once wait for each other
        scenes = scenes_of(screen)
        at = _index_of(scenes, scene_id)
        other = at + by
        if 0 <= other < len(scenes):
            scenes.insert(other, scenes.pop(at))
            _number(screen, scenes)


def remove_scene(*, actor: Actor, screen_id: int, scene_id: int) -> None:
    """Remove a scene. Raises NotFound."""
    screen = screen_seen_by(actor, screen_id)
    with transaction.atomic():
        _raise_version(screen)
        scenes = scenes_of(screen)
        gone = scenes.pop(_index_of(scenes, scene_id))
        WallScene.objects.filter(company_id=screen.company_id, pk=gone.pk).delete()


def unpair_screen(*, actor: Actor, screen_id: int) -> str:
    """Take a screen its key, with its scenes: at its next question it shows a code again. Returns its name.

    Raises NotFound.
    """
    screen = screen_seen_by(actor, screen_id)
    with transaction.atomic():
        WallKey.objects.filter(company_id=screen.company_id, screen_id=screen.pk).delete()
        WallScene.objects.filter(company_id=screen.company_id, screen_id=screen.pk).delete()
        WallScreen.objects.filter(company_id=screen.company_id, pk=screen.pk).delete()
    return screen.name


def _index_of(scenes: Sequence[WallScene], scene_id: int) -> int:
    found = [at for at, scene in enumerate(scenes) if scene.pk == scene_id]
    if not found:
        raise NotFound
    return found[0]


def _number(screen: WallScreen, scenes: Sequence[WallScene]) -> None:
    """Give the scenes these places: beyond the present ones, since no two may have the same at any time."""
    last = max(scene.position for scene in scenes)
    first = last + 1 if last < 30_000 else 1  # noqa: PLR2004  below what the column holds
    for at, scene in enumerate(scenes):
        own = WallScene.objects.filter(company_id=screen.company_id, pk=scene.pk)
        own.update(position=first + at)


def _raise_version(screen: WallScreen) -> None:
    own = WallScreen.objects.filter(company_id=screen.company_id, pk=screen.pk)
    own.update(version=F("version") + 1)
