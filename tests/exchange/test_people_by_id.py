"""People and records by the ids of the programs they come from, which say nothing of another program's."""

from dataclasses import replace

import pytest

from goalpost.companies.models import Team, User
from goalpost.crm.models import Activity, Deal
from goalpost.exchange.models import PersonId
from goalpost.exchange.reading.columns import ReadOptions
from goalpost.exchange.reading.fields import FileKind
from tests.exchange.importing import Importer, counts, digest_of_everything
from tests.people import Cast, make_company


def _owners() -> dict[str, str]:
    return dict(Deal.objects.values_list("title", "owner__name"))


def test_an_owner_is_found_by_id_by_address_or_by_name(importer: Importer) -> None:
    importer.users(
        "id,first name,last name,email,active\n005A,Jane,Doe,jane@example.com,yes\n005B,Rolf,Ek,,yes\n"
    )
    importer.deals('title,owner\nA,005A\nB,jane@example.com\nC,Jane Doe\nD,"Doe, Jane"\nE,005B\nF,rolf ek\n')
    assert _owners() == {**dict.fromkeys("ABCD", "Jane Doe"), **dict.fromkeys("EF", "Rolf Ek")}


def test_an_owner_known_by_an_id_alone_gets_a_name_from_a_file_of_people(importer: Importer) -> None:
    report = importer.deals("title,owner id\nA,005A\n")
    assert (counts(report), _owners()) == ((1, 0, 0, 0), {"A": "005A"})
    assert counts(importer.users("id,name,email\n005A,Jane Doe,jane@example.com\n")) == (0, 1, 0, 0)
    assert _owners() == {"A": "Jane Doe"}
    before = digest_of_everything()
    assert counts(importer.users("id,name,email\n005A,Jane Doe,jane@example.com\n")) == (0, 0, 1, 0)
    assert counts(importer.deals("title,owner id\nA,005A\n")) == (0, 0, 1, 0)
    assert digest_of_everything() == before


def test_an_id_in_the_column_of_names_is_found_by_a_later_file_of_people(importer: Importer) -> None:
    importer.deals("title,owner\nA,005A\n")
    importer.users("id,name\n005A,Jane Doe\n")
    assert _owners() == {"A": "Jane Doe"}


def test_two_people_of_one_name_are_told_apart_by_their_ids(importer: Importer) -> None:
    text = "title,owner,owner id\nA,Jane Doe,1\nB,Jane Doe,2\nC,Jane Doe,1\n"
    assert counts(importer.deals(text)) == (3, 0, 0, 0)
    owners = dict(Deal.objects.values_list("title", "owner_id"))
    assert owners["A"] == owners["C"] != owners["B"]
    assert counts(importer.deals(text)) == (0, 0, 3, 0)


def test_a_manager_is_found_by_an_id_of_a_later_row(importer: Importer) -> None:
    text = "id,name,team,manager id\n1,Eva Ek,North,2\n2,Fia Falk,North,\n3,Gun Gran,South,Björn\n"
    report = importer.users(text)
    assert counts(report) == (3, 0, 0, 0)
    assert dict(Team.objects.filter(name__in=["North", "South"]).values_list("name", "manager__name")) == {
        "North": "Fia Falk", "South": "Björn",
    }  # fmt: skip
    before = digest_of_everything()
    assert counts(importer.users(text)) == (0, 0, 3, 0)
    assert digest_of_everything() == before


def _from(importer: Importer, kind: FileKind, source: str | None, text: str) -> tuple[int, int, int, int]:
    return counts(importer.run(kind, text, ReadOptions(source=source)))


def test_ids_of_one_program_never_meet_those_of_another(importer: Importer) -> None:
    for source in ("Pipedrive", "Bitrix24"):
        people = f"id,name\n1,Ann {source}\n"
        assert _from(importer, FileKind.USERS, source, people) == (1, 0, 0, 0)
        deals = f"id,title,owner id\n1,From {source},1\n"
        assert _from(importer, FileKind.DEALS, source, deals) == (1, 0, 0, 0)
        activities = f"id,subject,owner id,deal id\n1,For {source},1,1\n"
        assert _from(importer, FileKind.ACTIVITIES, source, activities) == (1, 0, 0, 0)
    assert _owners() == {"From Pipedrive": "Ann Pipedrive", "From Bitrix24": "Ann Bitrix24"}
    assert dict(Activity.objects.values_list("subject", "deal__title")) == {
        "For Pipedrive": "From Pipedrive", "For Bitrix24": "From Bitrix24",
    }  # fmt: skip
    assert PersonId.objects.count() == 2


def test_a_file_that_does_not_say_where_it_comes_from_is_asked(importer: Importer) -> None:
    text = "id,title,owner\n1,A,Cilla\n"
    _from(importer, FileKind.DEALS, "HubSpot", text)
    report = importer.deals(text)
    assert counts(report) == (0, 0, 0, 1)
    assert "--source hubspot" in report.first_rejected[0].reason
    assert _from(importer, FileKind.DEALS, "hubspot", text) == (0, 0, 1, 0)
    assert _from(importer, FileKind.DEALS, "old list", text) == (1, 0, 0, 0)


def test_records_of_which_nobody_said_it_are_those_of_the_first_program_that_names_them(
    importer: Importer,
) -> None:
    text = "id,title,owner\n1,A,Cilla\n"
    importer.deals(text)
    assert _from(importer, FileKind.DEALS, "hubspot", text) == (0, 1, 0, 0)
    assert Deal.objects.get().source == "hubspot"
    assert _from(importer, FileKind.DEALS, "zoho", text) == (1, 0, 0, 0)


def test_an_id_that_people_of_two_programs_have_is_nobodys_without_a_program(importer: Importer) -> None:
    for source in ("a", "b"):
        _from(importer, FileKind.USERS, source, f"id,name\n1,Ann {source}\n")
    report = importer.deals("title,owner\nA,1\n")
    assert "--source NAME" in report.first_rejected[0].reason
    assert _from(importer, FileKind.DEALS, "b", "title,owner\nA,1\n") == (1, 0, 0, 0)
    assert _owners() == {"A": "Ann b"}


@pytest.mark.parametrize("row", ["A,,", "A,  ,"])
def test_a_row_with_neither_owner_nor_id_is_refused(importer: Importer, row: str) -> None:
    report = importer.deals(f"title,owner,owner id\n{row}\n")
    assert counts(report) == (0, 0, 0, 1)
    assert "--default owner=VALUE" in report.first_rejected[0].reason


def test_nobody_of_another_company_is_found_by_an_id(importer: Importer, cast: Cast) -> None:
    other = make_company("Sydvind")
    replace(importer, company=other.company).users("id,name\n7,Their Ann\n")
    importer.deals("title,owner\nA,7\n")
    assert _owners() == {"A": "7"}
    assert User.objects.get(name="7").company_id == cast.company_id
