"""The company's settings: who may change them, what they may hold, what the audit log says of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from goalpost.companies import company as company_settings
from goalpost.companies.calendar import work_week_of
from goalpost.companies.company import PaceRules, state_of
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed, NotFound
from goalpost.companies.models import AuditEntry, Company, CompanyDay
from goalpost.crm.actions.setup import change_calendar
from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import Actor
from tests.people import NOW, Cast, make_company

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 5)


@pytest.fixture
def cast() -> Cast:
    return make_company()


def logged(cast: Cast) -> list[tuple[int | None, dict[str, object]]]:
    entries = AuditEntry.objects.filter(company=cast.company, subject_kind="company").order_by("at", "number")
    return list(entries.values_list("actor_id", "changes"))


def add_day(actor: Actor, *, is_working: bool = False) -> CompanyDay:
    return company_settings.add_company_day(
        actor=actor, day=DAY, name=" Bridge day ", is_working=is_working, now=NOW
    )


def test_an_admin_renames_the_company_and_the_log_says_so(cast: Cast) -> None:
    company_settings.rename_company(actor=cast.as_astrid, name=" Nordlys Group ", now=NOW)
    assert Company.objects.get(pk=cast.company_id).name == "Nordlys Group"
    assert logged(cast) == [(cast.astrid.pk, {"name": ["Nordlys", "Nordlys Group"]})]


def test_saving_what_is_there_already_is_not_logged(cast: Cast) -> None:
    company_settings.rename_company(actor=cast.as_astrid, name="Nordlys", now=NOW)
    company_settings.change_pace_rules(actor=cast.as_astrid, rules=PaceRules(), now=NOW)
    assert logged(cast) == []


def test_pace_rules_are_kept(cast: Cast) -> None:
    rules = PaceRules(PaceDays.CALENDAR, frozenset({6, 0, 1}), "DE", "BY")
    company_settings.change_pace_rules(actor=cast.as_astrid, rules=rules, now=NOW)
    company = Company.objects.get(pk=cast.company_id)
    assert (company.pace_days, sorted(work_week_of(company))) == ("calendar", [0, 1, 6])
    assert (company.holidays_country, company.holidays_subdivision) == ("DE", "BY")
    [(_actor, changes)] = logged(cast)
    assert changes == {
        "pace_days": ["working", "calendar"],
        "work_week": [
            ["monday", "tuesday", "wednesday", "thursday", "friday"],
            ["monday", "tuesday", "sunday"],
        ],
        "holidays": ["", "DE-BY"],
    }


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (PaceRules(work_week=frozenset()), "work_week"),
        (PaceRules(work_week=frozenset({7})), "work_week"),
        (PaceRules(country="XX"), "country"),
        (PaceRules(country="SE", subdivision="BY"), "subdivision"),
        (PaceRules(subdivision="BY"), "subdivision"),
    ],
)
def test_pace_rules_that_make_no_sense_are_refused(cast: Cast, rules: PaceRules, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        company_settings.change_pace_rules(actor=cast.as_astrid, rules=rules, now=NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("week_start", "fiscal_month", "field"),
    [(7, 1, "week_start"), (-1, 1, "week_start"), (0, 0, "fiscal_month"), (0, 13, "fiscal_month")],
)
def test_a_calendar_that_makes_no_sense_is_refused(
    cast: Cast, week_start: int, fiscal_month: int, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        company_settings.change_periods(
            actor=cast.as_astrid, week_start=week_start, fiscal_month=fiscal_month, now=NOW
        )
    assert refusal.value.field == field


def test_the_whole_calendar_is_changed_at_once(cast: Cast) -> None:
    changed = change_calendar(
        actor=cast.as_astrid, time_zone="Asia/Tokyo", week_start=6, fiscal_month=4, now=NOW
    )
    assert (changed.time_zone, changed.week_start, changed.fiscal_month) == ("Asia/Tokyo", 6, 4)
    assert [changes for _actor, changes in logged(cast)] == [
        {"week_start": ["monday", "sunday"], "fiscal_month": [1, 4]},
        {"time_zone": ["Europe/Stockholm", "Asia/Tokyo"]},
    ]


def test_a_calendar_with_one_fault_is_not_changed_in_part(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        change_calendar(actor=cast.as_astrid, time_zone="Nowhere", week_start=6, fiscal_month=4, now=NOW)
    assert Company.objects.get(pk=cast.company_id).week_start == 0
    assert logged(cast) == []


def test_own_days_are_added_and_removed(cast: Cast) -> None:
    added = add_day(cast.as_astrid)
    assert (added.day, added.name, added.is_working) == (DAY, "Bridge day", False)
    with pytest.raises(InvalidInput) as refusal:
        add_day(cast.as_astrid, is_working=True)
    assert refusal.value.field == "day"
    company_settings.remove_company_day(actor=cast.as_astrid, day_id=added.pk, now=NOW)
    assert not CompanyDay.objects.filter(company=cast.company).exists()
    with pytest.raises(NotFound):
        company_settings.remove_company_day(actor=cast.as_astrid, day_id=added.pk, now=NOW)
    assert [changes for _actor, changes in logged(cast)] == [
        {"own_day": [None, ["2026-06-05", "Bridge day", "free"]]},
        {"own_day": [["2026-06-05", "Bridge day", "free"], None]},
    ]


def test_no_more_own_days_than_make_sense(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_settings, "MOST_OWN_DAYS", 0)
    with pytest.raises(InvalidInput):
        add_day(cast.as_astrid)


CHANGES: dict[str, Callable[[Actor, str], object]] = {
    "name": lambda actor, state: company_settings.rename_company(
        actor=actor, name="Other", now=NOW, state=state
    ),
    "calendar": lambda actor, state: change_calendar(
        actor=actor, time_zone="Asia/Tokyo", week_start=6, fiscal_month=1, now=NOW, state=state
    ),
    "pace": lambda actor, state: company_settings.change_pace_rules(
        actor=actor, rules=replace(PaceRules(), country="SE"), now=NOW, state=state
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(cast: Cast, change: str) -> None:
    seen = state_of(cast.company)
    company_settings.rename_company(actor=cast.as_astrid, name="Changed meanwhile", now=NOW)
    with pytest.raises(Changed):
        CHANGES[change](cast.as_astrid, seen)
    company = Company.objects.get(pk=cast.company_id)
    assert (company.name, company.time_zone) == ("Changed meanwhile", "Europe/Stockholm")
    CHANGES[change](cast.as_astrid, state_of(company))
    assert len(logged(cast)) == (3 if change == "calendar" else 2)


@pytest.mark.parametrize("change", CHANGES)
def test_only_an_admin_changes_the_company(cast: Cast, change: str) -> None:
    for actor in (cast.as_bjorn, cast.as_cilla):
        with pytest.raises(NotAllowed):
            CHANGES[change](actor, "")
        with pytest.raises(NotAllowed):
            add_day(actor)
    day = add_day(cast.as_astrid)
    with pytest.raises(NotAllowed):
        company_settings.remove_company_day(actor=cast.as_bjorn, day_id=day.pk, now=NOW)
