"""A week of activities: added by a line that asks, moved by keyboard, done, undone, added from elsewhere."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from goalpost.crm.actions.activities import create_activity
from goalpost.crm.models import Activity
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_accessibility import faults
from tests.e2e.today import TODAY
from tests.goals.builders import PERSON, set_goal
from tests.people import NOW, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_week_of_activities(cast: Cast, sign_in: SignIn) -> None:
    set_goal(
        cast,
        title="Calls completed",
        measure=Measure.ACTIVITIES_COMPLETED,
        assignee=Assignee(PERSON, cast.cilla.pk),
        interval=Interval.WEEKLY,
        starts_on=TODAY - timedelta(days=30),
        ends_on=None,
        target=5,
    )
    for subject, due in (("Call Vesala", TODAY - timedelta(days=1)), ("Call Joki", TODAY)):
        create_activity(
            actor=cast.as_cilla, now=NOW, subject=subject, type_id=cast.activity_type().pk, due_date=due
        )
    page = sign_in(cast.cilla)
    page.goto("/activities")
    # A word that means two things is asked about; the answer ends the question.
    page.keyboard.press("n")
    line = page.get_by_role("textbox", name="Add activity")
    expect(line).to_be_focused()
    line.press_sequentially("call Kettil today at 3")
    page.locator("#und").get_by_role("button", name="15:00").click()
    expect(page.locator("#und")).to_contain_text("15:00")
    expect(page.locator("#und .asked")).to_have_count(0)
    line.press("Enter")
    expect(page.locator(".toast")).to_contain_text("“Call Kettil” added.")
    event = page.locator("#week a.event").filter(has_text="Call Kettil")
    expect(event).to_be_visible()
    keep_picture(page, "activities", whole=True)
    assert faults(page) == []
    # Moved by keyboard, an hour earlier.
    event.focus()
    for key in ("m", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".toast").last).to_contain_text("“Call Kettil” moved")
    expect(page.locator("#week a.event").filter(has_text="Call Kettil")).to_contain_text("14:00")
    # Done with one click, and undone.
    page.get_by_role("button", name="Mark as done: Call Vesala").click()
    expect(page.locator(".toast").last).to_contain_text("0 → 1 of 5")
    expect(page.locator("#activity-list")).not_to_contain_text("Call Vesala")
    expect(page.locator("#goal-strip")).to_contain_text("1 of 5 done")
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.locator("#activity-list")).to_contain_text("Call Vesala")
    # From another page, with A.
    page.goto("/")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Add activity").fill("call tomorrow 09:00")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("“Call” added.")
    assert Activity.objects.get(subject="Call").due_time == 540


def test_a_phone_shows_a_day_at_a_time(cast: Cast, sign_in: SignIn) -> None:
    create_activity(
        actor=cast.as_cilla,
        now=NOW,
        subject="Call Joki",
        type_id=cast.activity_type().pk,
        due_date=TODAY,
        due_time=600,
    )
    page = sign_in(cast.cilla, width=390)
    page.goto("/activities")
    expect(page.locator("#week thead th:visible")).to_have_count(2)
    expect(page.locator("#week a.event")).to_be_visible()
    keep_picture(page, "activities-phone", whole=True)
    assert faults(page) == []
