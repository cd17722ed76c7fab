"""The list of deals: its order, filters, columns, sums and files; and changing many deals at once."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import FileResponse, HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.crm import deal_lists
from goalpost.crm.actions import deals
from goalpost.crm.deal_lists import DealFilter, DealOrder, DealSorting, deals_seen_by
from goalpost.crm.models import Deal
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure
from tests.crm.records import LATER, add_activity, add_deal
from tests.goals.builders import person, set_goal
from tests.people import Cast, let_see
from tests.web.conftest import LOOKED_AT, SignedIn
from tests.web.looking import html, text

pytestmark = pytest.mark.django_db

TODAY = LOOKED_AT.date()


def content(answer: HttpResponseBase) -> bytes:
    """Return the file, and close it."""
    assert isinstance(answer, FileResponse)
    return answer.getvalue()


def several(cast: Cast) -> None:
    """Add deals that differ, and agree, in everything that a list is sorted by."""
    closes = (date(2026, 4, 1), None, date(2026, 3, 1), date(2026, 4, 1), None, date(2026, 5, 1), None)
    for number, day in enumerate(closes):
        deal = add_deal(
            cast,
            title=f"Deal {number % 3}",
            stage=number % 3,
            value=1000 * (number % 4),
            currency=("EUR", "SEK")[number % 2],
            owner_id=cast.people[number % 4].pk,
            expected_close_date=day,
        )
        if number % 3 == 0:
            now = LATER + timedelta(days=number)
            deals.move_deal(actor=cast.as_astrid, deal_id=deal.pk, stage_id=cast.stages[3].pk, now=now)


@pytest.mark.parametrize("descends", [False, True])
@pytest.mark.parametrize("order", DealOrder)
def test_the_pages_of_every_order_tile_the_whole(cast: Cast, order: DealOrder, descends: bool) -> None:  # noqa: FBT001
    several(cast)
    asked = (cast.as_astrid, cast.company, DealFilter(), DealSorting(order, is_descending=descends))
    whole = deals_seen_by(*asked, today=TODAY, limit=100).lines
    assert len(whole) == 7
    paged: list[int] = []
    after: int | None = None
    while True:
        page = deals_seen_by(*asked, today=TODAY, after=after, limit=2)
        paged += [line.id for line in page.lines]
        after = page.next
        if after is None:
            break
    assert paged == [line.id for line in whole]
    shown: dict[DealOrder, list[tuple[int | str, ...]]] = {
        DealOrder.TITLE: [(line.title,) for line in whole],
        DealOrder.CLOSE: [
            (line.expected_close_date.toordinal(),) for line in whole if line.expected_close_date
        ],
        DealOrder.SINCE: [(line.days or 0,) for line in whole],
        DealOrder.VALUE: [(line.value.currency, line.value.minor) for line in whole],
    }
    if order in shown:
        assert shown[order] == sorted(shown[order], reverse=descends)
    if order is DealOrder.CLOSE:
        assert [line.expected_close_date for line in whole][-3:] == [None] * 3, "unknown days come last"


def test_sums_are_of_all_that_match_and_say_what_they_lack(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, value=100_000, probability=50, expected_close_date=date(2026, 4, 1))
    add_deal(cast, value=50_000)
    add_deal(cast, value=70_000, currency="SEK")
    page = text(signed_in(cast.astrid).get("/deals"), "deal-list")
    assert "3 deals" in page
    assert "€1,500 value" in page
    assert "€500 weighted" in page
    assert "1 deal has no known value in the company’s currency" in page
    assert "Exchange rate missing: SEK." in page
    assert "2 open deals have no close date" in page


def test_above_a_limit_deals_are_counted_no_further(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deal_lists, "MOST_SUMMED", 2)
    for _ in range(3):
        add_deal(cast)
    page = text(signed_in(cast.astrid).get("/deals"), "deal-list")
    assert "More than" in page
    assert "value" not in page.partition("Deal ")[0]


def test_filters_choose_and_columns_show(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, title="Oars", organization="Vik AB", expected_close_date=date(2026, 3, 1))
    planned = add_deal(cast, title="Masts", stage=1, expected_close_date=date(2026, 3, 30))
    add_activity(cast, deal_id=planned.pk, subject="Ring Vik", due_date=date(2026, 3, 2))
    add_deal(cast, title="Keels", owner_id=cast.david.pk)
    browser = signed_in(cast.astrid)
    titles = ("Oars", "Masts", "Keels")

    def found(query: str) -> list[str]:
        page = text(browser.get(f"/deals?{query}"), "deal-list")
        return [title for title in titles if title in page]

    assert found("") == ["Oars", "Masts", "Keels"]
    assert found(f"owner=person-{cast.cilla.pk}") == ["Oars", "Masts"]
    assert found(f"owner=team-{cast.baltic.pk}") == ["Keels"]
    assert found("owner=me") == []
    assert found(f"place=s{cast.stages[1].pk}") == ["Masts"]
    assert found(f"place=p{cast.pipeline.pk}") == ["Oars", "Masts", "Keels"]
    assert found("close=overdue") == ["Oars"]
    assert found("close=month") == ["Oars", "Masts"]
    assert found("close=none") == ["Keels"]
    assert found("activity=none") == ["Oars", "Keels"]
    assert found("q=vik") == ["Oars"]
    page = text(browser.get("/deals?columns=customer&columns=value"), "deal-list")
    assert "Vik AB" in page
    assert "Ring Vik" not in page
    assert "Ring Vik, 2 Mar (overdue)" in text(browser.get("/deals"), "deal-list")


def test_the_file_holds_what_the_list_does(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, title="Oars", value=123_450)
    add_deal(cast, title="Masts", owner_id=cast.david.pk)
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True, other_users_records=False)
    answer = content(signed_in(cast.cilla).get("/deals.csv?sort=title"))
    [row] = csv.DictReader(io.StringIO(answer.decode("utf-8-sig")))
    assert (row["Deal"], row["Own value"], row["Own currency"]) == ("Oars", "1234.50", "EUR")
    assert content(signed_in(cast.astrid).get("/deals.xlsx"))[:2] == b"PK"


def test_the_list_takes_as_many_queries_with_many_deals_as_with_few(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)

    def cost() -> int:
        browser.get("/deals")
        with CaptureQueriesContext(connection) as asked:
            browser.get("/deals")
        return len(asked)

    add_deal(cast, expected_close_date=date(2026, 4, 1))
    few = cost()
    for _ in range(30):
        add_activity(cast, deal_id=add_deal(cast).pk)
    assert cost() == few


def send(browser: Client, chosen: list[Deal], what: str, **values: str) -> str:
    """Ask for a change of many deals, and return the page with what it moves."""
    sent = {"what": what, "deal": [deal.pk for deal in chosen], "here": "/deals?q=Oars", **values}
    return html(browser.post("/deals/bulk", sent))


def mark_in(page: str) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page)
    assert found is not None, page
    return found[1]


def undo_in(browser: Client) -> str:
    found = re.search(r'action="(/deals/bulk/undo\?key=\w+)"', html(browser.get("/deals")))
    assert found is not None
    return found[1]


def test_a_preview_says_what_moves_and_keeps_nothing(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Cilla’s wins", assignee=person(cast.cilla), measure=Measure.DEALS_WON)
    set_goal(cast, title="David’s wins", assignee=person(cast.david), measure=Measure.DEALS_WON)
    chosen = [add_deal(cast), add_deal(cast)]
    page = send(signed_in(cast.astrid), chosen, "win")
    assert "Mark 2 deals as won" in page
    assert "Cilla’s wins" in page
    assert "David’s wins" not in page
    assert set(Deal.objects.values_list("status", flat=True)) == {"open"}
    assert list(differences(cast.company_id)) == []


@pytest.mark.parametrize(
    ("what", "columns"),
    [
        ("win", ("status", "won_time")),
        ("lose", ("status", "lost_reason")),
        ("delete", ("is_deleted",)),
        ("close", ("expected_close_date",)),
        ("owner", ("owner_id",)),
        ("move", ("stage_id",)),
    ],
)
def test_every_change_is_made_to_all_and_undone(
    cast: Cast,
    signed_in: SignedIn,
    clock: time_machine.Traveller,
    what: str,
    columns: tuple[str, ...],
) -> None:
    values = {
        "lose": "Price",
        "close": "2026-06-01",
        "owner": str(cast.david.pk),
        "move": str(cast.stages[2].pk),
    }

    def stored() -> list[tuple[object, ...]]:
        return list(Deal.objects.order_by("pk").values_list(*columns))

    chosen = [add_deal(cast), add_deal(cast)]
    browser = signed_in(cast.astrid)
    value, before = values.get(what, ""), stored()
    mark = mark_in(send(browser, chosen, what, value=value))
    sent = {"what": what, "deal": [deal.pk for deal in chosen], "here": "/deals?q=Oars", "value": value}
    assert browser.post("/deals/bulk", {**sent, "mark": mark}).headers["Location"] == "/deals?q=Oars"
    changed = stored()
    assert changed[0] == changed[1]
    assert not set(changed) & set(before)
    clock.shift(timedelta(seconds=5))
    browser.post(undo_in(browser))
    assert stored() == before
    assert list(differences(cast.company_id)) == []


def test_what_moved_meanwhile_is_shown_again_instead_of_saved(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, assignee=person(cast.cilla), measure=Measure.DEALS_WON)
    chosen, other = [add_deal(cast)], add_deal(cast)
    browser = signed_in(cast.astrid)
    mark = mark_in(send(browser, chosen, "win"))
    deals.win_deal(actor=cast.as_cilla, deal_id=other.pk, now=LATER)
    answer = browser.post("/deals/bulk", {"what": "win", "deal": [chosen[0].pk], "mark": mark})
    assert answer.status_code == 409
    assert "Nothing was saved" in text(answer)
    assert Deal.objects.get(pk=chosen[0].pk).status == "open"
    assert mark_in(html(answer)) != mark


def test_an_undo_of_what_was_changed_since_undoes_nothing(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    chosen = [add_deal(cast), add_deal(cast)]
    browser = signed_in(cast.astrid)
    mark = mark_in(send(browser, chosen, "win"))
    browser.post("/deals/bulk", {"what": "win", "deal": [deal.pk for deal in chosen], "mark": mark})
    undo = undo_in(browser)
    clock.shift(timedelta(minutes=1))
    deals.change_deal(actor=cast.as_astrid, deal_id=chosen[1].pk, now=LATER + timedelta(days=30), title="New")
    browser.post(undo)
    assert set(Deal.objects.values_list("status", flat=True)) == {"won"}
    assert "nothing was undone" in text(browser.get("/deals"))


def test_deals_one_may_only_read_are_named_and_left_out(cast: Cast, signed_in: SignedIn) -> None:
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    own, other = add_deal(cast, title="Own"), add_deal(cast, title="Other", owner_id=cast.david.pk)
    browser = signed_in(cast.cilla)
    page = send(browser, [own, other], "win")
    assert "Mark 1 deal as won" in page
    assert "1 of the selected deals stays as it is" in page
    assert f'name="deal" value="{other.pk}"' not in page
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True, other_users_records=False)
    assert "Other" not in send(browser, [own, other], "win")


def test_none_chosen_is_told(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    browser.post("/deals/bulk", {"what": "win"})
    assert "Select the deals to change first." in text(browser.get("/deals"))


def test_a_deal_without_a_close_date_is_not_told_to_close_today(cast: Cast, signed_in: SignedIn) -> None:
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)
    assert "18 Mar" not in text(browser.get("/deals"), "deal-list")
    assert "18 Mar" not in text(browser.get(f"/deals/{deal.pk}"), "deal-details")
