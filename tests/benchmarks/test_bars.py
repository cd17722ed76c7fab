"""`make bench` compares with yardsticks that do what they say, and judges by them."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from benchmarks import edits, pages
from benchmarks.company import Imported, found
from benchmarks.edits import one_edit
from benchmarks.figures import Figure, Unit
from benchmarks.plain_load import seconds_to_load
from benchmarks.yardstick_page import ROWS, yardstick_page
from goalpost.companies.actions import add_user
from goalpost.companies.models import Company, User
from goalpost.crm.actions.deals import create_deal, move_deal
from goalpost.crm.models import Deal, Stage, StageMove
from goalpost.crm.verify import differences
from tests.crm.records import LATER
from tests.people import NOW

PEOPLE = ("Björn", "Cilla")
DEALS = ROWS + 5


@pytest.fixture
def company(db: None) -> Imported:
    """Return a company with two people's deals, as if they had come from a file."""
    made = Imported(found("for a test"), DEALS, 1, 1, 1)
    owners = [add_user(actor=made.actor, name=name, now=NOW).pk for name in PEOPLE]
    first, *_, last = Stage.objects.filter(company=made.company).order_by("position")
    for number in range(DEALS):
        deal = create_deal(
            actor=made.actor,
            stage_id=first.pk,
            now=NOW,
            title=f"Deal {number}",
            owner_id=owners[number % 2],
            value=number,
            currency="EUR",
        )
    move_deal(actor=made.actor, deal_id=deal.pk, stage_id=last.pk, now=LATER)
    return made


def an_edit(milliseconds: float, *, saves: float | None) -> Figure:
    return Figure("d", "an edit", milliseconds, Unit.MILLISECONDS, at_most=5, ratio=saves)


def test_a_bar_is_so_many_yardsticks_on_a_machine_of_any_speed() -> None:
    assert an_edit(40, saves=5).passes
    assert not an_edit(4, saves=5.1).passes
    assert (str(an_edit(40, saves=5)), an_edit(40, saves=5).bar) == ("40.00 ms, × 5.00", "≤ × 5.00")  # noqa: RUF001


def test_a_bar_without_a_yardstick_is_absolute() -> None:
    assert not an_edit(40, saves=None).passes
    assert an_edit(40, saves=None).bar == "≤ 5.00 ms"


def records_of(company: Company) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return a company's deals and stage moves, without what says whose they are."""
    own = {"id", "company", "owner", "pipeline", "stage", "deal"}
    fields = [field.name for field in Deal._meta.concrete_fields if field.name not in own]
    deals = Deal.objects.filter(company=company).order_by("id")
    moves = StageMove.objects.filter(company=company).order_by("id")
    return (
        list(deals.values_list(*fields, "owner__name", "pipeline__name", "stage__name")),
        list(moves.values_list("deal__title", "stage__name", "moved_at")),
    )


def test_the_plain_load_writes_the_rows_that_an_import_writes(company: Imported) -> None:
    assert seconds_to_load(company.company) > 0
    copy = Company.objects.latest("id")
    assert copy != company.company
    assert records_of(copy) == records_of(company.company)
    assert Deal.objects.filter(company=copy).count() == DEALS


def test_ids_go_on_after_a_plain_load(company: Imported) -> None:
    seconds_to_load(company.company)
    stage = Stage.objects.filter(company=company.company).earliest("position")
    create_deal(actor=company.actor, stage_id=stage.pk, now=NOW, title="One more", currency="EUR")


def test_edits_and_plain_saves_by_turns_leave_records_and_ledger_the_same(
    company: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edits, "_EDITS", 20)
    one_edit(company)
    # A plain save is none of the product's, and leaves a deal's seal as it was.
    assert [line for line in differences(company.company.pk) if "was altered" not in line] == []


def test_the_yardstick_page_has_50_rows_and_asks_5_queries(company: Imported, rf: RequestFactory) -> None:
    request = rf.get("/yardstick")
    request.user = User.objects.get(pk=company.admin.pk)
    with CaptureQueriesContext(connection) as asked:
        page = yardstick_page(request).content.decode()
    assert (page.count("<tr"), len(asked)) == (50, 5)


def test_every_page_measured_answers_and_is_compared_with_one_of_them(
    company: Imported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_ROUNDS", 1)
    monkeypatch.setattr(pages, "_GOALS", 5)
    figures = pages.pages_and_api(company)
    assert len(figures) == len(pages.PAGES)
    assert figures[0].ratio == 1
