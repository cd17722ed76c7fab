"""What an exported picture or page of a goal says: the words and figures of its page."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from goalpost.companies.calendar import today_in
from goalpost.domain.pace import PaceStatus
from goalpost.insights import calendar_words, formats
from goalpost.insights.chart_colours import ChartTheme, Json
from goalpost.insights.charts import ChartOptions, goal_chart
from goalpost.insights.export.chart_picture import PictureWords, chart_picture
from goalpost.insights.export.goal_document import DocumentRow, GoalDocument, Tone, Verdict
from goalpost.web.goals.export_legend import legend_of
from goalpost.web.goals.export_pace import pace_figures
from goalpost.web.goals.goal_page import GoalPage
from goalpost.web.goals.period_lines import PeriodLine, chart_periods
from goalpost.web.goals.words import (
    FREQUENCIES,
    FULL_KIND_NAMES,
    TARGETS_PER,
    assignee_words,
    counted_per,
    metric_words,
)
from goalpost.web.templatetags.parts import pace_word
from goalpost.web.viewer import Viewer

_NO_FIGURE = "\N{EN DASH}"
_DOT = " \N{MIDDLE DOT} "
_TONES = {PaceStatus.REACHED: Tone.GOOD, PaceStatus.AHEAD: Tone.GOOD} | dict.fromkeys(
    (PaceStatus.BEHIND, PaceStatus.MISSED), Tone.SHORT
)


def picture_of(
    viewer: Viewer, page: GoalPage, theme: ChartTheme = ChartTheme.LIGHT, *, has_title: bool = True
) -> dict[str, Json]:
    """Return the spec of the page's chart with its legend, and its title when it is to stand alone."""
    legend = legend_of(page)
    words = PictureWords(legend)
    if has_title:
        subtitle = _DOT.join((counted_per(page.goal), _assignee(page), range_words(viewer, page)))
        words = PictureWords(legend, page.goal.terms.title, subtitle)
    return chart_picture(_chart(viewer, page), words, theme)


def document_of(viewer: Viewer, page: GoalPage) -> GoalDocument:
    """Return the page to be typeset."""
    terms = page.goal.terms
    today = calendar_words.day(viewer.today, viewer.language)
    return GoalDocument(
        language=viewer.language,
        company=viewer.company.name,
        title=terms.title,
        subtitle=_DOT.join((str(FULL_KIND_NAMES[terms.measure]), _assignee(page), range_words(viewer, page))),
        standing=_verdict(page.verdict.pace.status),
        details=_details(viewer, page),
        chart_title=counted_per(page.goal),
        chart_words=_("Results and targets of each period. The table has the same figures."),
        pace_title=_("The whole goal")
        if page.whole
        else _("Pace, %(period)s") % {"period": page.standing_name},
        pace=pace_figures(page, viewer.language),
        table_title=_("Periods"),
        columns=(_("Period"), _("Target"), _("Result"), _("Difference"), _("Progress"), _("Pace")),
        rows=[_row(line, page.currency, viewer.language) for line in page.lines],
        sums=_sums(page, viewer.language),
        note=_note(page, viewer.language),
        footer=_DOT.join((viewer.company.name, _("Exported %(day)s") % {"day": today})),
    )


def range_words(viewer: Viewer, page: GoalPage) -> str:
    """Return the time range shown: the year, when it is one, else its months."""
    days = page.window.days
    first, last = days.start, days.last_day
    if (first.year, first.month, first.day, last.month, last.day) == (last.year, 1, 1, 12, 31):
        return str(first.year)
    return calendar_words.month_range(days.start, days.end, viewer.language)


def _chart(viewer: Viewer, page: GoalPage) -> Mapping[str, Json]:
    return goal_chart(
        chart_periods(page.lines), ChartOptions(viewer.language, page.currency, look=page.goal.look)
    )


def _assignee(page: GoalPage) -> str:
    return assignee_words(page.goal)


def _details(viewer: Viewer, page: GoalPage) -> list[tuple[str, str]]:
    goal, terms, language = page.goal, page.goal.terms, viewer.language
    found = [(_("Type"), str(FULL_KIND_NAMES[terms.measure])), (_("Assignee"), _assignee(page))]
    if goal.members:
        found.append((_("Members"), ", ".join(member.name for member in goal.members)))
    pipelines = ", ".join(each.name for each in goal.pipelines)
    found.append((_("Pipelines"), pipelines or _("All pipelines")))
    if goal.stage:
        found.append((_("Stage"), goal.stage.name))
    if terms.measure.counts_activities:
        types = ", ".join(each.name for each in goal.activity_types)
        found.append((_("Activity types"), types or _("All types")))
    created = calendar_words.day(today_in(viewer.company, goal.created_at), language)
    return [
        *found,
        (_("Frequency"), str(FREQUENCIES[terms.interval])),
        (_("Duration"), _duration(page, language)),
        (_("Tracking metric"), metric_words(terms.measure, terms.metric, terms.currency)),
        (str(TARGETS_PER[terms.interval]), _target(page, language)),
        (_("Created"), f"{goal.creator.name}, {created}"),
    ]


def _duration(page: GoalPage, language: str) -> str:
    terms = page.goal.terms
    if terms.duration_end:
        return calendar_words.day_range(terms.starts_on, terms.duration_end, language)
    return _("From %(start)s, no end") % {"start": calendar_words.day(terms.starts_on, language)}


def _target(page: GoalPage, language: str) -> str:
    terms = page.goal.terms
    if not terms.period_targets:
        return formats.amount(terms.target, terms.currency, language)
    in_all = _("%(sum)s in all") % {"sum": formats.amount(page.in_all, terms.currency, language)}
    return f"{_('Individual targets')}, {in_all}"


def _row(line: PeriodLine, currency: str, language: str) -> DocumentRow:
    figures = line.figures
    reached = (_NO_FIGURE, _NO_FIGURE, _NO_FIGURE)
    if line.has_result:
        percent = _NO_FIGURE if figures.progress is None else formats.percent(figures.progress, language)
        reached = (
            formats.amount(figures.result, currency, language) + ("*" if figures.unvalued else ""),
            formats.signed_amount(figures.difference, currency, language),
            percent,
        )
    name = line.name[:1].upper() + line.name[1:]
    if line.is_now:
        name = f"{name}, {_('in progress')}"
    return DocumentRow(
        name,
        (formats.amount(figures.target, currency, language), *reached),
        _verdict(line.figures.pace.status),
    )


def _sums(page: GoalPage, language: str) -> DocumentRow:
    sums, currency = page.sums, page.currency
    is_whole = page.window.is_whole and page.goal.terms.ends_on
    return DocumentRow(
        _("Whole goal") if is_whole else _("All shown"),
        (
            formats.amount(sums.target, currency, language),
            formats.amount(sums.result, currency, language) + ("*" if sums.unvalued else ""),
            formats.signed_amount(sums.difference, currency, language),
            _NO_FIGURE if sums.progress is None else formats.percent(sums.progress, language),
        ),
        None,
    )


def _note(page: GoalPage, language: str) -> str:
    notes = []
    if page.sums.unvalued:
        records = formats.number(page.sums.unvalued, language)
        notes.append("* " + _("%(records)s without a value") % {"records": records})
    if page.window.left_out:
        notes.append(
            _("%(left_out)s earlier periods are not shown. Choose a shorter range to see them.")
            % {"left_out": formats.number(page.window.left_out, language)}
        )
    return " ".join(notes)


def _verdict(status: PaceStatus) -> Verdict:
    return Verdict(pace_word(status), _TONES.get(status, Tone.NEUTRAL))
