"""Which column is which field."""

import pytest

from goalpost.exchange.errors import Unusable
from goalpost.exchange.reading.columns import map_columns, parse_defaults, parse_values
from goalpost.exchange.reading.fields import FIELDS, KNOWN_HEADERS, FileKind, fold_header

_NONE: frozenset[str] = frozenset()


def _named(kind: FileKind, header: str, *told: str) -> dict[str, str]:
    names = header.split(",")
    columns = map_columns(kind, names, told, _NONE)
    return {field: "+".join(names[i] for i in positions) for field, positions in columns.items()}


_PIPEDRIVE = """
    external_id: Deal - ID; title: Deal - Title; owner: Deal - Owner; organization: Deal - Organization;
    pipeline: Deal - Pipeline; stage: Deal - Stage; status: Deal - Status; value: Deal - Value;
    currency: Deal - Currency of value; probability: Deal - Probability; add_time: Deal - Deal created;
    close_time: Deal - Deal closed on; won_time: Deal - Won time; lost_time: Deal - Lost time;
    expected_close_date: Deal - Expected close date; stage_change_time: Deal - Last stage change
"""
_HUBSPOT = """
    external_id: Record ID; title: Deal Name; stage: Deal Stage; close_time: Close Date; owner: Deal owner;
    value: Amount; add_time: Create Date; pipeline: Pipeline; currency: Currency
"""
_SALESFORCE = """
    external_id: Opportunity ID; title: Opportunity Name; organization: Account Name; stage: Stage;
    close_time: Close Date; add_time: Created Date; owner: Opportunity Owner; value: Amount;
    currency: Amount Currency; probability: Probability (%); stage_change_time: Last Stage Change Date
"""
_SWEDISH = """
    title: Affär - Titel; owner: Affär - Ägare; organization: Affär - Organisation; value: Affär - Värde;
    currency: Affär - Valuta; stage: Affär - Fas; status: Status; add_time: Skapad; won_time: Vunnen;
    lost_time: Förlorad; expected_close_date: Förväntat stängningsdatum; probability: Sannolikhet
"""
_OWN = "external_id: EXTERNAL_ID; title: title; owner: Owner; add_time: add_time; won_time: won-time"


@pytest.mark.parametrize("table", [_PIPEDRIVE, _HUBSPOT, _SALESFORCE, _SWEDISH, _OWN])
def test_the_headers_of_common_programs_are_known(table: str) -> None:
    pairs = [entry.strip().partition(": ")[::2] for entry in table.split(";")]
    expected = dict(pairs)
    assert _named(FileKind.DEALS, ",".join(expected.values())) == expected


def test_the_headers_of_activities_and_people_are_known() -> None:
    header = (
        "Activity - Subject,Activity - Type,Activity - Assigned to user,Deal - ID,Activity - Add time,"
        "Activity - Due date,Activity - Done,Activity - Marked as done time"
    )
    fields = "subject type owner deal add_time due_date done marked_as_done_time"
    expected = dict(zip(fields.split(), header.split(","), strict=True))
    assert _named(FileKind.ACTIVITIES, header) == expected
    people = "Namn,E-post,Lag,Säljteam,Chef,Aktiv"
    assert _named(FileKind.USERS, people) == {
        "name": "Namn", "email": "E-post", "team": "Lag+Säljteam", "manager": "Chef", "active": "Aktiv"
    }  # fmt: skip


def test_of_several_names_for_a_field_the_more_exact_is_taken() -> None:
    found = _named(FileKind.DEALS, "Title,Owner,ID,Deal - ID,Company,Organization")
    assert (found["external_id"], found["organization"]) == ("Deal - ID", "Organization")


def test_what_is_told_goes_before_what_is_found() -> None:
    found = _named(FileKind.DEALS, "Title,Owner,Stage,Sales stage", "stage=Sales stage")
    assert found["stage"] == "Sales stage"


def test_a_header_told_to_one_field_is_not_found_for_another() -> None:
    found = _named(FileKind.DEALS, "title,owner,deal_stage", "status=deal_stage")
    assert found == {"title": "title", "owner": "owner", "status": "deal_stage"}


def test_several_columns_may_feed_the_team_in_the_order_told() -> None:
    found = _named(FileKind.USERS, "name,office,manager", "team=manager", "team=office")
    assert found == {"name": "name", "team": "manager+office"}


def test_one_column_may_feed_two_fields_that_read_it_alike() -> None:
    told = ("title=product", "organization=product", "add_time=when", "stage_change_time=when")
    found = _named(FileKind.DEALS, "product,owner,when", *told)
    assert found["title"] == found["organization"] == "product"
    assert found["add_time"] == found["stage_change_time"] == "when"


def test_a_field_can_be_left_out() -> None:
    assert "stage" not in _named(FileKind.DEALS, "title,owner,stage", "stage=")


def test_a_header_is_told_without_regard_to_case_and_may_hold_an_equals_sign() -> None:
    assert _named(FileKind.DEALS, "title,owner,A=B", "value=a=b")["value"] == "A=B"


@pytest.mark.parametrize(
    ("header", "told", "message"),
    [
        ("title,owner", ("budget=title",), "no field 'budget'.*external_id title owner"),
        ("title,owner", ("value=Sum",), "no column 'Sum'. The file has: title, owner"),
        ("title,owner", ("value",), "write FIELD=HEADER"),
        ("title,owner,a,b", ("value=a", "value=b"), "value already has a column"),
        ("title,owner,a,a", ("value=a",), "2 columns of that name"),
        ("title,Owner,OWNER", (), "2 columns could be owner: Owner, OWNER"),
        ("title,owner,a", ("value=a", "add_time=a"), "cannot hold both"),
        ("a,b", (), "No column was found for title or owner.*The file has: a, b.*--default title=VALUE"),
        ("1C1I7A6R,Moses Frase,2017-03-01", (), "the first row of the file must be"),
    ],
)
def test_columns_that_cannot_be_used_are_refused_with_what_there_is(
    header: str, told: tuple[str, ...], message: str
) -> None:
    with pytest.raises(Unusable, match=message):
        map_columns(FileKind.DEALS, header.split(","), told, _NONE)


def test_a_team_column_told_twice_is_refused() -> None:
    with pytest.raises(Unusable, match="given to team twice"):
        map_columns(FileKind.USERS, ["name", "office"], ["team=office", "team=office"], _NONE)


def test_a_required_field_may_come_from_a_default() -> None:
    assert map_columns(FileKind.DEALS, ["title"], [], frozenset({"owner"})) == {"title": (0,)}


@pytest.mark.parametrize("kind", FileKind)
def test_every_field_has_known_headers_that_can_be_found(kind: FileKind) -> None:
    assert set(KNOWN_HEADERS[kind]) == {field.name for field in FIELDS[kind]}
    for field, names in KNOWN_HEADERS[kind].items():
        assert fold_header(field) in names
        assert all(fold_header(name) == name for name in names)
    exclusive = [name for names in KNOWN_HEADERS[kind].values() for name in names]
    assert len(exclusive) == len(set(exclusive)), "a header known for two fields would feed both"


@pytest.mark.parametrize(
    ("text", "raw", "value"),
    [
        ("stage:Closed=won", "Closed", "won"),
        ("stage:In progress = Open ", "In progress", "Open"),
        ("stage:=Open", "", "Open"),
        ("stage:n/a=", "n/a", ""),
        ("stage:10:30=late", "10:30", "late"),
        ('stage:"a=b"=Offer', "a=b", "Offer"),
        ('stage:"a=b"="c=d"', "a=b", "c=d"),
        ('stage:"say ""hi"""=x', 'say "hi"', "x"),
        ('stage:12" pipe=x', '12" pipe', "x"),
        ("stage:Förlorad=lost", "Förlorad", "lost"),
    ],
)
def test_a_raw_text_is_told_its_value(text: str, raw: str, value: str) -> None:
    assert parse_values(FileKind.DEALS, [text]) == {"stage": {raw: value}}


@pytest.mark.parametrize("text", ["stage", "stage=x", "stage:x", "stage:a=b=c", 'stage:"a=b', 'stage:"a"b=c'])
def test_a_value_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(Unusable, match="write FIELD:RAW=VALUE"):
        parse_values(FileKind.DEALS, [text])


def test_one_raw_text_cannot_have_two_values() -> None:
    with pytest.raises(Unusable, match="already has the value 'won'"):
        parse_values(FileKind.DEALS, ["status:X=won", "status:X=lost"])


def test_defaults_are_read() -> None:
    defaults = parse_defaults(FileKind.DEALS, ["currency=SEK", "title=a=b", 'stage=" x"'])
    assert defaults == {"currency": "SEK", "title": "a=b", "stage": " x"}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["currency"], "write FIELD=VALUE"),
        (["currency="], "write FIELD=VALUE"),
        (["budget=1"], "no field 'budget'"),
        (["currency=SEK", "currency=EUR"], "already has a default"),
    ],
)
def test_a_default_that_cannot_be_used_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(Unusable, match=message):
        parse_defaults(FileKind.DEALS, texts)
