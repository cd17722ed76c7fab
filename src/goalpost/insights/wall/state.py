"""What a screen shows now, and the tag that tells whether it is still that.

A screen asks every few seconds. The tag is made of a few indexed rows: as long as it stays, no goal is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import OuterRef, Subquery

from goalpost.accounts.tokens import hash_token
from goalpost.companies.actors import actor_for
from goalpost.companies.calendar import today_in, working_calendar_of
from goalpost.companies.errors import NotFound
from goalpost.companies.models import AuditEntry, Company, User
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.pace import PaceStatus
from goalpost.domain.permissions import Actor, may_pair_screens
from goalpost.goals.models import GoalChange
from goalpost.goals.periods import selection_of
from goalpost.goals.queries import goals_seen_by, visible_to
from goalpost.insights.dashboards.models import Dashboard
from goalpost.insights.dashboards.queries import dashboard_seen_by
from goalpost.insights.goal_report import GoalQuestion, GoalReport, PeriodResult, goal_reports
from goalpost.insights.report import Asker, Question, Reader, RecordsAsked, report
from goalpost.insights.tiles import GOAL
from goalpost.insights.wall.models import Celebration, WallKey, WallScene, WallScreen
from goalpost.insights.wall.screens import MOST_TILES, scenes_of
from goalpost.ledger.models import Book

_SEEN_EVERY = timedelta(minutes=1)
_LOOKS_BACK = timedelta(days=31)
_RECORDS = 50
"""Of so many latest records it is looked for the one that reached a goal."""


@dataclass(frozen=True, slots=True)
class PairedScreen:
    """A screen that has proved itself, and the person it shows to, with what its answer depends on."""

    company_id: int
    user_id: int
    screen_id: int
    today: date
    seen_at: datetime | None
    tag: str


def screen_with(key: str, *, now: datetime, release: str) -> PairedScreen | None:
    """Return the screen that has the key, in two statements; None for an unknown one.

    Also when the person who paired it was deactivated or may no longer share: it shows nothing then. The
    tag changes with the book, goals, scenes, settings, people and rights, the day, and `release`.
    """
    found = _first(_key_statement(), hash_token(key))
    if found is None or not any(found[5:7]):
        return None
    company_id, user_id, screen_id, time_zone, *granted = found
    facts = _first(_facts_statement(), company_id, screen_id)
    if facts is None:
        return None
    seen_at, *versions = facts
    if seen_at is not None and seen_at.tzinfo is None:  # as SQLite keeps it
        seen_at = seen_at.replace(tzinfo=UTC)
    today = now.astimezone(ZoneInfo(time_zone)).date()
    drawn_from = (release, screen_id, user_id, time_zone, today, granted, versions)
    tag = sha256(repr(drawn_from).encode()).hexdigest()[:40]
    return PairedScreen(company_id, user_id, screen_id, today, seen_at, tag)


_WANTED, _COMPANY, _SCREEN = "key", -1, -2
"""What stands in a statement for its parameters when it is made."""


# Building these two took six times as long as asking them, so each process builds them once.
@cache
def _key_statement() -> str:
    rights = ("user__is_admin", "user__permission_set__shares_dashboards", "user__permission_set_id")
    keys = WallKey.objects.filter(user__is_active=True, key_hash=_WANTED).values_list(
        "company_id", "user_id", "screen_id", "user__company__time_zone", "user__language", *rights
    )
    sql, parameters = keys.query.sql_with_params()
    assert parameters in {(_WANTED,), (True, _WANTED)}, parameters
    return sql if len(parameters) == 1 else sql.replace("%s", "TRUE", 1)


@cache
def _facts_statement() -> str:
    of_company = {"company_id": OuterRef("company_id")}
    book = Book.objects.filter(**of_company)
    # Of the same moment too, the latest row is another.
    goals = GoalChange.objects.filter(**of_company).order_by("-at", "-goal_id", "-number")
    dashboards = Dashboard.objects.filter(**of_company).order_by("-updated_at", "-version")
    audit = AuditEntry.objects.filter(**of_company).order_by("-at", "-number")
    facts = (
        WallScreen.objects.filter(company_id=_COMPANY)
        .filter(pk=_SCREEN)
        .annotate(
            book=Subquery(book.values("version")[:1]),
            recount=Subquery(book.values("recount_job")[:1]),
            goals=Subquery(goals.values("at")[:1]),
            goal=Subquery(goals.values("goal_id")[:1]),
            dashboards=Subquery(dashboards.values("updated_at")[:1]),
            settings=Subquery(audit.values("at")[:1]),
            setting=Subquery(audit.values("number")[:1]),
        )
        .values_list(
            "seen_at", "version", "book", "recount", "goals", "goal", "dashboards", "settings", "setting"
        )
    )
    sql, parameters = facts.query.sql_with_params()
    assert parameters == (_COMPANY, _SCREEN), parameters
    return sql


def _first(sql: str, *parameters: str | int) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def note_seen(screen: PairedScreen, *, now: datetime) -> None:
    """Record that the screen has asked, at most once a minute."""
    if screen.seen_at is None or not screen.seen_at <= now < screen.seen_at + _SEEN_EVERY:
        own = WallScreen.objects.filter(company_id=screen.company_id, pk=screen.screen_id)
        own.update(seen_at=now)


@dataclass(frozen=True, slots=True)
class ReachedBy:
    """The record with which a goal was reached: whose, and when if that is known to the minute."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WallTile:
    """A goal on a wall. `is_fresh` from when it is reached to the end of the next working day."""

    report: GoalReport
    is_fresh: bool
    by: ReachedBy | None = None

    @property
    def result(self) -> PeriodResult:
        return self.report.headline

    @property
    def key(self) -> str:
        """What is celebrated once: the goal's period."""
        return f"{self.report.goal.public_id}.{self.result.period.start.isoformat()}"


@dataclass(frozen=True, slots=True)
class WallSceneShown:
    title: str
    seconds: int
    tiles: tuple[WallTile, ...]


@dataclass(frozen=True, slots=True)
class WallState:
    """What a screen shows: its scenes in turn. A goal that its person may not see is in none of them."""

    screen: WallScreen
    company: Company
    today: date
    scenes: tuple[WallSceneShown, ...]

    @property
    def fresh(self) -> tuple[WallTile, ...]:
        """The goals to celebrate, each once."""
        found = {tile.key: tile for scene in self.scenes for tile in scene.tiles if tile.is_fresh}
        return tuple(found.values())


def wall_state(company_id: int, screen_id: int, *, now: datetime) -> WallState | None:
    """Return what a screen shows, with the rights of who paired it, as they are now; None without a screen.

    To be read in one snapshot.
    """
    screen = WallScreen.objects.filter(company_id=company_id, pk=screen_id).first()
    if screen is None:
        return None
    user = User.objects.select_related("company", "permission_set").get(
        company_id=company_id, pk=screen.user_id
    )
    actor = actor_for(user, now=now)
    reader = Asker(actor, user.company, today_in(user.company, now))
    if not user.is_active or not may_pair_screens(actor):
        return WallState(screen, user.company, reader.today, ())
    scenes = [scene for scene in scenes_of(screen) if scene.is_shown]
    goals_of = {scene.pk: goals_of_scene(actor, scene, reader.today) for scene in scenes}
    wanted = {public_id for goals in goals_of.values() for public_id in goals}
    goals = goals_seen_by(actor, visible_to(actor).filter(public_id__in=wanted))
    reports = goal_reports(reader, [GoalQuestion(goal, latest=1) for goal in goals])
    celebrates = screen.celebration != Celebration.NONE
    tiles = {
        tile.report.goal.public_id: tile for tile in _tiles(reader, reports, screen, celebrates=celebrates)
    }
    shown = (
        WallSceneShown(
            scene.title,
            scene.seconds,
            tuple(tiles[public_id] for public_id in goals_of[scene.pk] if public_id in tiles)[:MOST_TILES],
        )
        for scene in scenes
    )
    return WallState(screen, user.company, reader.today, tuple(scene for scene in shown if scene.tiles))


def goals_of_scene(actor: Actor, scene: WallScene, today: date) -> list[str]:
    """Return the goals of a scene by public id: the chosen ones, or those of its dashboard."""
    if not scene.dashboard:
        return list(scene.goals)
    try:
        tiles = dashboard_seen_by(actor, scene.dashboard, today).tiles
    except NotFound:
        return []
    return list(dict.fromkeys(tile.settings.get("goal", "") for tile in tiles if tile.kind == GOAL))


def _tiles(
    reader: Reader, reports: Sequence[GoalReport], screen: WallScreen, *, celebrates: bool
) -> list[WallTile]:
    fresh = _fresh(reader, reports) if celebrates else set()
    return [
        WallTile(
            each,
            each.goal.id in fresh,
            _reached_by(reader, each) if each.goal.id in fresh and screen.names_people else None,
        )
        for each in reports
    ]


def _fresh(reader: Reader, reports: Sequence[GoalReport]) -> set[int]:
    """Return the goals that were not yet reached when the last working day before today began."""
    last = last_working_day(reader.company, reader.today)
    running = [
        each for each in reports if each.headline.is_now and each.headline.pace.status is PaceStatus.REACHED
    ]
    running = [each for each in running if each.goal.terms.measure is not Measure.REVENUE_FORECAST]
    begun = [each for each in running if each.headline.period.start < last]
    before = report(
        reader.actor,
        [Question(selection_of(each.goal), (Period(each.headline.period.start, last),)) for each in begun],
    )
    earlier = {
        each.goal.id: answer.total.count if each.goal.terms.metric is Metric.QUANTITY else answer.total.amount
        for each, answer in zip(begun, before, strict=True)
    }
    return {each.goal.id for each in running if earlier.get(each.goal.id, 0) < each.headline.target}


def last_working_day(company: Company, today: date) -> date:
    """Return the last working day before a day; the day before where there is none in a month."""
    calendar = working_calendar_of(company, Period(today - _LOOKS_BACK, today))
    days = (today - timedelta(days=back) for back in range(1, _LOOKS_BACK.days + 1))
    return next((day for day in days if calendar.is_working(day)), today - timedelta(days=1))


def _reached_by(reader: Reader, reached: GoalReport) -> ReachedBy | None:
    """Return who brought the record that reached the target; None where the reader may not see it."""
    period = reached.headline.period
    [answer] = report(
        reader.actor,
        [Question(selection_of(reached.goal), (period,), explain=RecordsAsked(_RECORDS))],
    )
    if answer.hidden.count:
        return None
    left = reached.headline.result
    for record in answer.records:
        left -= 1 if reached.goal.terms.metric is Metric.QUANTITY else record.amount or 0
        if left < reached.headline.target:
            added = reached.goal.terms.measure in (Measure.DEALS_STARTED, Measure.ACTIVITIES_ADDED)
            return ReachedBy(record.owner.name, record.added_at if added else record.closed_at)
    return None
