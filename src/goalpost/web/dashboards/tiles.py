"""Tiles as a dashboard's page draws them, each from its report; one without an answer shows nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy

from goalpost.companies.calendar import calendar_of
from goalpost.companies.currencies import DIGITS
from goalpost.domain.pace import PaceStatus
from goalpost.insights.charts import ChartPeriod, axis_steps
from goalpost.insights.dashboards.queries import PlacedTile
from goalpost.insights.formats import axis_amount, period_name, short_period_name
from goalpost.insights.goal_report import GoalReport, PeriodResult
from goalpost.insights.goal_words import assignee_words
from goalpost.insights.report import Reader
from goalpost.insights.tiles import TEXT, Tile, read_tiles
from goalpost.storage.snapshot import snapshot

_LOG = logging.getLogger(__name__)

CHART, METER, NUMBER = "chart", "meter", "number"
FORMS = {
    CHART: gettext_lazy("Goal chart"),
    METER: gettext_lazy("Goal meter"),
    NUMBER: gettext_lazy("Number"),
}
"""How a tile shows a goal; the setting `form`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A period in a tile's chart: a column, the post of its target over it, and where it leads."""

    x: float
    top: float
    width: float
    height: float
    post: str
    post_class: str
    middle: float
    label: str
    name: str
    url: str
    period: PeriodResult


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as SVG coordinates: the lines of its axis with their labels, and its columns."""

    width: int
    height: int
    lines: tuple[tuple[float, str], ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class TileShown:
    """A tile of a page; `form` is how it is drawn: a goal's form, a text, `hidden` or `failed`."""

    placed: PlacedTile
    form: str
    place: int
    report: GoalReport | None = None
    period: str = ""
    chart: Chart | None = None

    @property
    def title(self) -> str:
        return "" if self.report is None else self.report.goal.terms.title

    @property
    def name(self) -> str:
        """What it is called in a list of tiles: its goal or its text, nothing where that is hidden."""
        return self.placed.settings.get("text", "") if self.form == TEXT else self.title

    @property
    def assignee(self) -> str:
        return "" if self.report is None else assignee_words(self.report.goal)

    @property
    def url(self) -> str:
        return "" if self.report is None else reverse("web:goal", args=[self.report.goal.public_id])

    @property
    def records_url(self) -> str:
        return "" if self.report is None else _records(self.report, self.report.headline)


def tiles_shown(reader: Reader, placed: Sequence[PlacedTile], language: str) -> list[TileShown]:
    """Return the tiles as this reader sees them, in a constant number of queries."""
    answers = _answers(reader, [each.tile for each in placed])
    return [
        _shown(reader, each, answer, place, language)
        for place, (each, answer) in enumerate(zip(placed, answers, strict=True), start=1)
    ]


class _Failed:
    """The answer of a tile that could not be read."""


def _answers(reader: Reader, tiles: Sequence[Tile]) -> list[object | None]:
    """Read all tiles at once; if that fails, each by itself, so that one does not take the others along."""
    try:
        with snapshot():
            return read_tiles(reader, tiles)
    except Exception:  # noqa: BLE001  whatever it is, the page tells of it and the rest of it stands
        _LOG.exception("A dashboard's tiles could not be read together.")
    return [_answer(reader, each) for each in tiles]


def _answer(reader: Reader, tile: Tile) -> object | None:
    try:
        with snapshot():
            [answer] = read_tiles(reader, [tile])
    except Exception:  # noqa: BLE001  whatever it is, the page tells of it and the rest of it stands
        _LOG.exception("A tile of the kind %s could not be read.", tile.kind)
        return _Failed()
    return answer


def _shown(reader: Reader, placed: PlacedTile, answer: object | None, place: int, language: str) -> TileShown:
    if isinstance(answer, GoalReport):
        form = placed.settings.get("form", METER)
        verdict, calendar = answer.headline, calendar_of(reader.company)
        return TileShown(
            placed,
            form if form in FORMS else METER,
            place,
            answer,
            period=period_name(verdict.period, answer.goal.terms.interval, calendar, language)
            if answer.whole is None
            else "",
            chart=_chart(reader, answer, placed.width, language) if form == CHART else None,
        )
    if isinstance(answer, str) and placed.kind == TEXT:
        return TileShown(placed, TEXT, place)
    return TileShown(placed, "failed" if isinstance(answer, _Failed) else "hidden", place)


def _records(report: GoalReport, figures: PeriodResult) -> str:
    if report.whole is figures:
        return reverse("web:goal", args=[report.goal.public_id])
    address = reverse("web:goal-records", args=[report.goal.public_id])
    return f"{address}?period={figures.period.start.isoformat()}"


_LEFT, _TOP, _FOOT = 44, 12, 26
_SIZES = ((4, (340, 160)), (8, (520, 200)), (12, (800, 240)))
"""Of a chart, by the most columns of its tile: its text is as large in each."""


def _chart(reader: Reader, report: GoalReport, columns_wide: int, language: str) -> Chart:
    width, height = next(size for most, size in _SIZES if columns_wide <= most)
    terms, calendar = report.goal.terms, calendar_of(reader.company)
    names = [short_period_name(each.period, terms.interval, calendar, language) for each in report.latest]
    steps = axis_steps(
        [
            ChartPeriod(
                name,
                name,
                each.period.start,
                each.period.end,
                each.target,
                each.result,
                each.pace.status,
                "",
                is_running=each.is_now,
            )
            for name, each in zip(names, report.latest, strict=True)
        ],
        report.currency,
    )
    ground = height - _FOOT
    # The axis is in major units.
    scale = (ground - _TOP) / float(steps[-1])
    unit = 10 ** DIGITS[report.currency] if report.currency else 1
    each_wide = (width - _LEFT) / len(report.latest)

    def up(value: int) -> float:
        return round(ground - max(value, 0) / unit * scale, 1)

    found = []
    for at, (label, figures) in enumerate(zip(names, report.latest, strict=True)):
        middle = round(_LEFT + each_wide * (at + 0.5), 1)
        wide = min(each_wide * 0.6, 44)
        left, right = middle - wide * 0.63, middle + wide * 0.63
        top, post = up(figures.result), up(figures.target)
        found.append(
            Column(
                x=round(middle - wide / 2, 1),
                top=top,
                width=round(wide, 1),
                height=round(ground - top, 1),
                post=f"M{left:.1f} {post + 7:.1f}V{post}H{right:.1f}V{post + 7:.1f}"
                if figures.target
                else "",
                post_class=_POSTS.get(figures.pace.status, "is-open"),
                middle=middle,
                label=label,
                name=period_name(figures.period, terms.interval, calendar, language),
                url=_records(report, figures),
                period=figures,
            )
        )
    lines = tuple(
        (round(ground - float(step) * scale, 1), axis_amount(step, report.currency, language))
        for step in steps
    )
    return Chart(width, height, lines, tuple(found))


_POSTS = {PaceStatus.REACHED: "is-reached", PaceStatus.MISSED: "is-missed"}
