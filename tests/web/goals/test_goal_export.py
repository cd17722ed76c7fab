"""A goal as a file: every figure of it is one of the page's, in the language of the page."""

import csv
import io
import re
import struct
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import openpyxl
import pypdf
import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from goalpost.companies.models import PermissionSet
from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.queries import GoalView
from goalpost.insights.export import rendering
from tests.goals.builders import TEAM, add_deal, add_won, person, set_goal
from tests.people import Cast, let_see, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import Answer, html, rows

FORMATS = ("png", "svg", "pdf", "csv", "xlsx")
DRAWN = ("png", "svg", "pdf")
LANGUAGES = ("en", "sv")


def speaking(client: Client, language: str) -> Client:
    client.cookies["django_language"] = language
    return client


def file(client: Client, goal: GoalView, file_format: str, query: str = "") -> tuple[bytes, str]:
    """Return an exported file's content and name."""
    response = client.get(f"/goals/{goal.public_id}/export/{file_format}{query}")
    assert response.status_code == HTTPStatus.OK
    streamed = isinstance(response, StreamingHttpResponse)
    content = response.getvalue() if streamed else response.content
    said = response.headers["Content-Disposition"]
    found = re.fullmatch(r"attachment; (?:filename\*=utf-8''(.+)|filename=\"(.+)\")", said)
    assert found is not None, said
    return content, unquote(found[1] or found[2])


def won_value(cast: Cast, **names: str) -> GoalView:
    """Let the Nordic team win over, under and nothing of its target, in euros and cents."""
    goal = set_goal(
        cast,
        title=names.get("title", "Won value"),
        assignee=Assignee(TEAM, cast.nordic.pk),
        metric=Metric.SUM,
        currency="EUR",
        target=10_000_00,
    )
    add_won(cast, cast.cilla, date(2026, 1, 20), value=12_500_50)
    add_won(cast, cast.cilla, date(2026, 3, 17), value=5_000_00)
    return goal


def page_figures(page: Answer) -> list[tuple[str, ...]]:
    """Return name, target, result, difference and progress of every line of the page's table."""
    return [(row[0], row[1], row[2], row[3], row[5]) for row in rows(page, "periods")]


def as_number(shown: str) -> Decimal | None:
    """Return a figure of the page as a number: without currency, per cent and grouping."""
    plain = re.sub(r"[^\d,.\u2212-]", "", shown).replace("\u2212", "-")
    if not re.search(r"\d", plain):
        return None
    whole, sign, decimals = (
        (plain.rpartition(",") if re.search(r",\d{2}$", plain) else plain.rpartition("."))
        if re.search(r"[.,]\d{2}$", plain)
        else (plain, "", "")
    )
    digits = re.sub(r"[.,]", "", whole)
    return Decimal(f"{digits}.{decimals}" if sign else digits)


def words(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ").replace("\u202f", " ")


def png_size(content: bytes) -> tuple[int, int]:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tables_have_the_figures_of_the_page(cast: Cast, signed_in: SignedIn, language: str) -> None:
    client = speaking(signed_in(cast.astrid), language)
    goal = won_value(cast)
    shown = page_figures(client.get(f"/goals/{goal.public_id}"))
    expected = [
        [as_number(figure) for figure in (target, result, difference, progress)]
        for _name, target, result, difference, progress in shown
    ]
    assert expected[0] == [Decimal(10_000), Decimal("12500.50"), Decimal("2500.50"), Decimal(125)]
    read = list(csv.reader(io.StringIO(file(client, goal, "csv")[0].decode("utf-8-sig"))))
    assert [[Decimal(cell) if cell else None for cell in row[3:7]] for row in read[1:]] == expected
    assert read[1][1:3] == ["2026-01-01", "2026-01-31"]
    book = openpyxl.load_workbook(io.BytesIO(file(client, goal, "xlsx")[0]))
    lines = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    for line, figures in zip(lines, expected, strict=True):
        *amounts, progress = [None if cell is None else Decimal(str(cell)) for cell in line[3:7]]
        assert [*amounts, None if progress is None else progress * 100] == figures
    names = [row[0].lower() for row in read[1:]]
    assert all(name[0].lower().startswith(each) for name, each in zip(shown, names, strict=True))
    header = ["Period", "From", "To", "Target, EUR", "Result, EUR", "Difference, EUR", "Progress, %", "Pace"]
    if language == "sv":
        header = [
            "Period",
            "Från",
            "Till",
            "Målvärde, EUR",
            "Resultat, EUR",
            "Skillnad, EUR",
            "Framsteg, %",
            "Takt",
        ]
    assert read[0] == header == [cell.value for cell in book.worksheets[0][1]]


def test_the_workbook_has_the_records_that_the_periods_add_up(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = won_value(cast), signed_in(cast.astrid)
    add_won(cast, cast.cilla, date(2026, 8, 3), value=9_00)  # after the goal's end
    periods, records = openpyxl.load_workbook(io.BytesIO(file(client, goal, "xlsx")[0])).worksheets
    results = [row[4] for row in periods.iter_rows(min_row=2, values_only=True)]
    head, *lines = records.iter_rows(values_only=True)
    value = head.index("Value, EUR")
    assert (periods.title, records.title) == ("Periods", "Deals")
    worth = [Decimal(str(line[value])) for line in lines]
    assert worth == [Decimal(5000), Decimal("12500.5")]
    assert sum(worth) == sum(Decimal(str(result)) for result in results if result is not None)
    one_month = "?from=2026-01-01&to=2026-01-31"
    _periods, records = openpyxl.load_workbook(
        io.BytesIO(file(client, goal, "xlsx", one_month)[0])
    ).worksheets
    assert records.max_row == 2


def test_the_workbook_says_what_is_hidden_from_its_reader(cast: Cast, signed_in: SignedIn) -> None:
    goal = won_value(cast)
    book = openpyxl.load_workbook(io.BytesIO(file(signed_in(cast.bjorn), goal, "xlsx")[0]))
    [_head, [told, *_nothing]] = book.worksheets[1].iter_rows(values_only=True)
    assert told == ("2 deals hidden from you, worth €17,500.50, count in the result and are not listed.")


def test_a_goal_that_has_not_begun_is_a_workbook_of_its_periods(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 31))
    book = openpyxl.load_workbook(io.BytesIO(file(signed_in(cast.astrid), goal, "xlsx")[0]))
    assert [sheet.title for sheet in book.worksheets] == ["Periods"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_on_paper_has_the_figures_of_the_page(
    cast: Cast, signed_in: SignedIn, language: str
) -> None:
    client = speaking(signed_in(cast.astrid), language)
    goal = won_value(cast)
    shown = page_figures(client.get(f"/goals/{goal.public_id}"))
    content, name = file(client, goal, "pdf")
    text = words(content)
    for line in shown:
        for figure in line[1:]:
            assert figure.replace("\u00a0", " ") in text
    heads = {
        "en": ["Nordic", "Cilla", "All pipelines", "Periods", "Pace, March", "Expected today"],
        "sv": ["Nordic", "Cilla", "Alla pipelines", "Perioder", "Takt, mars"],
    }
    for head in heads[language]:
        assert head in text
    assert pypdf.PdfReader(io.BytesIO(content)).metadata is not None
    assert name.endswith(".pdf")
    [page] = pypdf.PdfReader(io.BytesIO(content)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_stands_alone(cast: Cast, signed_in: SignedIn, language: str) -> None:
    client = speaking(signed_in(cast.astrid), language)
    goal = won_value(cast)
    svg, _name = file(client, goal, "svg")
    drawn = ET.fromstring(svg)
    texts = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    expected = {"Won value", "Jan", "Target reached", "Result", "Projection", "€0"}
    if language == "sv":
        expected = {"Won value", "Resultat", "Målvärdet uppnått"}
    assert expected <= texts
    assert not [
        element for element in drawn.iter() if element.tag.endswith(("script", "image", "foreignObject"))
    ]
    png, _name = file(client, goal, "png")
    width, height = png_size(png)
    assert 1500 < width < 2000
    assert 700 < height < 1000


def test_a_picture_is_light_unless_dark_is_asked_for(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = won_value(cast), signed_in(cast.astrid)
    for query, background in (("", "#ffffff"), ("?theme=dark", "#191a1d"), ("?theme=%22%3E", "#ffffff")):
        assert f'fill="{background}"' in file(client, goal, "svg", query)[0].decode()


def test_files_are_named_by_what_they_hold(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in(cast.astrid)
    dash = "\N{EN DASH}"
    goal = set_goal(cast, title="Deals won", assignee=person(cast.bjorn), ends_on=date(2026, 12, 31))
    assert file(client, goal, "xlsx")[1] == f"Deals won {dash} Björn {dash} 2026.xlsx"
    assert file(client, goal, "csv", "?from=2026-01-01&to=2026-02-28")[1].endswith(f"Jan {dash} Feb 2026.csv")
    named = set_goal(cast, title="Nordic: calls", assignee=Assignee(TEAM, cast.nordic.pk))
    assert file(client, named, "csv")[1].startswith(f"Nordic calls {dash} Jan")


def test_the_time_range_shown_is_what_is_exported(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = won_value(cast), signed_in(cast.astrid)
    page = client.get(f"/goals/{goal.public_id}?from=2026-02-01&to=2026-03-31")
    [link] = re.findall(r'href="([^"]+/export/csv\?[^"]*)"', html(page))
    response = client.get(link.replace("&amp;", "&"))
    assert isinstance(response, StreamingHttpResponse)
    read = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [row[0] for row in read[1:]] == ["February 2026", "March 2026"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_twelve_months_of_millions_stand_on_one_page_and_apart(
    cast: Cast, signed_in: SignedIn, language: str
) -> None:
    goal = set_goal(
        cast,
        title="Won value of the Nordic team in 2026",
        assignee=Assignee(TEAM, cast.nordic.pk),
        pipelines=frozenset({cast.pipeline.pk}),
        metric=Metric.SUM,
        currency="EUR",
        target=2_018_500_00,
        ends_on=date(2026, 12, 31),
    )
    for month in (1, 2, 3):
        add_won(cast, cast.cilla, date(2026, month, 3), value=1_962_453_45)
        add_won(cast, cast.cilla, date(2026, month, 4), value=5_00, currency="USD")
    content, _name = file(speaking(signed_in(cast.astrid), language), goal, "pdf")
    [page] = pypdf.PdfReader(io.BytesIO(content)).pages
    laid_out = re.sub("[\u00a0\u202f]", " ", page.extract_text(extraction_mode="layout"))
    for target, result in (("2.018.500", "1.962.453.45"), ("6.055.500", "5.887.360.35")):
        assert re.search(rf"{target}(?: €)?\s{{2,}}€?{result}(?: €)?\*", laid_out), laid_out


def test_counts_and_years_of_weeks_go_over_pages_with_their_header(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, interval=Interval.WEEKLY, starts_on=date(2024, 1, 1), ends_on=date(2026, 12, 31))
    content, _name = file(signed_in(cast.astrid), goal, "pdf", "?from=2024-01-01&to=2026-12-31")
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    assert len(pages) > 3
    assert all("Difference" in page and "Progress" in page for page in pages[1:])


def test_what_lacks_a_value_is_said_in_each_file(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = won_value(cast), signed_in(cast.astrid)
    add_won(cast, cast.cilla, date(2026, 1, 21), value=7_00, currency="SEK")
    assert "Without a value" in file(client, goal, "csv")[0].decode()
    note = "* The value of 1 deal cannot be counted: no exchange rate for SEK."
    assert note in words(file(client, goal, "pdf")[0])


HOSTILE = [
    '=HYPERLINK("http://evil.example")',
    '#import "@preview/x:1.0.0"; #panic("out") $x$ *b* ]',
    "</title><script>alert(1)</script><img src=http://127.0.0.1:9/x>",
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd مرحبا",
    "🏆 目標 " + "x" * 150,
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_name_is_shown_and_does_nothing(cast: Cast, signed_in: SignedIn, title: str) -> None:
    goal, client = won_value(cast), signed_in(cast.astrid)
    # Not through the action: what has got into the database another way must do nothing either.
    from goalpost.goals.models import Goal  # noqa: PLC0415

    Goal.objects.filter(pk=goal.id).update(title=title)
    svg = ET.fromstring(file(client, goal, "svg")[0])
    assert not [each for each in svg.iter() if each.tag.endswith(("script", "image"))]
    assert png_size(file(client, goal, "png")[0])
    pdf = words(file(client, goal, "pdf")[0])
    for word in re.findall(r"[a-z]{4,20}", title)[:3]:
        assert word in pdf.replace("\u200b", "")
    assert file(client, goal, "xlsx")[0].startswith(b"PK")


@pytest.mark.parametrize("file_format", FORMATS)
def test_who_may_not_see_a_goal_gets_no_file_of_it(cast: Cast, signed_in: SignedIn, file_format: str) -> None:
    goal, foreign = won_value(cast), won_value(make_company("Zyxomma"))
    deleted = f"/goals/{'0' * 32}/export/{file_format}"
    let_see(cast.david, company_statistics=False, other_users_statistics=False)
    assert signed_in(cast.david).get(f"/goals/{goal.public_id}/export/{file_format}").status_code == 404
    assert signed_in(cast.astrid).get(f"/goals/{foreign.public_id}/export/{file_format}").status_code == 404
    assert signed_in(cast.astrid).get(deleted).status_code == 404
    stranger = Client(SERVER_NAME="localhost").get(f"/goals/{goal.public_id}/export/{file_format}")
    assert stranger.status_code == HTTPStatus.FOUND
    assert signed_in(cast.bjorn).head(f"/goals/{goal.public_id}/export/csv").status_code == 200
    assert signed_in(cast.bjorn).post(f"/goals/{goal.public_id}/export/csv").status_code == 405


def test_who_may_not_take_files_away_is_told_and_sees_no_menu(cast: Cast, signed_in: SignedIn) -> None:
    goal, client = won_value(cast), signed_in(cast.bjorn)
    assert "data-export" in html(client.get(f"/goals/{goal.public_id}"))
    cast.bjorn.permission_set = PermissionSet.objects.create(
        company=cast.company, name="Looking only", exports=False
    )
    cast.bjorn.save()
    assert "data-export" not in html(client.get(f"/goals/{goal.public_id}"))
    for file_format in FORMATS:
        assert client.get(f"/goals/{goal.public_id}/export/{file_format}").status_code == 403


@pytest.mark.parametrize(
    ("refusal", "status", "says"),
    [
        (rendering.Busy, 503, "Busy with other exports"),
        (rendering.CannotRender, 500, "The file could not be made"),
    ],
)
def test_what_cannot_be_drawn_now_is_said_plainly(
    cast: Cast,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    refusal: type[Exception],
    status: int,
    says: str,
) -> None:
    def refuse(_job: object) -> bytes:
        raise refusal

    monkeypatch.setattr(rendering, "render", refuse)
    answer = signed_in(cast.astrid).get(f"/goals/{won_value(cast).public_id}/export/png?theme=dark")
    assert answer.status_code == status
    assert says in html(answer)
    assert "/export/png?theme=dark" in html(answer)
    assert ("Retry-After" in answer.headers) == (status == HTTPStatus.SERVICE_UNAVAILABLE)


@pytest.mark.parametrize("file_format", DRAWN)
@pytest.mark.parametrize("measure", [Measure.DEALS_STARTED, Measure.REVENUE_FORECAST])
def test_goals_of_other_kinds_are_drawn_too(
    cast: Cast, signed_in: SignedIn, measure: Measure, file_format: str
) -> None:
    is_forecast = measure is Measure.REVENUE_FORECAST
    goal = set_goal(
        cast,
        measure=measure,
        metric=Metric.SUM if is_forecast else Metric.QUANTITY,
        currency="EUR" if is_forecast else "",
    )
    add_deal(cast, cast.cilla, date(2026, 3, 3), value=100, expected=date(2026, 4, 1))
    assert len(file(signed_in(cast.astrid), goal, file_format)[0]) > 1000
