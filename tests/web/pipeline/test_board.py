"""The board of a pipeline: sums of all deals, cards, filters, rights, moves with undo, goals of stages."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from goalpost.crm.actions import deals
from goalpost.crm.models import Deal, SavedFilter, Stage, StageMove
from goalpost.crm.verify import differences
from goalpost.domain.measures import Measure
from goalpost.domain.permissions import Assignee, AssigneeKind
from tests.crm.records import LATER, add_activity, add_deal, days
from tests.goals.builders import person, set_goal
from tests.people import NOW, Cast, let_see
from tests.web.conftest import SignedIn
from tests.web.looking import element, html, text

pytestmark = pytest.mark.django_db

BOARD = "/pipeline"


def move(
    browser: Client, deal: Deal, to: str, *, seen: str = "", by_script: bool = False, **more: str
) -> HttpResponse:
    """Send the form of a move with the moment that the stored deal has, or another; return the answer."""
    values = {"to": to, "seen": seen or Deal.objects.get(pk=deal.pk).updated_at.isoformat(), **more}
    headers = {"HX-Request": "true"} if by_script else {}
    answer = browser.post(f"{BOARD}/deals/{deal.pk}/move", values, headers=headers)
    assert isinstance(answer, HttpResponse)
    return answer


def undo(browser: Client) -> None:
    """Press the Undo of the toast on the board."""
    found = re.search(r'action="(/pipeline/deals/\d+/undo\?[^"]+)"', html(browser.get(BOARD)))
    assert found is not None
    browser.post(unescape(found[1]))


def test_columns_sum_all_their_deals_not_the_cards_that_are_shown(cast: Cast, signed_in: SignedIn) -> None:
    first = cast.stages[0]
    Stage.objects.filter(pk=first.pk).update(probability=40)
    for number in range(25):
        add_deal(cast, title=f"Deal {number}")
    add_deal(cast, title="Sure", probability=90)
    page = signed_in(cast.astrid).get(BOARD)
    head = text(page, f"head-{first.pk}")
    assert "26" in head
    assert "€26,000" in head
    assert "weighted €10,900" in head, "25 at the stage's 40 %, one at its own 90 %"
    assert html(page).count('class="deal"') == 20
    assert "Show 6 more" in text(page)
    more = re.search(r'hx-get="(/pipeline/cards[^"]+)"', html(page))
    assert more is not None
    rest = html(signed_in(cast.astrid).get(unescape(more[1])))
    shown = set(re.findall(r'id="(deal-\d+)"', html(page))) | set(re.findall(r'id="(deal-\d+)"', rest))
    assert len(shown) == 26


def test_who_sees_only_own_records_gets_own_sums_and_is_told(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, title="Oars")
    add_deal(cast, title="Masts", owner_id=cast.david.pk)
    own = text(signed_in(cast.cilla).get(BOARD))
    assert "1 open deal, €1,000" in own
    assert "Masts" not in own
    assert "You see your own deals" in own
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    everybody = text(signed_in(cast.cilla).get(BOARD))
    assert "2 open deals, €2,000" in everybody
    assert "You see your own deals" not in everybody


def test_filters_in_the_address_choose_cards_and_sums_alike(cast: Cast, signed_in: SignedIn) -> None:
    add_deal(cast, title="Oars", organization="Rowers", expected_close_date=date(2026, 4, 1))
    add_deal(cast, title="Masts", owner_id=cast.david.pk, value=300_000)
    browser = signed_in(cast.astrid)
    for query, seen, total in (
        (f"owner=person-{cast.david.pk}", "Masts", "€3,000"),
        (f"owner=team-{cast.nordic.pk}", "Oars", "€1,000"),
        ("q=rowers", "Oars", "€1,000"),
        ("from=2026-04-01&to=2026-04-01", "Oars", "€1,000"),
    ):
        page = text(browser.get(f"{BOARD}?{query}"))
        assert f"1 open deal, {total}" in page, query
        assert seen in page, query
    assert "No deal matches" in text(browser.get(f"{BOARD}?to=2026-03-01"))
    assert "was not understood" in text(browser.get(f"{BOARD}?to=tomorrow"))


def test_a_foreign_pipeline_is_not_found(cast: Cast, signed_in: SignedIn) -> None:
    assert signed_in(cast.astrid).get(f"{BOARD}?pipeline={cast.pipeline.pk + 999}").status_code == 404


def test_cards_tell_days_in_stage_what_rots_what_is_overdue_and_what_is_next(
    cast: Cast, signed_in: SignedIn
) -> None:
    Stage.objects.filter(pk=cast.stages[0].pk).update(rotting_days=15)
    deal = add_deal(cast, expected_close_date=date(2026, 3, 17))
    add_activity(cast, subject="Later", deal_id=deal.pk, due_date=date(2026, 4, 1))
    add_activity(cast, subject="Ring back", deal_id=deal.pk, due_date=date(2026, 3, 17))
    card = text(signed_in(cast.astrid).get(BOARD), f"cards-{cast.stages[0].pk}")
    assert "Too long in its stage: 16 d" in card
    assert "Close date passed, 17 Mar" in card
    assert "Ring back Overdue: 17 Mar" in card
    assert "Later" not in card
    Stage.objects.filter(pk=cast.stages[0].pk).update(rotting_days=16)
    assert "Too long" not in text(signed_in(cast.astrid).get(BOARD))


def test_each_move_is_undone_as_if_it_had_not_been(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    deal = add_deal(cast, add_time=NOW - timedelta(days=30))
    progressed = days(cast, Measure.DEALS_PROGRESSED)
    browser = signed_in(cast.cilla)
    kept = ("stage_id", "status", "stage_change_time", "won_time", "lost_time", "lost_reason", "is_deleted")
    before = Deal.objects.values(*kept).get(pk=deal.pk)
    for to in (f"stage-{cast.stages[2].pk}", "won", "lost", "delete"):
        clock.shift(timedelta(minutes=1))
        assert move(browser, deal, to, other="Price").status_code == 302
        assert Deal.objects.values(*kept).get(pk=deal.pk) != before, to
        clock.shift(timedelta(minutes=1))
        undo(browser)
        assert Deal.objects.values(*kept).get(pk=deal.pk) == before, to
        assert days(cast, Measure.DEALS_PROGRESSED) == progressed, to
    assert StageMove.objects.filter(deal_id=deal.pk).count() == 1
    assert list(differences(cast.company_id)) == []


def test_the_second_of_two_is_told_and_overwrites_nothing(
    cast: Cast, signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    deal = add_deal(cast)
    seen = deal.updated_at.isoformat()
    deals.move_deal(actor=cast.as_astrid, deal_id=deal.pk, stage_id=cast.stages[1].pk, now=LATER)
    browser = signed_in(cast.cilla)
    answer = move(browser, deal, f"stage-{cast.stages[2].pk}", seen=seen, by_script=True)
    assert answer.status_code == 409
    assert "nothing was overwritten" in text(answer)
    assert f'hx-swap-oob="afterbegin:#cards-{cast.stages[1].pk}"' in html(answer), "it is shown where it is"
    assert Deal.objects.get(pk=deal.pk).stage_id == cast.stages[1].pk
    move(browser, deal, "won")
    deals.change_deal(actor=cast.as_astrid, deal_id=deal.pk, now=LATER + timedelta(days=90), title="Masts")
    clock.shift(timedelta(minutes=1))
    undo(browser)
    assert Deal.objects.get(pk=deal.pk).status == "won", "an undo overwrites nothing either"


def test_a_lost_deal_needs_a_reason(cast: Cast, signed_in: SignedIn) -> None:
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)
    assert move(browser, deal, "lost").status_code == 422
    assert move(browser, deal, "lost", reason="Price").status_code == 302
    assert Deal.objects.get(pk=deal.pk).lost_reason == "Price"


def test_only_who_may_change_a_deal_moves_it(cast: Cast, signed_in: SignedIn) -> None:
    deal = add_deal(cast)
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    browser = signed_in(cast.david)
    assert "draggable" not in element(browser.get(BOARD), "board")
    assert move(browser, deal, "won").status_code == 403
    let_see(cast.david, company_statistics=False, other_users_statistics=False)
    assert move(signed_in(cast.david), deal, "won").status_code == 404
    assert Deal.objects.get(pk=deal.pk).status == "open"


def test_a_move_answers_with_the_card_the_sums_and_the_meter_of_the_stages_goal(
    cast: Cast, signed_in: SignedIn
) -> None:
    stage = cast.stages[1]
    company = Assignee(AssigneeKind.COMPANY, cast.company_id)
    for title, assignee in (("Company to the stage", company), ("Cilla to the stage", person(cast.cilla))):
        set_goal(
            cast,
            title=title,
            assignee=assignee,
            measure=Measure.DEALS_PROGRESSED,
            stage_id=stage.pk,
            target=4,
        )
    deal = add_deal(cast)
    browser = signed_in(cast.cilla)
    before = text(browser.get(BOARD), f"head-{stage.pk}")
    assert "Cilla to the stage 0 of 4" in before
    assert "Company to the stage" not in before, "she may not see it"
    answer = move(browser, deal, f"stage-{stage.pk}", by_script=True)
    after = text(answer, f"head-{stage.pk}")
    assert "Cilla to the stage 1 of 4" in after
    assert "€1,000" in after
    assert f'id="deal-{deal.pk}" hx-swap-oob="delete"' in html(answer)
    admin = element(signed_in(cast.astrid).get(BOARD), f"head-{stage.pk}")
    assert (
        admin.index("Cilla to the stage") < admin.index("1 more goal") < admin.index("Company to the stage")
    )


def test_the_board_takes_as_many_queries_for_many_deals_as_for_few(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    add_deal(cast, probability=10)
    browser.get(BOARD)
    counts = []
    for how_many in (1, 45):
        for number in range(how_many):
            add_deal(cast, title=f"Deal {number}", probability=number)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(BOARD).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 35


def test_filters_are_saved_by_name_for_oneself_and_deleted(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.cilla)
    sent = {"place": "pipeline", "name": "Rowers", "query": "q=rowers"}
    assert browser.post("/filters/save", sent).url == "/pipeline?q=rowers"  # type: ignore[attr-defined]
    browser.post("/filters/save", {**sent, "query": "q=boats"})
    page = html(browser.get(BOARD))
    assert 'href="/pipeline?q=boats"' in page, "a name saved again takes the new filters"
    assert "q=rowers" not in page
    assert 'href="/pipeline?q=boats"' not in html(signed_in(cast.astrid).get(BOARD))
    [saved] = SavedFilter.objects.all()
    assert signed_in(cast.astrid).post(f"/filters/{saved.pk}/delete").status_code == 404
    assert browser.post(f"/filters/{saved.pk}/delete").status_code == 302
    assert not SavedFilter.objects.exists()
