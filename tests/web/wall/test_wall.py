"""A screen on the wall: paired by its code, shown what its person may see, told only of what has changed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.accounts.actions import deactivate_person
from goalpost.companies.models import PermissionSet
from goalpost.domain.permissions import Assignee
from goalpost.goals.actions import delete_goal
from goalpost.goals.queries import GoalView
from goalpost.insights.dashboards.actions import NewTile, create_dashboard, delete_dashboard
from goalpost.insights.tiles import GOAL
from goalpost.insights.wall.models import WallKey, WallScene, WallScreen
from goalpost.insights.wall.pairing import ALPHABET
from tests.goals.builders import TEAM, add_won, person, set_goal
from tests.people import Cast, let_see
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def goal(cast: Cast) -> GoalView:
    """Cilla's: two deals in each month, one of which is won."""
    own = set_goal(cast, title="Two for Cilla", assignee=person(cast.cilla), target=2)
    add_won(cast, cast.cilla, date(2026, 3, 9))
    return own


def code_on(screen: Client) -> str:
    shown = html(screen.get("/wall"))
    return shown.partition('class="pairscreen__code"')[2].partition('aria-label="')[2][:6]


def pair(cast: Cast, signed_in: SignedIn, name: str = "Helsinki office") -> Client:
    """Return a screen that Cilla has paired."""
    screen = Client(SERVER_NAME="localhost")
    code = code_on(screen)
    paired = signed_in(cast.cilla).post("/settings/walls/pair", {"code": code, "name": name})
    assert paired.status_code == 302
    return screen


def asked(screen: Client, tag: str = "") -> tuple[int, str, str]:
    answer = screen.get("/wall/state", headers={"If-None-Match": tag} if tag else {})
    return answer.status_code, answer.headers.get("ETag", ""), answer.content.decode()


def test_a_screen_shows_a_code_until_somebody_types_it(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen, browser = Client(SERVER_NAME="localhost"), signed_in(cast.cilla)
    code = code_on(screen)
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert not set("01IO") & set(ALPHABET)
    assert code_on(screen) == code, "a reload shows the same"
    assert asked(screen)[0] == 403
    wrong = browser.post("/settings/walls/pair", {"code": "ZZZZZZ", "name": "Helsinki"})
    assert "No screen shows this code now" in text(wrong)
    typed = f"{code[:3].lower()} {code[3:]}"
    assert browser.post("/settings/walls/pair", {"code": typed, "name": "Helsinki"}).status_code == 302
    assert "Two for Cilla" in text(screen.get("/wall"))
    again = browser.post("/settings/walls/pair", {"code": code, "name": "Helsinki"})
    assert again.status_code == 422, "a code pairs one screen"
    assert code not in str(WallKey.objects.values_list())
    assert screen.cookies["wall"].value not in str(WallKey.objects.values_list())


def test_a_code_lasts_ten_minutes_and_another_comes_by_itself(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = Client(SERVER_NAME="localhost")
    code = code_on(screen)
    clock.move_to(LOOKED_AT + 10 * MINUTE + timedelta(seconds=1))
    late = signed_in(cast.cilla).post("/settings/walls/pair", {"code": code, "name": "Helsinki"})
    assert late.status_code == 422
    assert code_on(screen) != code


def test_wrong_codes_are_counted(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    for _try in range(10):
        assert browser.post("/settings/walls/pair", {"code": "ZZZZZZ", "name": "x"}).status_code == 422
    assert browser.post("/settings/walls/pair", {"code": "ZZZZZZ", "name": "x"}).status_code == 429


def test_a_scanned_code_is_filled_in(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    led = browser.get("/pair?code=K7T4MP")
    assert led.headers["Location"] == "/settings/walls/pair?code=K7T4MP"
    assert 'value="K7T4MP"' in html(browser.get(led.headers["Location"]))


def test_unchanged_is_304_without_touching_goals(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    status, tag, shown = asked(screen)
    assert status == 200
    assert "Two for Cilla" in shown
    with CaptureQueriesContext(connection) as queries:
        assert asked(screen, tag)[0] == 304
    assert len(queries) == 2
    for table in ("goals_goal ", 'goals_goal"', "tally", "standing", "entry "):
        assert not any(table in each["sql"].lower() for each in queries), table
    clock.shift(MINUTE)
    assert asked(screen, tag)[0] == 304


def test_it_follows_a_deal_a_goal_a_scene_a_right_and_a_day(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen, browser = pair(cast, signed_in), signed_in(cast.cilla)
    number = WallScreen.objects.get().pk
    changes: dict[str, Callable[[], object]] = {
        "a deal": lambda: add_won(cast, cast.cilla, date(2026, 3, 10)),
        "a goal": lambda: set_goal(cast, title="Another"),
        "a scene": lambda: browser.post(f"/settings/walls/{number}", {"name": "New", "celebration": "none"}),
        "a right": lambda: let_see(cast.cilla, company_statistics=True, other_users_statistics=True),
        "a day": lambda: clock.shift(DAY),
    }
    _status, tag, _shown = asked(screen)
    for what, change in changes.items():
        clock.shift(timedelta(seconds=5))
        change()
        status, newer, _shown = asked(screen, tag)
        assert (status, newer != tag) == (200, True), what
        tag = newer


def test_it_shows_what_its_person_may_see_at_each_look(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    secret = set_goal(cast, title="Secret of the Baltic", assignee=Assignee(TEAM, cast.baltic.pk))
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    screen = pair(cast, signed_in)
    WallScene.objects.update(goals=[goal.public_id, secret.public_id])
    WallScreen.objects.update(version=2)
    assert "Secret of the Baltic" in asked(screen)[2]
    let_see(cast.cilla, company_statistics=False, other_users_statistics=False)
    cast.cilla.permission_set.shares_dashboards = True  # type: ignore[union-attr]  # let_see has given one
    cast.cilla.permission_set.save()  # type: ignore[union-attr]
    shown = asked(screen)[2]
    assert "Secret of the Baltic" not in shown
    assert secret.public_id not in shown
    assert "Two for Cilla" in shown
    delete_goal(actor=cast.as_cilla, public_id=goal.public_id, now=LOOKED_AT)
    assert "Nothing to show" in asked(screen)[2]


def test_it_goes_dark_when_its_person_leaves_or_may_share_no_more(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    PermissionSet.objects.update(shares_dashboards=False)
    assert asked(screen)[0] == 403
    assert "Two for Cilla" not in text(screen.get("/wall"))
    PermissionSet.objects.update(shares_dashboards=True)
    assert asked(screen)[0] == 200
    deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=LOOKED_AT)
    assert asked(screen)[0] == 403
    assert "Pair this screen" in text(screen.get("/wall"))


def test_a_goal_reached_is_named_and_green_to_the_end_of_the_next_working_day(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    assert "data-reached" not in asked(screen)[2]
    clock.move_to(datetime(2026, 3, 20, 14, tzinfo=UTC))  # a Friday
    add_won(cast, cast.cilla, date(2026, 3, 20))
    shown = asked(screen)[2]
    assert f'data-reached="{goal.public_id}.2026-03-01"' in shown
    assert "wall__tile--reached" in shown
    assert "Cilla reached 2, 13:00" in shown
    for day, is_green in ((21, True), (23, True), (24, False)):
        clock.move_to(datetime(2026, 3, day, 8, tzinfo=UTC))
        assert ("wall__tile--reached" in asked(screen)[2]) is is_green, day


def test_celebration_is_off_by_choice(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    add_won(cast, cast.cilla, date(2026, 3, 18))
    for chosen, celebrated, green in (("full", True, True), ("tile", False, True), ("none", False, False)):
        WallScreen.objects.update(celebration=chosen)
        shown = asked(screen)[2]
        assert ("data-reached" in shown) is celebrated, chosen
        assert ("wall__tile--reached" in shown) is green, chosen
    WallScreen.objects.update(celebration="full", names_people=False, has_confetti=False)
    assert "Cilla reached" not in asked(screen)[2]
    assert "confetti" not in asked(screen)[2]


def test_scenes_are_added_moved_timed_and_removed(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    pair(cast, signed_in)
    browser, page = signed_in(cast.cilla), f"/settings/walls/{WallScreen.objects.get().pk}"
    added = browser.post(f"{page}/scenes", {"title": "Second", "goals": [goal.public_id]})
    assert added.status_code == 302
    hidden = set_goal(cast, title="Hidden", assignee=Assignee(TEAM, cast.baltic.pk))
    refused = browser.post(f"{page}/scenes", {"title": "Third", "goals": [hidden.public_id]})
    assert "Choose 1 to 6 goals." in text(refused)
    first, second = WallScene.objects.order_by("position")
    form = {
        "name": "Tallinn",
        "celebration": "tile",
        f"seconds-{first.pk}": "15",
        f"seconds-{second.pk}": "30",
    }
    assert browser.post(page, {**form, f"seconds-{first.pk}": "4"}).status_code == 422
    moved = browser.post(page, {**form, f"shown-{second.pk}": "on", "press": f"up-{second.pk}"})
    assert moved.status_code == 302
    rows = WallScene.objects.order_by("position").values_list("title", "seconds", "is_shown")
    assert list(rows) == [("Second", 30, True), ("Helsinki office", 15, False)]
    browser.post(page, {**form, "press": f"remove-{first.pk}"})
    assert [scene.title for scene in WallScene.objects.all()] == ["Second"]
    assert WallScreen.objects.get().name == "Tallinn"


def test_a_scene_of_a_dashboard_shows_its_goals_and_follows_it(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    WallScene.objects.all().delete()
    tile = NewTile(GOAL, {"goal": goal.public_id, "form": "chart"})
    made = create_dashboard(actor=cast.as_cilla, title="Stand-up", now=LOOKED_AT, tiles=[tile])
    page = f"/settings/walls/{WallScreen.objects.get().pk}"
    added = signed_in(cast.cilla).post(f"{page}/scenes", {"title": "", "dashboard": made.public_id})
    assert added.status_code == 302
    _status, tag, shown = asked(screen)
    assert "Stand-up" in shown
    assert "Two for Cilla" in shown
    clock.shift(MINUTE)
    delete_dashboard(actor=cast.as_cilla, public_id=made.public_id, now=LOOKED_AT + MINUTE)
    status, _tag, shown = asked(screen, tag)
    assert status == 200
    assert "Two for Cilla" not in shown
    elsewhere = signed_in(cast.bjorn).post(f"{page}/scenes", {"title": "x", "dashboard": made.public_id})
    assert elsewhere.status_code == 404


def test_an_unpaired_screen_shows_a_code_again(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    screen = pair(cast, signed_in)
    browser, page = signed_in(cast.cilla), f"/settings/walls/{WallScreen.objects.get().pk}"
    assert "Unpair Helsinki office" in text(browser.get(f"{page}/unpair"))
    assert browser.post(f"{page}/unpair").status_code == 302
    assert asked(screen)[0] == 403
    assert "Pair this screen" in text(screen.get("/wall"))
    assert not WallScreen.objects.exists()


def test_a_screen_is_its_persons_and_the_admins(
    cast: Cast, goal: GoalView, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    pair(cast, signed_in)
    number = WallScreen.objects.get().pk
    for somebody, status in ((cast.astrid, 200), (cast.cilla, 200), (cast.bjorn, 404)):
        browser = signed_in(somebody)
        assert browser.get(f"/settings/walls/{number}").status_code == status
        assert browser.get(f"/wall/preview/{number}").status_code == status
    shown = signed_in(cast.cilla).get(f"/wall/preview/{number}")
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
