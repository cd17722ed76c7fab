"""Period targets typed into the form when frequency or duration change, and what the preview says."""

from datetime import date

import pytest

from goalpost.goals.models import Goal
from goalpost.goals.queries import goal_seen_by
from tests.goals.builders import set_goal
from tests.people import Cast
from tests.web.conftest import SignedIn
from tests.web.goals.test_goal_form import HTMX, typed
from tests.web.looking import html, rows, text, value_of

HELD = {
    "is_seasonal": "on",
    "periods_of": "monthly 2026-03-01 2026-05-31",
    "period-2026-03-01": "100",
    "period-2026-04-01": "200",
    "period-2026-05-01": "300",
}


def seasonal(cast: Cast, **changes: str) -> dict[str, str]:
    return typed(cast, **(HELD | changes))


@pytest.mark.parametrize(
    "change",
    [{"interval": "quarterly"}, {"ends_on": "2026-04-30"}, {"ends_on": ""}, {"starts_on": "2026-04-01"}],
)
@pytest.mark.parametrize("address", ["/goals/new", "/goals/preview"])
def test_no_typed_target_is_dropped_unasked(
    cast: Cast, signed_in: SignedIn, change: dict[str, str], address: str
) -> None:
    shown = signed_in(cast.astrid).post(address, seasonal(cast, **change), headers=HTMX)
    assert "no longer" in text(shown)
    assert [value_of(shown, f"period-2026-0{at}-01") for at in (3, 4, 5)] == ["100", "200", "300"]
    assert value_of(shown, "periods_of") == HELD["periods_of"]
    assert not Goal.objects.exists()


def test_what_would_be_dropped_is_named_and_what_fits_is_not(cast: Cast, signed_in: SignedIn) -> None:
    shown = signed_in(cast.astrid).post("/goals/new", seasonal(cast, ends_on="2026-04-30"))
    assert "1 target no longer has a period. May 2026: 300. What still fits is kept." in text(shown)
    assert "Keep them: monthly, 1 Mar" in text(shown)


def test_targets_agreed_to_be_dropped_go_and_the_others_stay(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast, ends_on="2026-04-30", drops="monthly 2026-03-01 2026-04-30")
    shown = signed_in(cast.astrid).post("/goals/new", data)
    assert [value_of(shown, f"period-2026-0{at}-01") for at in (3, 4)] == ["100", "200"]
    assert "period-2026-05-01" not in html(shown)
    assert value_of(shown, "periods_of") == "monthly 2026-03-01 2026-04-30"


def test_agreeing_to_one_change_does_not_agree_to_another(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast, interval="yearly", drops="monthly 2026-03-01 2026-04-30")
    shown = signed_in(cast.astrid).post("/goals/new", data)
    assert "3 targets no longer have a period" in text(shown)


def test_keeping_them_brings_back_the_frequency_and_the_dates(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast, interval="yearly", ends_on="", keep="1")
    for address in ("/goals/new", "/goals/preview"):
        shown = signed_in(cast.astrid).post(address, data, headers=HTMX)
        assert 'value="monthly" checked' in html(shown)
        assert value_of(shown, "ends_on") == "2026-05-31"
        assert "no longer" not in text(shown)
        assert value_of(shown, "period-2026-05-01") == "300"


def test_a_longer_goal_keeps_all_and_begins_new_periods_with_the_target(
    cast: Cast, signed_in: SignedIn
) -> None:
    data = seasonal(cast, starts_on="2026-03-15", ends_on="2026-06-30")
    shown = signed_in(cast.astrid).post("/goals/preview", data, headers=HTMX)
    assert value_of(shown, "period-2026-03-15") == "100"
    assert [value_of(shown, f"period-2026-0{at}-01") for at in (4, 5, 6)] == ["200", "300", "1,500.50"]


@pytest.mark.parametrize("change", [{"starts_on": ""}, {"ends_on": "0002-05-31"}, {"ends_on": "31/5"}])
def test_dates_half_typed_change_no_period(cast: Cast, signed_in: SignedIn, change: dict[str, str]) -> None:
    shown = signed_in(cast.astrid).post("/goals/preview", seasonal(cast, **change, drawn="x"), headers=HTMX)
    assert "no longer" not in text(shown)
    assert value_of(shown, "period-2026-05-01") == "300"


def test_targets_are_kept_aside_while_the_box_is_not_ticked(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast)
    del data["is_seasonal"]
    shown = signed_in(cast.astrid).post("/goals/preview", data | {"drawn": "x"}, headers=HTMX)
    assert value_of(shown, "period-2026-04-01") == "200"
    assert "Tick to keep them." in text(shown)


def test_editing_a_seasonal_goal_asks_before_it_drops_a_target(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, period_targets={date(2026, at, 1): at * 10 for at in range(1, 7)})
    browser = signed_in(cast.astrid)
    shown = browser.get(f"/goals/{goal.public_id}/edit")
    assert value_of(shown, "periods_of") == "monthly 2026-01-01 2026-06-30"
    data = {name: value_of(shown, name) for name in ("version", "title", "starts_on", "target", "periods_of")}
    data |= {f"period-2026-0{at}-01": str(at * 10) for at in range(1, 7)}
    data |= {"assignee_kind": "company", "interval": "monthly", "metric": "quantity", "is_seasonal": "on"}
    asked = browser.post(f"/goals/{goal.public_id}/edit", data | {"ends_on": "2026-04-30"})
    assert "2 targets no longer have a period" in text(asked)
    assert goal_seen_by(cast.as_astrid, goal.public_id).terms == goal.terms


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "17o,000"}, "The target is not a valid number yet. Enter a number such as 12,500."),
        ({"target": "17o,000"}, "not a number yet"),
        ({"target": ""}, "none yet"),
        (HELD | {"period-2026-04-01": "x"}, "1 target is not a valid number yet."),
        (HELD | {"period-2026-04-01": "x"}, "Total of the targets entered so far €400"),
        (HELD | {"fill_total": "1,000"}, "Left of the total to spread €400"),
        ({"ends_on": "2026-02-01"}, "The end must not come before the start."),
        ({"ends_on": "", "target": "100"}, "Target in a year €1,200"),
    ],
)
def test_the_preview_tells_the_truth_of_the_form(
    cast: Cast, signed_in: SignedIn, changes: dict[str, str], words: str
) -> None:
    shown = text(signed_in(cast.astrid).post("/goals/preview", typed(cast, **changes), headers=HTMX))
    assert words in shown
    assert "€0" not in shown


def test_a_name_that_another_goal_has_is_hinted_at(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Deals won")
    browser = signed_in(cast.astrid)
    taken = browser.post("/goals/preview", typed(cast, title="deals won"), headers=HTMX)
    assert "Another goal already has this name." in text(taken)
    free = browser.post("/goals/preview", typed(cast, title="Deals won 2"), headers=HTMX)
    assert "Another goal already has this name." not in text(free)
    unseen = signed_in(cast.cilla).post("/goals/preview", typed(cast, title="Deals won"), headers=HTMX)
    assert "Another goal already has this name." not in text(unseen)


def test_the_preview_counts_the_targets_that_the_errors_do_not_name(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast, **{"period-2026-04-01": "x", "period-2026-05-01": ""})
    refused = signed_in(cast.astrid).post("/goals/new", data)
    assert "2 things to fix" in text(refused)
    assert "With a target 1 of 3" in text(refused)


def test_the_errors_follow_what_is_typed_once_they_were_shown(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    wrong = typed(cast, title="", target="")
    refused = browser.post("/goals/new", wrong, headers=HTMX)
    assert value_of(refused, "shows_faults") == "1"
    better = wrong | {"shows_faults": "1", "target": "500"}
    told = browser.post("/goals/preview", better, headers=HTMX)
    assert "1 thing to fix before this goal can be created Give the goal a name." in text(told)
    right = browser.post("/goals/preview", better | {"title": "Spring"}, headers=HTMX)
    assert 'id="goal-faults" hx-swap-oob="true"' in html(right)
    assert "to fix" not in text(right)
    unasked = browser.post("/goals/preview", wrong, headers=HTMX)
    assert "goal-faults" not in html(unasked)


def test_a_closed_month_has_no_target_and_is_never_missed(cast: Cast, signed_in: SignedIn) -> None:
    data = seasonal(cast, starts_on="2026-01-01", periods_of="", ends_on="2026-03-31", target="")
    months = {"period-2026-01-01": "100", "period-2026-02-01": "0", "period-2026-03-01": "300"}
    browser = signed_in(cast.astrid)
    answer = browser.post("/goals/new", data | months)
    address = answer.headers["Location"]
    page = browser.get(address)
    february = [row for row in rows(page, "periods") if "February" in " ".join(row)]
    assert february == [["February 2026", "No target", "€0", "€0", "", "\u2013", "No target"]]
    terms = goal_seen_by(cast.as_astrid, Goal.objects.get().public_id).terms
    assert terms.period_targets[date(2026, 2, 1)] == 0
    assert terms.target == 100_00


def test_a_season_of_nothing_but_closed_months_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    months = {f"period-2026-0{at}-01": "0" for at in (3, 4, 5)}
    refused = signed_in(cast.astrid).post("/goals/new", seasonal(cast, target="", **months))
    assert "At least one period needs a target above zero." in text(refused)
    assert not Goal.objects.exists()
