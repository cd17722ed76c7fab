"""A goal's page: its details, the chart, the pace and the periods, all from one report."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goalpost.companies.calendar import today_in
from goalpost.companies.memberships import Member
from goalpost.domain.calendar import Period
from goalpost.domain.measures import allowed_metrics
from goalpost.domain.membership import ALWAYS, Stay, within
from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import Assignee, AssigneeKind, may_export_goals_of
from goalpost.domain.targets import progress_percent
from goalpost.goals.periods import periods_shown
from goalpost.goals.queries import GoalView, goal_seen_by
from goalpost.insights.export import FileFormat
from goalpost.insights.formats import period_name
from goalpost.insights.goal_report import GoalQuestion, GoalReport, PeriodResult, Sums, goal_reports
from goalpost.insights.goal_words import (
    BEING_RECOUNTED,
    COUNTING_RULES,
    FREQUENCIES,
    FULL_KIND_NAMES,
    KIND_ICONS,
    TARGETS_PER,
    assignee_words,
    counted_per,
    metric_words,
)
from goalpost.insights.history_words import stay_words
from goalpost.storage.snapshot import snapshot
from goalpost.web.goals.addresses import CHANGES, export_address, goal_address, records_address
from goalpost.web.goals.changes import Changes, changes_in_words, latest_asked
from goalpost.web.goals.chart import chart_of, draws_lines, draws_projection, look_menu
from goalpost.web.goals.history import HistoryLine, history_with_team, tells_when_gone
from goalpost.web.goals.periods import PeriodLine, Preset, Window, lines_of, presets, window_of
from goalpost.web.shell.insights_panel import Panel, goals_beside, panel_with
from goalpost.web.shell.slots import contents_of_panel
from goalpost.web.shell.viewer import Viewer, etag_of, for_viewer, unchanged


@dataclass(frozen=True, slots=True)
class MemberShown:
    """A member whose results count in the time range: on which days, and whether that is over."""

    member: Member
    words: str
    is_over: bool


def members_shown(viewer: Viewer, goal: GoalView, days: Period) -> tuple[MemberShown, ...]:
    """Return who is or was on the goal's team within the days, those who still are first.

    Empty when everybody is a member on all of them.
    """
    found = []
    for member in goal.members:
        stays = within(member.stays, days.start, days.end)
        if stays:
            last = stays[-1].end
            is_over = last is not None and last <= viewer.today
            words = ", ".join(
                _("all the time") if stay == Stay() else stay_words(stay, viewer.language) for stay in stays
            )
            found.append((stays, MemberShown(member, words, is_over)))
    if all(stays == ALWAYS for stays, _shown in found):
        return ()
    return tuple(sorted((shown for _stays, shown in found), key=lambda shown: shown.is_over))


@dataclass(frozen=True, slots=True)
class GoalPage:
    """A goal's report as its page shows it.

    Amounts are minor units of `currency`, or counts when it is empty. `latest` is today's period, of a goal
    to come its first, of a past one its last; a past goal is judged as a `whole`.
    """

    report: GoalReport
    is_past: bool
    may_export: bool
    panel: Panel
    counts_every_day: bool
    window: Window
    presets: tuple[Preset, ...]
    lines: tuple[PeriodLine, ...]
    latest: PeriodLine
    latest_name: str
    history: tuple[HistoryLine, ...]
    log: Changes
    members: tuple[MemberShown, ...]

    @property
    def goal(self) -> GoalView:
        return self.report.goal

    @property
    def currency(self) -> str:
        return self.report.currency

    @property
    def sums(self) -> Sums:
        return self.report.sums

    @property
    def sums_name(self) -> str:
        """The label of the sums' range."""
        if len(self.report.begun) < len(self.report.periods):
            return _("So far")
        return _("Whole goal") if self.window.is_whole and self.goal.terms.ends_on else _("All shown")

    @property
    def whole(self) -> PeriodResult | None:
        return self.report.whole

    @property
    def verdict(self) -> PeriodResult:
        """The figures that judge the goal."""
        return self.report.headline

    @property
    def in_all(self) -> int:
        """The sum of the goal's targets, in its currency."""
        return sum(self.goal.terms.period_targets.values())

    @property
    def export_urls(self) -> dict[str, str]:
        """Addresses of exports by file format, with the time range shown."""
        return {
            file_format: export_address(self.goal.public_id, file_format, self.window.days)
            for file_format in FileFormat
        }

    @property
    def shows_projection(self) -> bool:
        return self.latest.figures.is_now and self.latest.figures.projection is not None

    @property
    def draws_projection(self) -> bool:
        return draws_projection(self.report)

    @property
    def is_line(self) -> bool:
        return draws_lines(self.report)

    @property
    def whole_url(self) -> str:
        """The page with every period of a past goal: together they are its result."""
        return goal_address(self.goal.public_id, self.verdict.period)

    @property
    def changes_url(self) -> str:
        return records_address(
            self.goal.public_id, self.latest.figures.period.start, self.window.chosen, tab=CHANGES
        )

    @property
    def projected_percent(self) -> int:
        figures = self.latest.figures
        return progress_percent(figures.pace.projection or 0, figures.target) or 0


@require_safe
@for_viewer
@tells_when_gone()
def goal(request: HttpRequest, viewer: Viewer, public_id: str) -> HttpResponse:
    with snapshot():
        page = goal_page_of(viewer, goal_seen_by(viewer.actor, public_id), request.GET.dict())
    selected = _selected(request.GET.get("period", ""))
    beside: dict[str, object] = {"selected_key": selected.isoformat()} if selected else {}
    return draw_goal_page(request, viewer, page, selected=selected, beside=beside)


def _selected(typed: str) -> date | None:
    """Return the period whose records are open beside the page."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def draw_goal_page(
    request: HttpRequest,
    viewer: Viewer,
    page: GoalPage,
    *,
    selected: date | None = None,
    beside: dict[str, object] | None = None,
) -> HttpResponse:
    """Answer with a goal's page. `selected` is a period to mark, `beside` what else the template gets."""
    in_panel = [contents for _filling, contents in contents_of_panel(request, viewer)]
    etag = etag_of(request, viewer, page, beside, in_panel)
    response = unchanged(request, etag)
    if response is None:
        context = {"page": page, "panel": page.panel, **_words(viewer, page), **(beside or {})}
        context["chart"] = chart_of(page.report, page.lines, viewer.language, selected)
        response = render(request, "goals/goal.html", context)
        response["ETag"] = etag
    return response


def goal_page_of(
    viewer: Viewer, goal: GoalView, query: dict[str, str], *, selected: date | None = None
) -> GoalPage:
    """Return the page for the query string. Call it in one snapshot with the panel."""
    terms, today = goal.terms, viewer.today
    everything = periods_shown(terms, viewer.company, today=today)
    window = window_of(query, everything, today=today, language=viewer.language, must_show=selected)
    is_past = not goal.is_active(today)
    beside = goals_beside(viewer, is_past=is_past, current=goal)
    asked = GoalQuestion(
        goal, window.shown, latest=1, explain=latest_asked(viewer, goal), counts_undated=True
    )
    others = [GoalQuestion(each, latest=1) for each in beside.goals if each is not goal]
    reports = goal_reports(viewer, [asked, *others])
    report = reports[0]
    assert report.answer.changes is not None, "they are asked for"
    (latest,) = lines_of(viewer, goal, report.latest, window.chosen)
    return GoalPage(
        report=report,
        is_past=is_past,
        may_export=may_export_goals_of(viewer.actor, terms.assignee),
        panel=panel_with(beside, reports),
        counts_every_day=viewer.company.pace_days == PaceDays.CALENDAR,
        window=window,
        presets=presets(goal.public_id, window, everything, viewer.calendar, today=today),
        lines=lines_of(viewer, goal, report.periods, window.chosen),
        latest=latest,
        latest_name=period_name(
            latest.figures.period,
            terms.interval,
            viewer.calendar,
            viewer.language,
            with_year=not latest.figures.is_now,
        ),
        history=history_with_team(viewer, goal),
        log=changes_in_words(
            viewer, report.answer.changes, report.currency, counts_deals=goal.terms.measure.counts_deals
        ),
        members=members_shown(viewer, goal, window.days),
    )


def _words(viewer: Viewer, page: GoalPage) -> dict[str, object]:
    """Return the labels for the template."""
    goal, terms = page.goal, page.goal.terms
    return {
        "recounting": BEING_RECOUNTED if page.report.is_recounting else "",
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
        "chooses_metric": len(allowed_metrics(terms.measure)) > 1,
    }
