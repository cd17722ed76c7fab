"""The list of goals: who sees which, how they stand, what narrows them down."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goalpost.domain.calendar import Interval
from goalpost.domain.measures import Measure, Metric
from goalpost.domain.permissions import Assignee
from goalpost.goals.models import Goal
from goalpost.web.goals import goal_list
from tests.goals.builders import TEAM, add_won, person, set_goal, the_company
from tests.people import Cast, let_see, make_company
from tests.web.conftest import SignedIn
from tests.web.looking import element, html, rows, text


def titles(table: list[list[str]]) -> list[str]:
    return [row[0].split(" Deal ·")[0].split(" Activity ·")[0] for row in table]


def set_everyones_goals(cast: Cast) -> None:
    set_goal(cast, title="Everybody", assignee=the_company(cast))
    set_goal(cast, title="Nordics", assignee=Assignee(TEAM, cast.nordic.pk))
    set_goal(cast, title="Baltics", assignee=Assignee(TEAM, cast.baltic.pk))
    for user in cast.people:
        set_goal(cast, title=f"Mine: {user.name}", assignee=person(user))


def test_an_admin_sees_every_goal_of_the_company_and_none_of_another(cast: Cast, signed_in: SignedIn) -> None:
    set_everyones_goals(cast)
    set_goal(make_company("Sydlys"), title="Not ours")
    shown = signed_in(cast.astrid).get("/")
    assert len(rows(shown, "goal-list")) == 7
    assert "Not ours" not in html(shown)


def test_a_regular_user_sees_only_their_own_goals(cast: Cast, signed_in: SignedIn) -> None:
    set_everyones_goals(cast)
    shown = signed_in(cast.cilla).get("/")
    assert titles(rows(shown, "goal-list")) == ["Mine: Cilla"]
    assert "Nordics" not in html(shown)


def test_a_manager_sees_the_teams_goals_beside_their_own(cast: Cast, signed_in: SignedIn) -> None:
    set_everyones_goals(cast)
    shown = signed_in(cast.bjorn).get("/?sort=name")
    assert titles(rows(shown, "goal-list")) == ["Mine: Björn", "Nordics"]


def test_both_permissions_show_everybodys_goals(cast: Cast, signed_in: SignedIn) -> None:
    set_everyones_goals(cast)
    let_see(cast.david, company_statistics=True, other_users_statistics=True)
    assert len(rows(signed_in(cast.david).get("/"), "goal-list")) == 7


def test_a_row_says_how_the_goal_stands_in_its_current_period(cast: Cast, signed_in: SignedIn) -> None:
    goal = set_goal(cast, metric=Metric.SUM, currency="EUR", target=10_000_00)
    add_won(cast, cast.cilla, date(2026, 3, 4), value=9_000_00)
    add_won(cast, cast.cilla, date(2026, 2, 4), value=50_000_00)
    shown = signed_in(cast.astrid).get("/")
    [row] = rows(shown, "goal-list")
    assert row[0] == "Deals won Deal · Won Whole company · March"
    assert row[1:3] == ["WC Whole company", "Monthly March"]
    assert row[4:7] == ["€9,000 of €10,000 90%", "90%", "Ahead"]
    assert f"/goals/{goal.public_id}/records?period=2026-03-01" in html(shown)


def test_past_goals_have_a_list_of_their_own(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Last year", starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31))
    set_goal(cast, title="This year", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    browser = signed_in(cast.astrid)
    assert titles(rows(browser.get("/"), "goal-list")) == ["This year"]
    shown = browser.get("/goals/past")
    [row] = rows(shown, "goal-list")
    assert row[0].startswith("Last year Deal · Won")
    assert row[2] == "Monthly 1 Jan \N{EN DASH} 31 Dec 2025"
    assert row[6] == "Missed"
    assert "Judged as a whole: all results against all targets." in text(shown)
    assert "working day" not in text(shown)


def test_a_goal_is_active_on_its_last_day(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, ends_on=date(2026, 3, 18))
    browser = signed_in(cast.astrid)
    assert len(rows(browser.get("/"), "goal-list")) == 1
    assert "No past goals" in text(browser.get("/goals/past"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Calls", "Company wins", "Mine: Cilla"]),
        ("q=wins", ["Company wins"]),
        ("q=CILLA", ["Calls", "Mine: Cilla"]),
        ("kind=activities_completed", ["Calls"]),
        ("frequency=weekly", ["Calls"]),
        ("pace=behind", ["Calls", "Mine: Cilla"]),
        ("pace=reached&frequency=weekly", []),
        ("kind=nonsense&pace=?&frequency=&sort=up", ["Calls", "Company wins", "Mine: Cilla"]),
    ],
)
def test_filters_narrow_the_list(cast: Cast, signed_in: SignedIn, query: str, expected: list[str]) -> None:
    set_goal(cast, title="Company wins", target=1)
    set_goal(cast, title="Mine: Cilla", assignee=person(cast.cilla))
    set_goal(
        cast,
        title="Calls",
        assignee=person(cast.cilla),
        measure=Measure.ACTIVITIES_COMPLETED,
        interval=Interval.WEEKLY,
    )
    add_won(cast, cast.david, date(2026, 3, 4))
    shown = signed_in(cast.astrid).get(f"/?sort=name&{query}".replace("sort=name&kind=n", "kind=n"))
    if expected:
        assert sorted(titles(rows(shown, "goal-list"))) == expected
    else:
        assert "No goal matches" in text(shown, "goal-list")


def test_the_owner_filter_offers_those_who_have_goals(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Hers", assignee=person(cast.cilla))
    set_goal(cast, title="Theirs", assignee=Assignee(TEAM, cast.nordic.pk))
    browser = signed_in(cast.astrid)
    assert f'value="person-{cast.cilla.pk}"' in html(browser.get("/"))
    assert f'value="person-{cast.david.pk}"' not in html(browser.get("/"))
    shown = browser.get(f"/?owner=team-{cast.nordic.pk}")
    assert titles(rows(shown, "goal-list")) == ["Theirs"]


def test_those_that_need_help_come_first(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Reached", target=1)
    set_goal(cast, title="Behind", target=50)
    set_goal(cast, title="To come", starts_on=date(2026, 4, 1))
    add_won(cast, cast.david, date(2026, 3, 4))
    shown = signed_in(cast.astrid).get("/")
    assert titles(rows(shown, "goal-list")) == ["Behind", "Reached", "To come"]


def test_the_counts_by_pace_are_those_of_the_goals_filtered(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Reached", target=1)
    set_goal(cast, title="Behind", target=50)
    add_won(cast, cast.david, date(2026, 3, 4))
    browser = signed_in(cast.astrid)
    assert text(browser.get("/"), "goal-counts").startswith("1 Reached 0 Ahead 0 On track 1 Behind")
    shown = browser.get("/?q=reach&pace=behind")
    assert text(shown, "goal-counts").startswith("1 Reached 0 Ahead 0 On track 0 Behind")


def test_a_filter_of_the_page_answers_with_the_region_and_its_address(
    cast: Cast, signed_in: SignedIn
) -> None:
    set_goal(cast)
    shown = signed_in(cast.astrid).get(
        "/?q=won&owner=&sort=pace", headers={"hx-request": "true", "hx-target": "goal-list"}
    )
    assert shown.headers["HX-Push-Url"] == "/?q=won"
    assert html(shown).startswith("<section")
    assert 'id="goal-counts"' in html(shown)
    assert "<html" not in html(shown)


def test_a_company_without_goals_is_told_what_a_goal_is(cast: Cast, signed_in: SignedIn) -> None:
    assert "No goals yet" in text(signed_in(cast.cilla).get("/"))


def test_the_panel_leads_to_the_whole_list_from_elsewhere_only(cast: Cast, signed_in: SignedIn) -> None:
    goals = [set_goal(cast, title=f"Goal {at}") for at in range(9)]
    browser = signed_in(cast.astrid)
    assert "All 9 goals" in text(browser.get(f"/goals/{goals[0].public_id}"), "panel")
    assert "All 9 goals" not in text(browser.get("/"), "panel")


def test_titles_are_escaped(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="<script>alert(1)</script> & “more”")
    shown = html(signed_in(cast.astrid).get("/?q=<script>"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “more”" in shown


def test_forty_goals_take_as_many_queries_as_ten(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    browser.get("/")  # the first visit also notes the session

    def queries_with(goals: int) -> int:
        for at in range(goals):
            owner = [the_company(cast), person(cast.cilla), Assignee(TEAM, cast.nordic.pk)][at % 3]
            interval = list(Interval)[at % 4]
            set_goal(cast, title=f"Goal {at}", assignee=owner, interval=interval, ends_on=None)
        with CaptureQueriesContext(connection) as taken:
            browser.get("/")
        return len(taken)

    assert queries_with(30) == queries_with(10) <= 20


def test_a_long_list_comes_in_pages_with_counts_of_all(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goal_list, "PAGE_SIZE", 2)
    for title in "abcde":
        set_goal(cast, title=title)
    browser = signed_in(cast.astrid)
    first = browser.get("/?sort=name")
    assert titles(rows(first, "goal-list")) == ["a", "b", "Show more"]
    assert 'href="/?sort=name&amp;page=2"' in html(first)
    assert text(first, "goal-list").endswith("5 goals")
    assert "5 Behind" in text(first, "goal-counts")
    last = browser.get("/?sort=name&page=3")
    assert titles(rows(last, "goal-list")) == ["Show earlier periods", "e"]
    assert 'href="/?sort=name&amp;page=2"' in html(last)


def test_more_of_the_list_is_only_its_rows(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goal_list, "PAGE_SIZE", 2)
    for title in "abcde":
        set_goal(cast, title=title)
    shown = signed_in(cast.astrid).get(
        "/?sort=name&page=2", headers={"hx-request": "true", "hx-target": "more-goals"}
    )
    assert html(shown).split(">", 1)[0].strip() == "<tr"
    assert html(shown).count("rowlink") == 2
    assert "Show earlier periods" not in text(shown)
    assert 'hx-get="/?sort=name&amp;page=3"' in html(shown)
    assert "HX-Push-Url" not in shown.headers


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "²", "9" * 5_000, "7"])
def test_a_page_that_is_not_there_is_one_that_is(cast: Cast, signed_in: SignedIn, page: str) -> None:
    set_goal(cast)
    assert titles(rows(signed_in(cast.astrid).get("/", {"page": page}), "goal-list")) == ["Deals won"]


def test_a_page_of_the_list_is_short_enough_to_be_drawn_quickly() -> None:
    assert goal_list.PAGE_SIZE <= 50


def test_a_row_says_how_many_deals_its_value_lacks(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Value", metric=Metric.SUM, currency="EUR")
    set_goal(cast, title="Number")
    add_won(cast, cast.cilla, date(2026, 3, 4), value=40_00)
    add_won(cast, cast.cilla, date(2026, 3, 5), value=70_00, currency="USD")
    number, value = rows(signed_in(cast.astrid).get("/?sort=name"), "goal-list")
    assert number[4] == "2 of 10 20%"
    assert value[4].startswith("(1 without a value) €40 of")


def test_the_same_name_in_other_letters_stands_beside_it(cast: Cast, signed_in: SignedIn) -> None:
    named = ["Beta", "alpha", "Åre", "åbo", "Zeta", "alpha"]
    goals = [set_goal(cast, title=title) for title in named]
    expected = [goals[at].public_id for at in (1, 5, 0, 4, 3, 2)]
    browser = signed_in(cast.astrid)

    def in_panel(address: str) -> list[str]:
        return re.findall(r'class="navlink" href="/goals/(\w+)"', element(browser.get(address), "panel"))

    assert in_panel("/") == in_panel("/goals/new") == in_panel(f"/goals/{expected[0]}") == expected
    listed = element(browser.get("/?sort=name"), "goal-list")
    assert re.findall(r'class="rowlink" href="/goals/(\w+)"', listed) == expected


def test_a_past_goal_is_judged_as_a_whole_in_the_list_and_on_its_page(
    cast: Cast, signed_in: SignedIn
) -> None:
    goal = set_goal(cast, target=2, starts_on=date(2025, 10, 1), ends_on=date(2025, 12, 31))
    for day in range(1, 7):
        add_won(cast, cast.cilla, date(2025, 10, day))
    browser = signed_in(cast.astrid)
    shown = browser.get("/goals/past")
    [row] = rows(shown, "goal-list")
    # Six in October, none since: the last period alone is missed, the goal is reached.
    assert row[4:7] == ["6 of 6 100%", "100%", "Reached"]
    whole = re.search(r'href="([^"]+#periods)"', html(shown))
    assert whole is not None
    page = browser.get(whole[1].replace("&amp;", "&"))
    assert "The whole goal Reached 6 100% of 6" in text(page, "pace")
    assert "Whole goal 6 6 0 100%" in text(page, "periods").replace("+", "")
    assert f"/goals/{goal.public_id}" in html(shown)


def test_individual_targets_add_up_to_a_past_goals_target(cast: Cast, signed_in: SignedIn) -> None:
    targets = {date(2025, 11, 1): 3, date(2025, 12, 1): 4}
    set_goal(cast, starts_on=date(2025, 11, 1), ends_on=date(2025, 12, 31), period_targets=targets)
    [row] = rows(signed_in(cast.astrid).get("/goals/past"), "goal-list")
    assert row[4] == "0 of 7 0%"


def test_goals_may_be_shown_as_a_grid_and_the_browser_remembers_it(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Wins", target=50)
    browser = signed_in(cast.astrid)
    assert "<table" in html(browser.get("/"))
    grid = browser.get("/?view=grid&pace=behind")
    assert "<table" not in element(grid, "goal-list")
    card = "Wins Deal · Won Behind Duplicate goal Edit goal Delete goal WC Whole company March 0 of 50, 0%"
    assert card in text(grid, "goal-list")
    assert "<table" not in element(browser.get("/goals/past?view=grid"), "main")
    assert "<table" not in element(browser.get("/"), "goal-list"), "remembered"
    assert "<table" in html(browser.get("/?view=list"))
    assert "<table" in html(browser.get("/?view=sideways"))


def test_another_look_keeps_the_filter(cast: Cast, signed_in: SignedIn) -> None:
    set_goal(cast, title="Wins", target=50)
    shown = html(signed_in(cast.astrid).get("/?q=win&pace=behind"))
    assert 'href="/?view=grid&amp;q=win&amp;pace=behind"' in shown


def test_the_header_speaks_of_the_days_that_pace_goes_by(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    assert "Wednesday 18 March 2026, working day 13 of 22" in text(browser.get("/"))
    cast.company.pace_days = "calendar"
    cast.company.save(update_fields=["pace_days"])
    assert "Wednesday 18 March 2026, day 18 of 31" in text(browser.get("/"))


def test_the_panel_finds_goals_of_the_list_it_shows(cast: Cast, signed_in: SignedIn) -> None:
    browser = signed_in(cast.astrid)
    assert re.search(r'class="panel__search"[^>]*action="/"', html(browser.get("/")))
    assert re.search(r'class="panel__search"[^>]*action="/goals/past"', html(browser.get("/goals/past")))


def test_five_hundred_goals_take_as_many_queries_as_one(cast: Cast, signed_in: SignedIn) -> None:
    row = Goal.objects.get(pk=set_goal(cast, target=50, ends_on=None).id)
    browser = signed_in(cast.astrid)

    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            browser.get("/")
        return len(taken)

    browser.get("/")  # the first visit also notes the session
    one = queries()
    for number in range(499):
        row.pk, row._state.adding = None, True
        row.public_id, row.report_id, row.title = f"{number:032x}", f"{number:032x}", f"Goal {number}"
        row.save(force_insert=True)
    assert queries() == one
    shown = browser.get("/")
    assert text(shown, "goal-list").endswith("500 goals")
    assert "500 Behind" in text(shown, "goal-counts")


@pytest.mark.parametrize("look", ["list", "grid"])
def test_a_goal_is_duplicated_from_the_list_and_from_the_grid(
    cast: Cast, signed_in: SignedIn, look: str
) -> None:
    goal = set_goal(cast, title="Calls")
    shown = html(signed_in(cast.astrid).get(f"/?view={look}"))
    assert shown.count(f'href="/goals/{goal.public_id}/duplicate"') == 1
    assert "More actions for “Calls”" in shown


def test_a_row_has_a_menu_of_what_one_may_do_with_the_goal(cast: Cast, signed_in: SignedIn) -> None:
    let_see(cast.cilla, company_statistics=True, other_users_statistics=True)
    theirs = f"/goals/{set_goal(cast, title='Theirs').public_id}"
    own = f"/goals/{set_goal(cast, title='Own', assignee=person(cast.cilla)).public_id}"
    shown = html(signed_in(cast.cilla).get("/"))
    assert f'href="{theirs}/duplicate"' in shown
    for action in ("edit", "delete"):
        assert f"{theirs}/{action}" not in shown
    assert f'href="{own}/edit"' in shown
    assert f'<form method="post" action="{own}/delete">' in shown, "one's own is deleted at once, with Undo"
    shown = html(signed_in(cast.astrid).get("/"))
    assert f'href="{theirs}/edit"' in shown
    assert f'href="{theirs}/delete"' in shown, "others' only after asking"


def test_a_goal_just_below_its_target_does_not_read_a_hundred_per_cent(
    cast: Cast, signed_in: SignedIn
) -> None:
    set_goal(
        cast,
        title="Short",
        metric=Metric.SUM,
        currency="EUR",
        target=1_000_00,
        interval=Interval.YEARLY,
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
    )
    add_won(cast, cast.cilla, date(2025, 5, 5), value=999_99)
    (row,) = rows(signed_in(cast.astrid).get("/goals/past"), "goal-list")
    assert "99%" in row
    assert not any("100%" in cell for cell in row)
    assert any("Missed" in cell for cell in row)


def test_the_panel_tells_long_names_apart_that_begin_alike(cast: Cast, signed_in: SignedIn) -> None:
    begun = "Autumn campaign: everything that has to do with new business in the region "
    names = [f"{begun}{end}" for end in ("North", "South")]
    for name in names:
        set_goal(cast, title=name)
    panel = element(signed_in(cast.astrid).get("/"), "panel")
    shown = re.findall(r'class="navlink__name" title="([^"]+)">([^<]+)</span>', panel)
    assert sorted(title for title, _text in shown) == names
    assert len({text for _title, text in shown}) == 2
    assert all(len(text) <= 72 for _title, text in shown)
