"""Exports of known programs, by the headers they document, imported with no option at all."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from goalpost.companies.models import User
from goalpost.crm.models import Activity, Deal
from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.fields import FIELDS, FileKind
from goalpost.exchange.reading.profiles import all_profiles, find_profile
from goalpost.exchange.report import summary_lines
from tests.exchange.importing import Importer, counts, digest_of_everything

_EXPORTS_FOLDER = Path(__file__).parent / "exports"


def _text(name: str) -> str:
    return (_EXPORTS_FOLDER / f"{name}.csv").read_text(encoding="utf-8")


class _Export(NamedTuple):
    """What a program exports of three deals: one won, one lost, one open, and what they are then."""

    program: str
    file: str
    owner: str = "Jane Doe"
    won_on: date | None = date(2024, 5, 1)
    lost_on: date | None = date(2024, 5, 2)
    expected: date | None = date(2024, 7, 1)
    chance: int | None = 50
    stage: str = "Proposal"
    customer: str = "Acme"


_EXPORTS = [
    _Export("Salesforce", "salesforce_api_deals", owner="005A"),
    _Export("Salesforce", "salesforce_report_deals"),
    _Export("HubSpot", "hubspot_deals"),
    _Export("HubSpot", "hubspot_api_deals", owner="77", customer=""),
    _Export("Zoho", "zoho_deals"),
    _Export("Dynamics 365", "dynamics_deals", stage="3-Propose"),
    _Export("Pipedrive", "pipedrive_deals"),
    _Export("Odoo", "odoo_deals"),
    _Export("Bitrix24", "bitrix24_api_deals", owner="7", stage="C6:PREPARATION"),
    _Export("Bitrix24", "bitrix24_deals"),
    _Export("monday.com", "monday_deals"),
    _Export("GoHighLevel", "gohighlevel_deals", won_on=None, lost_on=None, expected=None, chance=None),
    _Export("Freshsales", "freshsales_deals"),
    _Export("Copper", "copper_deals"),
    _Export("Close", "close_deals", customer="C"),
]


def _day(moment: date | None) -> date | None:
    return moment and date(moment.year, moment.month, moment.day)


@pytest.mark.parametrize("export", _EXPORTS, ids=lambda export: export.program)
def test_the_deals_of_an_export_are_what_the_program_shows(importer: Importer, export: _Export) -> None:
    report = importer.deals(_text(export.file))
    assert counts(report) == (3, 0, 0, 0), [row.reason for row in report.first_rejected]
    assert f"exported by {export.program}" in summary_lines(report)[1]
    won, lost, still_open = Deal.objects.order_by("title")
    assert [deal.status for deal in (won, lost, still_open)] == ["won", "lost", "open"]
    assert tuple(deal.value for deal in (won, lost, still_open)) == (100_050, 20_000, 30_000)
    assert {deal.currency for deal in (won, lost, still_open)} == {"EUR"}
    assert (_day(won.won_time), _day(lost.lost_time)) == (export.won_on, export.lost_on)
    assert still_open.expected_close_date == export.expected
    assert still_open.probability == export.chance
    assert still_open.stage is not None
    assert (still_open.stage.name, still_open.owner.name, still_open.organization) == (
        export.stage, export.owner, export.customer,
    )  # fmt: skip
    assert _day(won.add_time) == date(2024, 4, 1)
    assert {deal.source for deal in (won, lost, still_open)} == {export.program.casefold()}
    assert all(deal.external_id for deal in (won, lost, still_open))
    before = digest_of_everything()
    assert counts(importer.deals(_text(export.file))) == (0, 0, 3, 0)
    assert digest_of_everything() == before


def test_every_program_of_deals_is_tried() -> None:
    programs = {profile.name for profile in all_profiles() if profile.kind is FileKind.DEALS}
    assert {export.program for export in _EXPORTS} == programs


def test_every_profile_names_fields_that_there_are() -> None:
    for profile in all_profiles():
        fields = {field.name for field in FIELDS[profile.kind]}
        assert profile.columns.keys() | profile.values.keys() | profile.defaults.keys() <= fields, profile


def test_a_table_of_ones_own_is_no_programs() -> None:
    header = ("id", "title", "owner", "stage", "value", "close date", "add time", "status")
    assert all(find_profile(kind, header) is None for kind in FileKind)


_ACTIVITIES = [
    ("Salesforce", "salesforce_tasks", [("Call", True, "A"), ("Email", False, None)]),
    ("Salesforce", "salesforce_events", [("Meeting", False, "A")]),
    ("Salesforce", "salesforce_report_activities", [("Call", True, "A")]),
    ("HubSpot", "hubspot_tasks", [("Task", True, "A"), ("Task", False, None)]),
    ("HubSpot", "hubspot_calls", [("Call", True, "A")]),
    ("HubSpot", "hubspot_meetings", [("Meeting", True, None), ("Meeting", False, None)]),
    ("Pipedrive", "pipedrive_activities", [("Call", True, "A"), ("Email", False, None)]),
]


@pytest.mark.parametrize(("program", "file", "found"), _ACTIVITIES)
def test_the_activities_of_an_export(
    importer: Importer, program: str, file: str, found: list[tuple[str, bool, str | None]]
) -> None:
    importer.deals("id,title,owner\n0061,A,Cilla\n")
    report = importer.activities(_text(file))
    assert counts(report) == (len(found), 0, 0, 0), [row.reason for row in report.first_rejected]
    assert f"exported by {program}" in summary_lines(report)[1]
    activities = Activity.objects.order_by("external_id")
    assert [
        (each.type.name, each.is_done, each.deal and each.deal.title) for each in activities
    ] == found  # fmt: skip
    assert all(activity.is_done is (activity.marked_as_done_time is not None) for activity in activities)
    before = digest_of_everything()
    assert counts(importer.activities(_text(file))) == (0, 0, len(found), 0)
    assert digest_of_everything() == before


@pytest.mark.parametrize(
    ("program", "file"),
    [
        ("Salesforce", "salesforce_users"),
        ("Salesforce", "salesforce_report_users"),
        ("HubSpot", "hubspot_owners"),
    ],
)
def test_the_people_of_an_export(importer: Importer, program: str, file: str) -> None:
    report = importer.users(_text(file))
    assert counts(report) == (2, 0, 0, 0), [row.reason for row in report.first_rejected]
    assert f"exported by {program}" in summary_lines(report)[1]
    people = User.objects.filter(email__endswith="@acme.example").order_by("email")
    assert list(people.values_list("name", "is_active")) == [("Jane Doe", True), ("Rolf Ek", False)]


def test_owners_of_deals_are_those_of_the_programs_own_file_of_people(importer: Importer) -> None:
    importer.users(_text("hubspot_owners"))
    importer.deals(_text("hubspot_api_deals"))
    assert set(Deal.objects.values_list("owner__name", flat=True)) == {"Jane Doe"}


def test_a_person_overrules_a_profile(importer: Importer) -> None:
    importer.deals(_text("salesforce_api_deals"), "title=StageName", "value=ExpectedRevenue")
    assert set(Deal.objects.values_list("title", "value")) == {
        ("Closed Won", 100_050), ("Closed Lost", 0), ("Proposal", 15_000),
    }  # fmt: skip


def test_what_contradicts_itself_is_refused(importer: Importer) -> None:
    header = "title,owner,stage,is won,is closed,is lost\n"
    report = importer.deals(
        f"{header}A,Cilla,Closed Won,no,yes,\nB,Cilla,Quoted,yes,yes,yes\nC,Cilla,Closed Won,,yes,\n"
        "D,Cilla,Closed Lost,no,,\n"
    )
    assert [row.line for row in report.first_rejected] == [2, 3]
    assert dict(Deal.objects.values_list("title", "status")) == {"C": "won", "D": "lost"}


def test_a_currency_may_be_named_in_words_or_by_a_sign_of_its_own(importer: Importer) -> None:
    importer.deals("title,owner,value,currency\nA,Cilla,5,US Dollar\nB,Cilla,5,svensk krona\nC,Cilla,5,€\n")
    assert dict(Deal.objects.values_list("title", "currency")) == {"A": "USD", "B": "SEK", "C": "EUR"}
    with pytest.raises(Unusable):
        importer.deals("title,owner,value,Kind of money\nA,Cilla,$5,\n")
