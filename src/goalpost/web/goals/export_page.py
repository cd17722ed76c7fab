"""The texts, figures, legend and pace of an exported picture or page of a goal."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.companies.calendar import today_in
from goalpost.companies.memberships import Member
from goalpost.domain.pace import PaceStatus
from goalpost.domain.targets import progress_percent
from goalpost.insights import formats
from goalpost.insights.chart_colours import ChartTheme, Json
from goalpost.insights.export.chart_picture import PictureWords, chart_picture
from goalpost.insights.export.goal_document import DocumentRow, GoalDocument, Tone, Verdict
from goalpost.insights.goal_words import (
    BEING_RECOUNTED,
    FREQUENCIES,
    FULL_KIND_NAMES,
    TARGETS_PER,
    assignee_words,
    counted_per,
    metric_words,
)
from goalpost.insights.history_words import member_days
from goalpost.web.goals.chart import chart_of, legend_of
from goalpost.web.goals.goal_page import GoalPage
from goalpost.web.goals.periods import PeriodLine
from goalpost.web.shell.templatetags.parts import pace_word
from goalpost.web.shell.viewer import Viewer

PaceFigure = tuple[str, str, str]
"""A label, the figure, and a note."""


def pace_figures(page: GoalPage, language: str) -> list[PaceFigure]:
    """Return the figures in the order of the card: the result first, then what its period allows to say."""
    now, currency = page.verdict, page.currency
    of_target = formats.target_amount(now.target, currency, language)
    if (percent := progress_percent(now.result, now.target)) is not None:
        of_target = _("%(percent)s of %(target)s") % {
            "percent": formats.percent(percent, language),
            "target": of_target,
        }
    result = (_("Result"), formats.amount(now.result, currency, language), of_target)
    if page.latest.figures.is_future:
        return [result, _begins(page, language)]
    if not now.target:
        return [result]
    if not page.latest.figures.is_now:
        return [
            result,
            (_("Ended"), formats.day(now.period.last_day, language), ""),
            (_("Difference"), formats.signed_amount(now.difference, currency, language), ""),
        ]
    if now.pace.expected is None:
        difference = formats.signed_amount(now.difference, currency, language)
        left = formats.number(now.pace.days_left, language)
        return [
            result,
            (_("Difference"), difference, ""),
            (
                _("Days left") if page.counts_every_day else _("Working days left"),
                left,
                _day_of_days(page, language),
            ),
        ]
    return [result, *_running(page, language)]


def _begins(page: GoalPage, language: str) -> PaceFigure:
    now = page.latest.figures
    days = now.pace.days_total
    if page.counts_every_day:
        note = ngettext("%(days)s day in it.", "%(days)s days in it.", days)
    else:
        note = ngettext("%(days)s working day in it.", "%(days)s working days in it.", days)
    return (
        _("Begins"),
        formats.day(now.period.start, language),
        note % {"days": formats.number(days, language)},
    )


def _running(page: GoalPage, language: str) -> Iterator[PaceFigure]:
    now, currency = page.latest.figures, page.currency
    notes = [_day_of_days(page, language)]
    distance = formats.rounded_amount(abs(now.ahead), currency, language)
    if now.ahead > 0:
        notes.append(_("%(distance)s ahead.") % {"distance": distance})
    elif now.ahead < 0:
        by_then = formats.rounded_amount(now.pace.expected_last_night or 0, currency, language)
        words = _("%(expected)s by last night, %(distance)s behind.")
        notes.append(words % {"expected": by_then, "distance": distance})
    expected = formats.rounded_amount(now.pace.expected or 0, currency, language)
    yield _("Expected today"), expected, " ".join(notes)
    if page.shows_projection and now.pace.projection is not None:
        percent = formats.percent(page.projected_percent, language)
        yield (
            _("Projection for %(day)s") % {"day": formats.day_of_year(now.period.last_day, language)},
            formats.rounded_amount(now.pace.projection, currency, language),
            _("At the pace so far: %(percent)s of target.") % {"percent": percent},
        )
    if now.missing and not now.pace.days_left:
        none_left = (
            _("No days left after today.")
            if page.counts_every_day
            else _("No working days left after today.")
        )
        yield _("Still needed"), formats.amount(now.missing, currency, language), none_left
    elif now.missing:
        left = ngettext("%(days)s day left.", "%(days)s days left.", now.pace.days_left)
        yield (
            _("Needed per day") if page.counts_every_day else _("Needed per working day"),
            formats.amount_a_day(now.missing, now.pace.days_left, currency, language, is_need=True),
            left % {"days": formats.number(now.pace.days_left, language)},
        )


def _day_of_days(page: GoalPage, language: str) -> str:
    pace = page.latest.figures.pace
    every_day, working_day = _("Day %(day)s of %(days)s."), _("Working day %(day)s of %(days)s.")
    return (every_day if page.counts_every_day else working_day) % {
        "day": formats.number(pace.days_elapsed, language),
        "days": formats.number(pace.days_total, language),
    }


_NO_FIGURE = "\N{EN DASH}"
_DOT = " \N{MIDDLE DOT} "
_TONES = {PaceStatus.REACHED: Tone.GOOD, PaceStatus.AHEAD: Tone.GOOD} | dict.fromkeys(
    (PaceStatus.BEHIND, PaceStatus.MISSED), Tone.SHORT
)


def picture_of(
    viewer: Viewer, page: GoalPage, theme: ChartTheme = ChartTheme.LIGHT, *, has_title: bool = True
) -> dict[str, Json]:
    """Return the spec of the page's chart with its legend, and its title when it is to stand alone."""
    legend = legend_of(page.report)
    words = PictureWords(legend)
    if has_title:
        parts = [counted_per(page.goal), _assignee(page), range_words(viewer, page)]
        if page.report.is_recounting:
            parts.append(_("being recounted"))
        subtitle = _DOT.join(parts)
        words = PictureWords(legend, page.goal.terms.title, subtitle)
    return chart_picture(chart_of(page.report, page.lines, viewer.language), words, theme)


def document_of(viewer: Viewer, page: GoalPage) -> GoalDocument:
    """Return the page to be typeset."""
    terms = page.goal.terms
    today = formats.day(viewer.today, viewer.language)
    return GoalDocument(
        language=viewer.language,
        company=viewer.company.name,
        title=terms.title,
        subtitle=_DOT.join((str(FULL_KIND_NAMES[terms.measure]), _assignee(page), range_words(viewer, page))),
        status=_verdict(page.verdict.pace.status),
        details=_details(viewer, page),
        chart_title=counted_per(page.goal),
        chart_words=_("Results and targets of each period. The table has the same figures."),
        pace_title=_("The whole goal")
        if page.whole
        else _("Pace, %(period)s") % {"period": page.latest_name},
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
    return formats.month_range(days.start, days.end, viewer.language)


def _assignee(page: GoalPage) -> str:
    return assignee_words(page.goal)


def _details(viewer: Viewer, page: GoalPage) -> list[tuple[str, str]]:
    goal, terms, language = page.goal, page.goal.terms, viewer.language
    found = [(_("Type"), str(FULL_KIND_NAMES[terms.measure])), (_("Assignee"), _assignee(page))]
    if goal.members:
        found.append((_("Members"), ", ".join(_member(member, language) for member in goal.members)))
    pipelines = ", ".join(each.name for each in goal.pipelines)
    found.append((_("Pipelines"), pipelines or _("All pipelines")))
    if goal.stage:
        found.append((_("Stage"), goal.stage.name))
    if terms.measure.counts_activities:
        types = ", ".join(each.name for each in goal.activity_types)
        found.append((_("Activity types"), types or _("All types")))
    created = formats.day(today_in(viewer.company, goal.created_at), language)
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
        return formats.day_range(terms.starts_on, terms.duration_end, language)
    return _("From %(start)s, no end") % {"start": formats.day(terms.starts_on, language)}


def _member(member: Member, language: str) -> str:
    days = member_days(member, language)
    return f"{member.name} ({days})" if days else member.name


def _target(page: GoalPage, language: str) -> str:
    terms = page.goal.terms
    if not terms.period_targets:
        return formats.amount(terms.target, terms.currency, language)
    in_all = _("%(sum)s in all") % {"sum": formats.amount(page.in_all, terms.currency, language)}
    return f"{_('Individual targets')}, {in_all}"


def _row(line: PeriodLine, currency: str, language: str) -> DocumentRow:
    figures = line.figures
    reached = (_NO_FIGURE, _NO_FIGURE, _NO_FIGURE)
    if figures.has_result:
        percent = _NO_FIGURE if figures.progress is None else formats.percent(figures.progress, language)
        reached = (
            formats.amount(figures.result, currency, language) + ("*" if figures.unvalued else ""),
            formats.signed_amount(figures.difference, currency, language),
            percent,
        )
    name = line.name[:1].upper() + line.name[1:]
    if figures.is_now:
        name = f"{name}, {_('in progress')}"
    return DocumentRow(
        name,
        (formats.target_amount(figures.target, currency, language), *reached),
        _verdict(line.figures.pace.status),
    )


def _sums(page: GoalPage, language: str) -> DocumentRow | None:
    if not page.report.begun:
        return None
    sums, currency = page.sums, page.currency
    return DocumentRow(
        page.sums_name,
        (
            formats.amount(sums.target, currency, language),
            formats.amount(sums.result, currency, language) + ("*" if sums.unvalued else ""),
            formats.signed_amount(sums.difference, currency, language),
            _NO_FIGURE if sums.progress is None else formats.percent(sums.progress, language),
        ),
        None,
    )


def _note(page: GoalPage, language: str) -> str:
    notes = [str(BEING_RECOUNTED)] if page.report.is_recounting else []
    if page.sums.unvalued:
        deals = formats.number(page.sums.unvalued, language)
        words = ngettext(
            "The value of %(deals)s deal cannot be counted: no exchange rate for %(currencies)s.",
            "The value of %(deals)s deals cannot be counted: no exchange rate for %(currencies)s.",
            page.sums.unvalued,
        )
        currencies = ", ".join(page.report.answer.without_rate)
        notes.append("* " + words % {"deals": deals, "currencies": currencies})
    if page.window.left_out:
        notes.append(
            _("%(left_out)s earlier periods are not shown. Choose a shorter range to see them.")
            % {"left_out": formats.number(page.window.left_out, language)}
        )
    return " ".join(notes)


def _verdict(status: PaceStatus) -> Verdict:
    return Verdict(pace_word(status), _TONES.get(status, Tone.NEUTRAL))
