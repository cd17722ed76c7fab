"""The goal chart, compiled as a browser would."""

import json
import re
from collections.abc import Sequence
from datetime import date
from importlib import resources

import pytest
import vl_convert

from goalpost.domain.chart_look import ChartColour, ChartLook
from goalpost.domain.pace import PaceStatus
from goalpost.insights.chart_colours import Json
from goalpost.insights.charts import ChartOptions, ChartPeriod, goal_chart
from goalpost.insights.export.chart_picture import PictureWords, chart_picture

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
TARGETS = [120000, 120000, 140000, 140000, 150000, 150000, 80000, 110000, 160000, 170000, 180000, 160000]
RESULTS = [131400, 112850, 152300, 138900, 171250, 158700, 64200, 118450, 149600, 186900, 121400, None]
REACHED, MISSED, INK = "#1d8a54", "#b97003", "#1c1b18"


def year_2026() -> list[ChartPeriod]:
    columns = []
    for at, (label, target, result) in enumerate(zip(MONTHS, TARGETS, RESULTS, strict=True)):
        start = date(2026, at + 1, 1)
        status = PaceStatus.UPCOMING if result is None else PaceStatus.MISSED
        if result is not None and result >= target:
            status = PaceStatus.REACHED
        columns.append(
            ChartPeriod(
                label=label,
                short_label=label[0],
                start=start,
                end=date(2026 + (at == 11), (at + 1) % 12 + 1, 1),
                target=target * 100,
                result=None if result is None else result * 100,
                status=PaceStatus.AHEAD if label == "Nov" else status,
                link=f"/records?period={start}",
                is_running=label == "Nov",
                projection=19610800 if label == "Nov" else None,
            )
        )
    return columns


def weeks(count: int) -> list[ChartPeriod]:
    first = date(2026, 1, 5).toordinal()
    return [
        ChartPeriod(
            label=f"w{at}",
            short_label=str(at),
            start=date.fromordinal(first + 7 * at),
            end=date.fromordinal(first + 7 * at + 7),
            target=8,
            result=at % 11,
            status=PaceStatus.MISSED,
            link="/records",
            is_running=at == count - 2,
        )
        for at in range(count)
    ]


def drawn(periods: Sequence[ChartPeriod], options: ChartOptions, theme: str = "light") -> str:
    """Compile and draw the spec, in the theme's colours, 800 px wide."""
    source = resources.files("goalpost.insights") / "static/insights/chart-config.json"
    config: dict[str, Json] = json.loads(source.read_text(encoding="utf-8"))[theme]
    spec = {**goal_chart(periods, options), "width": 800, "config": config}
    return vl_convert.vegalite_to_svg(json.dumps(spec))


def marks(svg: str, kind: str) -> list[str]:
    return re.findall(rf'<{kind}[^>]*aria-roledescription="(?:bar|rule mark)"[^>]*>', svg)


def test_every_period_with_a_result_has_a_column_and_each_has_a_post() -> None:
    svg = drawn(year_2026(), ChartOptions("en", "EUR"))
    columns = [mark for mark in marks(svg, "path") if 'fill="#4a5ad4"' in mark]
    posts = marks(svg, "line")
    assert len(columns) == 11
    assert len(posts) == 3 * 12
    assert [sum(f'stroke="{colour}"' in post for post in posts) for colour in (REACHED, MISSED, INK)] == [
        3 * 6,
        3 * 4,
        3 * 2,
    ]


def test_the_projection_stands_dashed_over_the_running_column() -> None:
    svg = drawn(year_2026(), ChartOptions("en", "EUR"))
    assert len(re.findall(r'aria-roledescription="bar"[^>]*stroke-dasharray="3,3"', svg)) == 1


def test_a_projection_below_the_result_is_not_drawn() -> None:
    [*_, column] = weeks(3)
    beaten = ChartPeriod(
        **{name: getattr(column, name) for name in column.__slots__ if name != "projection"}, projection=1
    )
    assert "stroke-dasharray" not in drawn([beaten], ChartOptions("en"))


def test_the_value_axis_speaks_the_readers_language() -> None:
    assert re.findall(r">(€\d+k?)<", drawn(year_2026(), ChartOptions("en", "EUR"))) == [
        "€0",
        "€50k",
        "€100k",
        "€150k",
        "€200k",
    ]
    assert "50\N{NO-BREAK SPACE}tn\N{NO-BREAK SPACE}€" in drawn(year_2026(), ChartOptions("sv", "EUR"))


def test_the_chosen_period_has_a_band_and_a_bold_label() -> None:
    without = drawn(year_2026(), ChartOptions("en", "EUR"))
    chosen = drawn(year_2026(), ChartOptions("en", "EUR", selected=date(2026, 5, 1)))
    assert without.count("#eaecfb") == 0
    assert chosen.count("#eaecfb") == 1
    assert re.findall(r'font-weight="600"[^>]*>(\w+)<', chosen) == ["May", "Nov"]


def test_the_dark_theme_draws_with_its_own_colours() -> None:
    svg = drawn(year_2026(), ChartOptions("en", "EUR"), theme="dark")
    assert "#7684f0" in svg
    assert "#4a5ad4" not in svg


@pytest.mark.parametrize(
    ("highest", "axis"),
    [
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (9, [0, 4, 8, 12]),
        (28, [0, 8, 16, 24, 32]),
        (66, [0, 20, 40, 60, 80]),
        (100, [0, 25, 50, 75, 100]),
        (101, [0, 40, 80, 120]),
    ],
)
def test_the_axis_of_counts_has_few_round_whole_steps(highest: int, axis: list[int]) -> None:
    period = ChartPeriod(
        "Jan", "J", date(2026, 1, 1), date(2026, 2, 1), highest, 0, PaceStatus.MISSED, "/", is_running=False
    )
    spec = json.loads(json.dumps(goal_chart([period], ChartOptions("en"))))
    assert spec["encoding"]["y"]["axis"]["values"] == axis


def test_more_than_eighteen_columns_thin_their_labels_but_keep_the_running_one() -> None:
    spec = json.loads(json.dumps(goal_chart(weeks(40), ChartOptions("en"))))
    labelled = spec["encoding"]["x"]["axis"]["values"]
    assert len(labelled) == 10
    assert weeks(40)[-2].key in labelled


def test_more_than_sixty_periods_are_drawn_as_a_line() -> None:
    assert len(marks(drawn(weeks(60), ChartOptions("en")), "path")) == 60
    line = drawn(weeks(61), ChartOptions("en"))
    assert not marks(line, "path")
    assert 'stroke-dasharray="5,4"' in line


def test_a_spec_holds_no_colour() -> None:
    for periods in (year_2026(), weeks(80)):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", json.dumps(goal_chart(periods, ChartOptions("en"))))


LOOKS = {
    "result": (ChartLook(result=ChartColour.LAKE), {"#1c809e": 11, REACHED: 0, MISSED: 0}),
    "by result": (ChartLook(by_result=True), {"#4a5ad4": 1, REACHED: 6, MISSED: 4}),
    "by result, chosen": (
        ChartLook(result=ChartColour.SLATE, reached=ChartColour.HEATHER, by_result=True),
        {"#5f6b78": 1, "#8750ad": 6, MISSED: 4, REACHED: 0},
    ),
}


@pytest.mark.parametrize(("look", "columns"), LOOKS.values(), ids=LOOKS.keys())
def test_columns_have_the_colours_chosen(look: ChartLook, columns: dict[str, int]) -> None:
    filled = marks(drawn(year_2026(), ChartOptions("en", "EUR", look=look)), "path")
    assert {colour: sum(f'fill="{colour}"' in mark for mark in filled) for colour in columns} == columns


def test_posts_have_their_own_colours_and_those_of_the_target_where_columns_tell_the_result() -> None:
    chosen = ChartLook(target=ChartColour.LINGON, reached=ChartColour.COPPER)
    posts = marks(drawn(year_2026(), ChartOptions("en", "EUR", look=chosen)), "line")
    counts = [
        sum(f'stroke="{colour}"' in post for post in posts) for colour in ("#a0623a", MISSED, "#b5477c")
    ]
    assert counts == [3 * 6, 3 * 4, 3 * 2]
    told_by_columns = ChartLook(by_result=True)
    posts = marks(drawn(year_2026(), ChartOptions("en", "EUR", look=told_by_columns)), "line")
    assert sum(f'stroke="{INK}"' in post for post in posts) == 3 * 12


def test_the_projection_may_be_left_out() -> None:
    look = ChartLook(shows_projection=False)
    assert "stroke-dasharray" not in drawn(year_2026(), ChartOptions("en", "EUR", look=look))


def test_a_line_has_the_colours_chosen() -> None:
    look = ChartLook(result=ChartColour.COPPER, target=ChartColour.LAKE)
    svg = drawn(weeks(80), ChartOptions("en", look=look))
    assert 'stroke="#a0623a"' in svg
    assert 'stroke="#1c809e"' in svg


def test_a_look_has_no_colour_in_the_spec_either() -> None:
    look = ChartLook(ChartColour.LAKE, ChartColour.SLATE, ChartColour.COPPER, by_result=True)
    for periods in (year_2026(), weeks(80)):
        spec = json.dumps(goal_chart(periods, ChartOptions("en", look=look)))
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb", spec)


def test_on_paper_labels_in_a_wider_font_have_room_at_the_axis() -> None:
    picture = chart_picture(goal_chart(year_2026(), ChartOptions("sv", "EUR")), PictureWords([]))
    config = json.loads(json.dumps(picture["config"]))
    ticks = next(
        param["value"] for param in json.loads(json.dumps(picture["params"])) if param["name"] == "ticks"
    )
    # Of labels of 11 px a wide font takes 2 px a letter more than they were measured to take.
    assert config["padding"]["left"] >= 2 * max(map(len, ticks.values()))


def test_a_chart_without_periods_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one period"):
        goal_chart([], ChartOptions("en"))
