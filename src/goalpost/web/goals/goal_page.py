"""A goal's page: its details, the chart, the pace and the periods, all from one set of figures."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goalpost.companies.calendar import today_in
from goalpost.domain.calendar import Period
from goalpost.domain.measures import Metric
from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import Assignee, AssigneeKind, may_export_goals_of
from goalpost.domain.targets import progress_percent
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.goals.results import (
    GoalResults,
    PeriodResult,
    goal_results,
    judged,
    latest_periods,
    past_periods,
    periods_shown,
)
from goalpost.goals.unknown_dates import UnknownDates, unknown_dates_of
from goalpost.insights.charts import MOST_COLUMNS, ChartOptions, goal_chart
from goalpost.insights.export.file_names import FileFormat
from goalpost.insights.formats import period_name
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.addresses import CHANGES, export_address, goal_address, records_address
from goalpost.web.goals.details import Detail, has_detail
from goalpost.web.goals.history import HistoryLine, history_of, tells_when_gone
from goalpost.web.goals.look_menu import look_menu
from goalpost.web.goals.panel_goals import Beside, goals_beside, panel_with
from goalpost.web.goals.period_lines import PeriodLine, Sums, chart_periods, lines_of, sums_of
from goalpost.web.goals.records_panel import ChangesCard, changes_card
from goalpost.web.goals.window import Preset, Window, presets, window_of
from goalpost.web.goals.words import (
    COUNTING_RULES,
    FREQUENCIES,
    FULL_KIND_NAMES,
    KIND_ICONS,
    TARGETS_PER,
    assignee_words,
    counted_per,
    metric_words,
)
from goalpost.web.shell.freshness import etag_of, unchanged
from goalpost.web.shell.panel import Panel
from goalpost.web.shell.viewer import Viewer, for_viewer


@dataclass(frozen=True, slots=True)
class GoalPage:
    """All figures of a goal's page. Amounts are minor units of `currency`, or counts when it is empty.

    `standing` says how the goal stands: today's period, of a goal to come its first, of a past one its last.
    A past goal is judged as a `whole`.
    """

    goal: GoalView
    is_past: bool
    may_export: bool
    panel: Panel
    currency: str
    counts_every_day: bool
    window: Window
    presets: tuple[Preset, ...]
    lines: tuple[PeriodLine, ...]
    sums: Sums
    standing: PeriodLine
    standing_name: str
    whole: PeriodResult | None
    unknown_dates: UnknownDates
    history: tuple[HistoryLine, ...]
    log: ChangesCard

    @property
    def verdict(self) -> PeriodResult:
        """The figures that say how the goal stands."""
        return self.whole or self.standing.figures

    @property
    def in_all(self) -> int:
        """The goal's own targets together, in its own currency."""
        return sum(self.goal.terms.period_targets.values())

    @property
    def export_urls(self) -> dict[str, str]:
        """Where the goal is had as a file, by the file's format: with the time range shown."""
        return {
            file_format: export_address(self.goal.public_id, file_format, self.window.days)
            for file_format in FileFormat
        }

    @property
    def missing(self) -> int:
        """What the target still lacks, nothing when it is reached."""
        figures = self.standing.figures
        return max(figures.target - figures.result, 0)

    @property
    def ahead(self) -> int:
        """How far the result is from where it should be today; below zero is behind."""
        figures = self.standing.figures
        return figures.result - (figures.pace.expected or 0)

    @property
    def behind(self) -> int:
        return -self.ahead

    @property
    def shows_projection(self) -> bool:
        return self.standing.is_now and self.standing.projection is not None

    @property
    def draws_projection(self) -> bool:
        """Whether the chart has a dashed outline: one is wished for, and it stands above the column."""
        return self.goal.look.shows_projection and any(
            line.is_now and (line.projection or 0) > line.figures.result for line in self.lines
        )

    @property
    def whole_url(self) -> str:
        """The page with every period of a past goal: together they are its result."""
        return goal_address(self.goal.public_id, self.verdict.period)

    @property
    def is_line(self) -> bool:
        """Whether the chart draws lines: for columns there are too many periods."""
        return len(self.lines) > MOST_COLUMNS

    @property
    def changes_url(self) -> str:
        return records_address(
            self.goal.public_id, self.standing.figures.period.start, self.window.chosen, tab=CHANGES
        )

    @property
    def projected_percent(self) -> int:
        figures = self.standing.figures
        return progress_percent(figures.pace.projection or 0, figures.target) or 0


@require_safe
@for_viewer
@tells_when_gone()
def goal(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    with snapshot():
        page = goal_page_of(viewer, goal_seen_by(viewer.actor, public_id), request.GET.dict())
    return draw_goal_page(request, viewer, page)


def draw_goal_page(
    request: HttpRequest,
    viewer: Viewer,
    page: GoalPage,
    *,
    selected: date | None = None,
    beside: dict[str, object] | None = None,
) -> HttpResponse:
    """Answer with a goal's page. `selected` is a period to mark, `beside` what else the template gets."""
    etag = etag_of(request, viewer, page, beside)
    response = unchanged(request, etag)
    if response is None:
        context = {"page": page, "panel": page.panel, **_words(viewer, page), **(beside or {})}
        options = ChartOptions(viewer.language, page.currency, selected, page.goal.look)
        context["chart"] = goal_chart(chart_periods(page.lines), options)
        response = render(request, "goals/goal.html", context)
        response["ETag"] = etag
    return response


def goal_page_of(
    viewer: Viewer, goal: GoalView, query: dict[str, str], *, selected: date | None = None
) -> GoalPage:
    """Return the figures of a goal's page as the address asks for them: read them in one snapshot."""
    terms, today = goal.terms, viewer.today
    everything = periods_shown(terms, viewer.company, today=today)
    window = window_of(query, everything, today=today, language=viewer.language, must_show=selected)
    is_past = not goal.is_active(today)
    beside = goals_beside(viewer, is_past=is_past, current=goal)
    own, *others = _results(viewer, beside, window.shown)
    *shown, now = own.periods
    current = now.period
    lines = lines_of(viewer, goal, shown, window.chosen)
    (standing,) = lines_of(viewer, goal, [now], window.chosen)
    return GoalPage(
        goal=goal,
        is_past=is_past,
        may_export=may_export_goals_of(viewer.actor, terms.assignee),
        panel=panel_with(beside, [own, *others]),
        currency=viewer.company.currency if terms.metric is Metric.SUM else "",
        counts_every_day=viewer.company.pace_days == PaceDays.CALENDAR,
        window=window,
        presets=presets(goal.public_id, window, everything, viewer.calendar, today=today),
        lines=lines,
        sums=sums_of(lines),
        standing=standing,
        standing_name=period_name(
            current, terms.interval, viewer.calendar, viewer.language, with_year=not standing.is_now
        ),
        whole=own.whole,
        unknown_dates=unknown_dates_of(viewer.company.pk, goal),
        history=history_of(viewer, goal),
        log=changes_card(viewer, goal, current),
    )


def _results(viewer: Viewer, beside: Beside, shown: tuple[Period, ...]) -> list[GoalResults]:
    """Return how the page's goal and those beside it stand: the first with the periods shown before that.

    All in one question to the ledger.
    """
    company, today = viewer.company, viewer.today
    standing = past_periods if beside.is_past else latest_periods
    asked = [
        (
            goal,
            (
                *(shown if goal is beside.current else ()),
                *standing(goal.terms, viewer.calendar, today=today, most=1),
            ),
        )
        for goal in beside.goals
    ]
    found = goal_results(company, asked, today=today)
    return judged(company, found, today=today) if beside.is_past else found


def _words(viewer: Viewer, page: GoalPage) -> dict[str, object]:
    """Return what the template calls things."""
    goal, terms = page.goal, page.goal.terms
    return {
        "kind": FULL_KIND_NAMES[terms.measure],
        "kind_icon": KIND_ICONS[terms.measure],
        "assignee": assignee_words(goal),
        "frequency": FREQUENCIES[terms.interval],
        "metric": metric_words(terms.measure, terms.metric, terms.currency),
        "chart_title": counted_per(goal),
        "target_per": TARGETS_PER[terms.interval],
        "counting_rule": COUNTING_RULES[terms.measure],
        "created_on": today_in(viewer.company, goal.created_at),
        "look_menu": look_menu(goal.look),
        "is_own": terms.assignee == Assignee(AssigneeKind.PERSON, viewer.actor.user_id),
        "changed_on": today_in(viewer.company, goal.updated_at),
        "chooses_metric": has_detail(terms, Detail.METRIC),
    }
