"""The company's page: its forms, what they say before saving, and who may open it."""

from datetime import date

import pytest
from django.test import Client

from goalpost.companies.company import add_company_day, rename_company, state_of
from goalpost.companies.models import Company, CompanyDay
from goalpost.domain.calendar import Interval
from tests.goals.builders import add_won, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import html, text, value_of

PAGE = "/settings/company"


@pytest.fixture
def admin(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.astrid)


def company(cast: Cast) -> Company:
    return Company.objects.get(pk=cast.company_id)


def pace(**changes: object) -> dict[str, object]:
    return {"pace_days": "working", "work_week": ["0", "1", "2", "3", "4"], "holidays_country": "", **changes}


def calendar(**changes: object) -> dict[str, object]:
    return {"time_zone": "Europe/Stockholm", "week_start": "0", "fiscal_month": "1", **changes}


def test_only_an_admin_finds_and_opens_the_page(cast: Cast, signed_in: SignedIn) -> None:
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    assert f'href="{PAGE}"' in html(signed_in(cast.astrid).get(PAGE))
    for person in (cast.bjorn, cast.cilla):
        browser = signed_in(person)
        assert browser.get(PAGE).status_code == 403
        for part in ("name", "calendar", "pace", "days"):
            assert browser.post(f"{PAGE}/{part}").status_code == 403
        assert f'href="{PAGE}"' not in html(browser.get("/settings", follow=True))


def test_the_page_shows_how_things_are(admin: Client) -> None:
    page = admin.get(PAGE)
    assert value_of(page, "name") == "Nordlys"
    words = text(page)
    assert "EUR Euro" in words
    assert "Mar 2026 has 22 days that count." in words
    assert '<option value="Europe/Stockholm" selected>' in html(page)


def test_a_name_is_saved_and_said(cast: Cast, admin: Client) -> None:
    answer = admin.post(f"{PAGE}/name", {"name": "Nordlys Group"}, follow=True)
    assert company(cast).name == "Nordlys Group"
    assert "Company name saved" in text(answer)


@pytest.mark.parametrize(
    ("part", "typed", "said"),
    [
        ("name", {"name": " "}, "Enter a name of 1 to 200 characters."),
        ("name", {"name": "x" * 201}, "Use at most 200 characters."),
        ("calendar", {"time_zone": "Mars/Base"}, "Choose a time zone from the list."),
        ("pace", pace(work_week=[]), "Choose at least one day of the week."),
        ("pace", pace(holidays_country="XX"), "Choose a country from the list."),
        (
            "pace",
            pace(holidays_country="SE", holidays_subdivision="BY"),
            "Choose a region, or the whole country.",
        ),
        ("days", {"day": "soon", "name": "Bridge day"}, "Enter a date such as 2027-01-31."),
        ("days", {"day": "2026-06-05", "name": ""}, "Enter a name of 1 to 100 characters."),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    cast: Cast, admin: Client, part: str, typed: dict[str, object], said: str
) -> None:
    before = state_of(company(cast))
    sent = {**calendar(), **typed} if part == "calendar" else typed
    answer = admin.post(f"{PAGE}/{part}", sent)
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'aria-invalid="true"' in html(answer) or "has-error" in html(answer)
    assert state_of(company(cast)) == before
    assert not CompanyDay.objects.filter(company=cast.company).exists()


def test_what_was_typed_stays(admin: Client) -> None:
    answer = admin.post(f"{PAGE}/days", {"day": "soon", "name": "Bridge day", "kind": "worked"})
    assert value_of(answer, "day") == "soon"
    assert 'value="Bridge day"' in html(answer)
    assert 'name="kind" value="worked" checked' in html(answer)


def test_another_time_zone_says_what_it_recounts_before_it_is_saved(cast: Cast, admin: Client) -> None:
    add_won(cast, cast.cilla, date(2026, 3, 1))
    asked = admin.post(f"{PAGE}/calendar", calendar(time_zone="America/New_York"))
    assert asked.status_code == 200
    assert "Nothing is saved yet" in text(asked)
    assert "Changing the time zone recounts every record: 1 deal and 0 activities." in text(asked)
    assert company(cast).time_zone == "Europe/Stockholm"
    confirmed = value_of(asked, "confirmed")
    # A confirmation holds for what was shown, not for something else chosen afterwards.
    other = admin.post(f"{PAGE}/calendar", calendar(time_zone="Asia/Tokyo", confirmed=confirmed))
    assert "Nothing is saved yet" in text(other)
    saved = admin.post(
        f"{PAGE}/calendar", calendar(time_zone="America/New_York", confirmed=confirmed), follow=True
    )
    assert "Calendar saved" in text(saved)
    assert company(cast).time_zone == "America/New_York"


def test_other_weeks_and_years_say_whose_periods_change(cast: Cast, admin: Client) -> None:
    set_goal(cast, interval=Interval.WEEKLY)
    set_goal(cast, interval=Interval.QUARTERLY, period_targets={date(2026, month, 1): 5 for month in (1, 4)})
    set_goal(cast, interval=Interval.MONTHLY)
    weeks = text(admin.post(f"{PAGE}/calendar", calendar(week_start="6")))
    assert "1 goal gets new periods" in weeks
    assert "individual targets" not in weeks
    both = text(admin.post(f"{PAGE}/calendar", calendar(week_start="6", fiscal_month="2")))
    assert "2 goals get new periods" in both
    assert "1 of them has individual targets." in both


def test_a_calendar_that_changes_no_goal_is_saved_at_once(cast: Cast, admin: Client) -> None:
    answer = admin.post(f"{PAGE}/calendar", calendar(week_start="6"))
    assert answer.status_code == 302
    assert company(cast).week_start == 6


def test_holidays_are_listed_in_the_viewers_language(cast: Cast, admin: Client) -> None:
    admin.post(f"{PAGE}/pace", pace(holidays_country="SE"))
    assert "Midsummer Eve Friday 19 June 2026" in text(admin.get(PAGE))
    admin.cookies["django_language"] = "sv"
    assert "Midsommarafton fredag 19 juni 2026" in text(admin.get(PAGE))


def test_regions_are_offered_for_a_country_just_chosen(admin: Client) -> None:
    assert "Bayern" not in text(admin.get(PAGE))
    assert "Bayern" in text(admin.get(PAGE, {"holidays_country": "DE"}))
    assert admin.get(PAGE, {"holidays_country": "XX"}).status_code == 200


def test_own_days_are_added_listed_and_removed(cast: Cast, admin: Client) -> None:
    added = admin.post(
        f"{PAGE}/days", {"day": "2026-03-20", "name": "Bridge day", "kind": "free"}, follow=True
    )
    assert "“Bridge day” added" in text(added)
    assert "Mar 2026 has 21 days that count." in text(added)
    own = CompanyDay.objects.get(company=cast.company)
    again = admin.post(f"{PAGE}/days", {"day": "2026-03-20", "name": "Again", "kind": "free"})
    assert "This day is already in the list." in text(again)
    removed = admin.post(f"{PAGE}/days/{own.pk}/remove", follow=True)
    assert "“Bridge day” removed" in text(removed)
    assert admin.post(f"{PAGE}/days/{own.pk}/remove").status_code == 404


def test_two_admins_at_once_overwrite_nothing(cast: Cast, admin: Client) -> None:
    seen = value_of(admin.get(PAGE), "state")
    rename_company(actor=cast.as_astrid, name="Changed meanwhile", now=NOW)
    answer = admin.post(f"{PAGE}/name", {"name": "Mine", "state": seen})
    assert "Somebody else changed these settings" in text(answer)
    assert value_of(answer, "name") == "Mine"
    assert company(cast).name == "Changed meanwhile"
    assert admin.post(f"{PAGE}/name", {"name": "Mine", "state": value_of(answer, "state")}).status_code == 302
    assert company(cast).name == "Mine"


def test_a_name_with_markup_is_only_a_name(cast: Cast, admin: Client) -> None:
    add_company_day(actor=cast.as_astrid, day=date(2026, 4, 1), name="<b>x</b>", is_working=True, now=NOW)
    assert "<b>x</b>" not in html(admin.get(PAGE))


def test_the_goal_page_speaks_of_the_days_that_count(cast: Cast, admin: Client) -> None:
    goal = set_goal(cast, target=20)
    page = f"/goals/{goal.public_id}"
    assert "Working day 13 of 22." in text(admin.get(page))
    assert "Needed per working day" in text(admin.get(page))
    admin.post(f"{PAGE}/pace", pace(holidays_country="DE", pace_days="calendar"))
    by_calendar = text(admin.get(page))
    assert "Day 18 of 31." in by_calendar
    assert "Needed per day" in by_calendar
    assert "orking day" not in by_calendar
