"""The small parts, rendered as templates use them."""

import re
from datetime import date

import pytest
from django.template import Context, Template
from django.utils import translation

from goalpost.domain.calendar import CompanyCalendar, Period
from goalpost.domain.pace import PaceStatus


def render(source: str, **values: object) -> str:
    return Template("{% load parts figures %}" + source).render(Context(values))


def test_an_icon_points_into_the_sprite() -> None:
    html = render('{% icon "plus" "i-lg" %}')
    assert re.fullmatch(
        r'<svg class="i i-lg" aria-hidden="true">'
        r'<use href="/static/goalpost/sprite[.\w]*\.svg#i-plus"/></svg>',
        html,
    )


@pytest.mark.parametrize(
    ("name", "kind", "initials"),
    [
        ("Aino Kallio", "person", "AK"),
        ("Anna Maria Lind", "person", "AL"),
        ("Cher", "person", "CH"),
        ("Team Nordics", "team", "No"),
        ("Team Nordics (deleted)", "team", "No"),
        ("Lag Norden", "team", "No"),
        ("Key accounts", "team", "KA"),
        ("Kaski Systems", "company", "KS"),
        ("", "person", "?"),
    ],
)
def test_an_avatar_has_initials(name: str, kind: str, initials: str) -> None:
    assert f">{initials}</span>" in render("{% avatar name 3 kind=kind %}", name=name, kind=kind)


def test_an_avatar_keeps_its_tint_and_names_are_escaped() -> None:
    assert [re.findall(r'tint="(\d)"', render("{% avatar 'A' id %}", id=id_)) for id_ in (1, 6, 7, 12)] == [
        ["1"],
        ["6"],
        ["1"],
        ["6"],
    ]
    assert "<b" not in render("{% avatar name 1 %}", name="<b <b")


@pytest.mark.parametrize("status", list(PaceStatus))
def test_every_verdict_has_a_badge_with_a_word_and_an_icon(status: PaceStatus) -> None:
    html = render("{% pace_badge status %}", status=status)
    assert re.search(r"<span>[A-Z][a-z ]+</span>", html)
    assert "#i-" in html


def test_a_goal_bar_measures_against_its_post() -> None:
    html = render('{% goal_bar "Nordics" 12140000 18000000 "ahead" 11142900 %}')
    assert 'class="fill" y="5" width="54.0%"' in html
    assert 'class="pace" x="49.5%"' in html
    assert 'class="post" x="80%"' in html
    assert 'aria-valuetext="67% of target, 62% expected today"' in html
    assert 'data-status="ahead"' in html


@pytest.mark.parametrize(("result", "width"), [(0, "0.0%"), (-5, "0.0%"), (100, "80.0%"), (900, "100.0%")])
def test_a_goal_bar_ends_at_125_per_cent_and_starts_at_nothing(result: int, width: str) -> None:
    html = render('{% goal_bar "X" result 100 "on_track" %}', result=result)
    assert f'class="fill" y="5" width="{width}"' in html
    assert "pace" not in html
    assert 'data-status="on-track"' in html


def test_an_ended_period_has_no_mark_of_today() -> None:
    assert 'class="pace"' not in render('{% goal_bar "X" 50 100 "missed" 100 %}')
    assert 'class="pace"' not in render('{% goal_bar "X" 150 100 "reached" 100 %}')


def test_a_spark_shows_the_last_six_periods() -> None:
    html = render("{% spark percents %}", percents=[10, 95, 102, 90, 82, 78, 45])
    assert html.count("<rect") == 6
    assert re.findall(r'class="bar([^"]*)"', html) == ["", " is-reached", "", "", "", " is-now"]
    assert 'y="5.8"' in html
    assert "Progress in the last periods: 95%, 102%, 90%, 82%, 78%, 45%" in html


def test_a_young_goals_spark_stands_at_the_right() -> None:
    assert re.findall(r' x="([\d.]+)"', render("{% spark percents %}", percents=[50, None])) == [
        "60.2",
        "74.8",
    ]


def test_figures_speak_the_pages_language() -> None:
    source = (
        '{% amount 12140000 "EUR" %}|{% rounded 12140050 "EUR" %}|{% signed -715000 "EUR" %}|{{ 67|percent }}'
        "|{{ 1234|number }}|{{ when|day }}|{{ when|day_of_year }}|{% day_range when end %}"
        '|{{ "EUR"|currency_symbol }}|{% period_name period "monthly" calendar %}'
        '|{% period_name period "monthly" calendar with_year=False %}'
    )
    values: dict[str, object] = {
        "when": date(2026, 11, 1),
        "end": date(2026, 11, 19),
        "period": Period(date(2026, 11, 1), date(2026, 12, 1)),
        "calendar": CompanyCalendar(),
    }
    with translation.override("en"):
        english = render(source, **values).split("|")
    with translation.override("sv"):
        swedish = render(source, **values).replace("\N{NO-BREAK SPACE}", " ").split("|")
    assert english == [
        "€121,400",
        "€121,401",
        "\N{MINUS SIGN}€7,150",
        "67%",
        "1,234",
        "1 Nov 2026",
        "1 Nov",
        "1\N{EN DASH}18 Nov 2026",
        "€",
        "November 2026",
        "November",
    ]
    assert swedish == [
        "121 400 €",
        "121 401 €",
        "\N{MINUS SIGN}7 150 €",
        "67 %",
        "1 234",
        "1 nov. 2026",
        "1 nov.",
        "1\N{EN DASH}18 nov. 2026",
        "€",
        "november 2026",
        "november",
    ]
