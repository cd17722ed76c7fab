"""A goal is taken along: each file had from the menu in a real browser, and the page on paper."""

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pypdf
import pytest
from playwright.sync_api import Page, expect

from goalpost.insights.export import rendering
from tests.e2e.conftest import SignIn, keep_picture
from tests.e2e.test_goal_journeys import chart_of, tell_a_year
from tests.people import Cast

pytestmark = pytest.mark.browser

LABELS = {
    "png": "PNG, chart only",
    "svg": "SVG, chart only",
    "pdf": "PDF, chart and table",
    "csv": "CSV, periods",
    "xlsx": "XLSX, periods and records",
}
LABELS_SV = {
    "png": "PNG, bara diagrammet",
    "svg": "SVG, bara diagrammet",
    "pdf": "PDF, diagram och tabell",
    "csv": "CSV, perioder",
    "xlsx": "XLSX, perioder och poster",
}


def exported(page: Page, label: str, folder: Path) -> Path:
    """Choose an entry of the menu; return the file that came, under the name it came with."""
    menu = page.locator("[data-export]")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    with page.expect_download() as coming:
        menu.get_by_role("menuitem", name=label).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def results_shown(page: Page) -> list[str]:
    """Return the results of the page's table, without signs of currency and grouping."""
    cells = page.locator("#periods tbody a.explain").all_inner_texts()
    return [re.sub(r"[^\d]", "", cell) for cell in cells]


def results_in(path: Path) -> list[str]:
    """Return the results in a file, as far as there are any."""
    if path.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))[1:]
        return [row[4].removesuffix(".00") for row in rows if row[4]]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [str(row[4]) for row in sheet.iter_rows(min_row=2, values_only=True) if row[4] is not None]


@pytest.mark.parametrize(
    ("language", "scripts", "labels"),
    [("", True, LABELS), ("sv", True, LABELS_SV), ("", False, LABELS)],
    ids=["english", "swedish", "without scripts"],
)
def test_each_file_comes_and_has_the_figures_of_the_page(
    cast: Cast, sign_in: SignIn, tmp_path: Path, language: str, labels: dict[str, str], *, scripts: bool
) -> None:
    address = tell_a_year(cast)
    page = sign_in(cast.astrid, language=language, scripts=scripts)
    page.goto(address)
    if scripts:
        chart_of(page)
        page.locator("[data-export] summary").click()
        keep_picture(page, f"export-{language or 'en'}")
    shown = results_shown(page)
    assert len(shown) > 0
    for ending, label in labels.items():
        path = exported(page, label, tmp_path)
        assert path.name.startswith("Nordic won value \N{EN DASH} ")
        assert path.suffix == f".{ending}"
        if ending in {"csv", "xlsx"}:
            assert results_in(path) == shown
    [pdf] = tmp_path.glob("*.pdf")
    figures = re.sub(r"[^\d\n]", "", "\n".join(each.extract_text() for each in pypdf.PdfReader(pdf).pages))
    assert all(result in figures for result in shown)
    [svg] = tmp_path.glob("*.svg")
    assert ET.parse(svg).getroot().tag.endswith("svg")
    [png] = tmp_path.glob("*.png")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_the_button_is_busy_until_the_file_comes_and_says_when_it_does_not(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_job: object) -> bytes:
        raise rendering.Busy

    page = sign_in(cast.astrid)
    page.goto(tell_a_year(cast))
    chart_of(page)
    button = page.locator("[data-export] summary")
    button.press("Enter")
    expect(page.get_by_role("menuitem", name="PNG, chart only")).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-busy", "true")
        expect(button).to_be_focused()
    expect(button).not_to_have_attribute("aria-busy", "true")
    monkeypatch.setattr(rendering, "render", refuse)
    button.click()
    page.get_by_role("menuitem", name="SVG, chart only").click()
    expect(page.locator(".toast")).to_contain_text("Busy with other exports")
    expect(button).not_to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_the_page_on_paper_is_light_and_has_all_but_the_controls(
    cast: Cast, sign_in: SignIn, *, is_dark: bool
) -> None:
    page = sign_in(cast.astrid, is_dark=is_dark)
    page.goto(tell_a_year(cast))
    chart_of(page)
    if is_dark:
        page.locator(".chartbox__paper svg").wait_for(state="attached")
    page.emulate_media(media="print")
    for gone in (".rail", ".panel", ".page__actions", ".card__tools"):
        for part in page.locator(gone).all():
            expect(part).to_be_hidden()
    for there in ("h1", "#goal-details", "#chart", "#pace", "#periods"):
        expect(page.locator(there).first).to_be_visible()
    drawn = page.locator(".chartbox__paper svg" if is_dark else ".chartbox__drawing svg")
    expect(drawn).to_be_visible()
    colours = drawn.evaluate(
        "svg => [...svg.querySelectorAll('.mark-rect path')].map(p => p.getAttribute('fill'))"
    )
    assert "#4a5ad4" in colours
    assert "#7684f0" not in colours
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = "\n".join(each.extract_text() for each in paper.pages)
    assert "Nordic won value" in text
    assert text.index("Pace") < text.index("Good to know")
    keep_picture(page, f"paper-{'dark' if is_dark else 'light'}", whole=True)
