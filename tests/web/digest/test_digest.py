"""Digests as they arrive: their figures are the pages', each day brings one, and a link ends them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from goalpost.accounts.actions import deactivate_person
from goalpost.domain.measures import Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import GoalView
from goalpost.insights.digest.actions import choose_digest
from goalpost.insights.digest.models import Digest
from goalpost.jobs.models import Job
from goalpost.jobs.worker import run_next
from goalpost.web.digest.sending import look_for_milestones, plan_digests
from tests.goals.builders import TEAM, add_won, person, set_goal
from tests.jobs.draining import drain
from tests.people import Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import text

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 17, 6, 30, tzinfo=UTC)
"""07:30 in Stockholm."""
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def with_mail(settings: Settings) -> None:
    settings.SENDS_MAIL = True


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def goal(cast: Cast) -> GoalView:
    """Cilla's own: 4,000 in March, of which 1,000 on the 3rd and 200 on Monday the 16th."""
    own = set_goal(
        cast,
        title="Cilla wins",
        assignee=person(cast.cilla),
        metric=Metric.SUM,
        currency="EUR",
        target=4_000_00,
    )
    add_won(cast, cast.cilla, date(2026, 3, 3), value=1_000_00)
    add_won(cast, cast.cilla, date(2026, 3, 16), value=200_00)
    return own


def choose(
    cast: Cast, rhythm: str = "daily", *, hour: int = 7, milestones: frozenset[str] = frozenset()
) -> None:
    at = TUESDAY - timedelta(hours=6)
    choose_digest(
        actor=cast.as_cilla,
        rhythm=rhythm,
        weekday="1",
        hour=str(hour),
        about="mine",
        milestones=milestones,
        now=at,
    )


def sent() -> list[EmailMultiAlternatives]:
    """Run what is due; return the messages since the last time."""
    plan_digests.call()
    look_for_milestones.call()
    drain()
    found = [each for each in mail.outbox if isinstance(each, EmailMultiAlternatives)]
    mail.outbox.clear()
    return found


def html_of(message: EmailMultiAlternatives) -> str:
    [part] = message.alternatives
    return str(part[0])


def words_of(message: EmailMultiAlternatives) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(message).partition("<body")[2]))


def test_a_digest_tells_what_changed_what_is_needed_and_what_is_behind(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast)
    [message] = sent()
    assert message.to == ["cilla@nordlys.example"]
    assert message.subject == "Cilla wins: +€200, 1 goal behind"
    for said in (words_of(message), message.body):
        for figure in ("+€200", "€1,000", "€1,200", "€4,000", "30%"):
            assert figure in said, figure
        assert goal.public_id in (said + html_of(message))
    assert "Counted to last night" in message.body
    assert "—" not in html_of(message)
    for style in re.findall(r'class="[^"]+"(?! style)', html_of(message)):
        raise AssertionError(f"{style} has no style of its own")


def test_every_figure_is_the_pages_at_that_version(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView, signed_in: SignedIn
) -> None:
    choose(cast)
    [message] = sent()
    page = text(signed_in(cast.cilla).get(f"/goals/{goal.public_id}"))
    said = words_of(message)
    needed = re.search(r"To be on pace tonight (\S+) Cilla wins", said)
    behind = re.search(r"(\S+) behind, (\S+) expected", said)
    assert needed
    assert behind
    for figure in ("€1,200", "30%", "€4,000", behind[1], behind[2]):
        assert figure in page, figure


def test_what_is_dated_today_is_told_tomorrow(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast)
    add_won(cast, cast.cilla, date(2026, 3, 17), value=50_00)
    [first] = sent()
    assert "€1,250" not in first.body
    clock.move_to(TUESDAY + DAY)
    [second] = sent()
    assert "+€50" in second.body
    assert "€1,200 -> €1,250" in second.body


def test_each_person_and_day_gets_one_whatever_is_asked_for_twice(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast)
    plan_digests.call()
    plan_digests.call()
    assert len(sent()) == 1
    Job.objects.all().delete()
    assert sent() == []


def test_none_is_sent_before_its_hour_or_on_a_free_day_or_where_nothing_changed(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast, hour=8)
    assert sent() == []
    clock.move_to(TUESDAY + timedelta(hours=1))
    assert len(sent()) == 1
    clock.move_to(TUESDAY + DAY + timedelta(hours=1))
    assert sent() == [], "nothing changed"
    add_won(cast, cast.cilla, date(2026, 3, 18), value=10_00)
    clock.move_to(datetime(2026, 3, 21, 10, tzinfo=UTC))
    assert sent() == [], "a Saturday"
    clock.move_to(datetime(2026, 3, 23, 10, tzinfo=UTC))
    [monday] = sent()
    assert "€1,200 -> €1,210" in monday.body


def test_a_weekly_one_comes_on_its_weekday(cast: Cast, clock: time_machine.Traveller, goal: GoalView) -> None:
    choose(cast, "weekly")
    assert len(sent()) == 1
    add_won(cast, cast.cilla, date(2026, 3, 18), value=10_00)
    clock.move_to(TUESDAY + 2 * DAY)
    assert sent() == []
    clock.move_to(TUESDAY + 7 * DAY)
    assert len(sent()) == 1


def test_nobody_who_was_deactivated_since_gets_one(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast)
    plan_digests.call()
    drain_once = Job.objects.filter(task__endswith="send_digest")
    assert drain_once.count() == 1
    deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=TUESDAY)
    assert sent() == []


def test_a_mail_that_waits_is_not_delivered_to_somebody_deactivated_meanwhile(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast)
    plan_digests.call()
    while not Job.objects.filter(task__endswith="send_message").exists():
        assert run_next("test", TUESDAY)
    deactivate_person(actor=cast.as_astrid, user_id=cast.cilla.pk, now=TUESDAY)
    assert sent() == []


def test_it_says_only_what_its_reader_may_see_at_that_moment(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    set_goal(cast, title="Secret of the Baltic", assignee=Assignee(TEAM, cast.baltic.pk))
    add_won(cast, cast.david, date(2026, 3, 16), value=1)
    choose_digest(
        actor=cast.as_cilla,
        rhythm="daily",
        weekday="0",
        hour="7",
        about="all",
        milestones=frozenset(),
        now=TUESDAY - timedelta(hours=6),
    )
    assert sent() == []
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    Digest.objects.update(last_day=None)
    Job.objects.all().delete()
    [message] = sent()
    assert "Secret of the Baltic" in message.body


def test_milestones_are_told_at_once_and_once(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast, "off", milestones=frozenset({"50", "90", "100"}))
    assert sent() == []
    add_won(cast, cast.cilla, date(2026, 3, 17), value=2_600_00)
    [message] = sent()
    assert message.subject == "90% of the target: Cilla wins"
    assert "€3,800" in message.body
    assert sent() == []
    add_won(cast, cast.cilla, date(2026, 3, 17), value=200_00)
    [message] = sent()
    assert message.subject == "Target reached: Cilla wins"
    assert sent() == []


def test_what_was_reached_when_milestones_were_chosen_is_no_news(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    add_won(cast, cast.cilla, date(2026, 3, 17), value=1_000_00)
    choose(cast, "off", milestones=frozenset({"50"}))
    assert sent() == []


def stop_link(message: EmailMultiAlternatives) -> str:
    found = re.fullmatch(
        r"<http://localhost:8000(/digest/stop/\S+)>", message.extra_headers["List-Unsubscribe"]
    )
    assert found
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found[1] in html_of(message)
    assert found[1] in message.body
    return found[1]


def test_one_click_ends_it_without_signing_in(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    choose(cast, milestones=frozenset({"100"}))
    [message] = sent()
    link, stranger = stop_link(message), Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    opened = stranger.get(link)
    assert "Stop the digest" in text(opened)
    assert Digest.objects.get().rhythm == "daily", "a filter that opens links ends nothing"
    ended = stranger.post(link, {"List-Unsubscribe": "One-Click"})
    assert "The digest is stopped" in text(ended)
    assert (Digest.objects.get().rhythm, Digest.objects.get().milestones) == ("off", [])
    assert stranger.post(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404


def test_the_page_saves_the_choice_and_refuses_what_it_does_not_offer(
    cast: Cast, signed_in: SignedIn
) -> None:
    browser = signed_in(cast.cilla)
    assert "Every working day" in text(browser.get("/settings/digest"))
    chosen = {"rhythm": "weekly", "weekday": "4", "hour": "16", "about": "all", "milestones": ["90"]}
    assert browser.post("/settings/digest", chosen).status_code == 302
    own = Digest.objects.get()
    assert (own.rhythm, own.weekday, own.hour, own.about, own.milestones) == ("weekly", 4, 16, "all", [90])
    wrongs = {"rhythm": "hourly", "weekday": "7", "hour": "24", "about": "", "milestones": "1"}
    for name, wrong in wrongs.items():
        assert browser.post("/settings/digest", {**chosen, name: wrong}).status_code == 422, name
    assert Digest.objects.get().hour == 16


def test_a_sample_is_what_would_be_sent_now_and_changes_nothing(
    cast: Cast, goal: GoalView, signed_in: SignedIn
) -> None:
    browser = signed_in(cast.cilla)
    assert browser.post("/digest/sample").status_code == 302
    drain()
    [message] = mail.outbox
    assert "Cilla wins" in message.body
    assert not Digest.objects.filter(last_day__isnull=False).exists()


def test_it_is_in_the_language_of_its_reader(
    cast: Cast, clock: time_machine.Traveller, goal: GoalView
) -> None:
    cast.cilla.language = "sv"
    cast.cilla.save()
    choose(cast)
    [message] = sent()
    assert "God morgon, Cilla" in message.body
    assert "1\xa0200\xa0€" in message.body
    assert "Counted" not in message.body
