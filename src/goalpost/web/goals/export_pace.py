"""The pace of a goal as an exported page tells it: what its card on the goal page says."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.domain.targets import progress_percent
from goalpost.insights import calendar_words, formats
from goalpost.web.goals.goal_page import GoalPage

PaceFigure = tuple[str, str, str]
"""What it is, the figure, and a note on it."""


def pace_figures(page: GoalPage, language: str) -> list[PaceFigure]:
    """Return the figures in the order of the card: the result first, then what its period allows to say."""
    now, currency = page.verdict, page.currency
    of_target = ""
    if (percent := progress_percent(now.result, now.target)) is not None:
        of_target = _("%(percent)s of %(target)s") % {
            "percent": formats.percent(percent, language),
            "target": formats.amount(now.target, currency, language),
        }
    result = (_("Result"), formats.amount(now.result, currency, language), of_target)
    if page.standing.is_future:
        return [result, _begins(page, language)]
    if not page.standing.is_now:
        return [
            result,
            (_("Ended"), calendar_words.day(now.period.last_day, language), ""),
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
    now = page.standing.figures
    days = now.pace.days_total
    if page.counts_every_day:
        note = ngettext("%(days)s day in it.", "%(days)s days in it.", days)
    else:
        note = ngettext("%(days)s working day in it.", "%(days)s working days in it.", days)
    return (
        _("Begins"),
        calendar_words.day(now.period.start, language),
        note % {"days": formats.number(days, language)},
    )


def _running(page: GoalPage, language: str) -> Iterator[PaceFigure]:
    now, currency = page.standing.figures, page.currency
    notes = [_day_of_days(page, language)]
    if page.ahead:
        distance = formats.rounded_amount(abs(page.ahead), currency, language)
        words = _("%(distance)s ahead.") if page.ahead > 0 else _("%(distance)s behind.")
        notes.append(words % {"distance": distance})
    expected = formats.rounded_amount(now.pace.expected or 0, currency, language)
    yield _("Where it should be today"), expected, " ".join(notes)
    if page.shows_projection and now.pace.projection is not None:
        percent = formats.percent(page.projected_percent, language)
        yield (
            _("Projection for %(day)s") % {"day": calendar_words.day_of_year(now.period.last_day, language)},
            formats.rounded_amount(now.pace.projection, currency, language),
            _("At the pace so far: %(percent)s of target.") % {"percent": percent},
        )
    if page.missing and now.pace.days_left:
        left = ngettext("%(days)s day left.", "%(days)s days left.", now.pace.days_left)
        yield (
            _("Needed per day") if page.counts_every_day else _("Needed per working day"),
            formats.amount_a_day(page.missing, now.pace.days_left, currency, language, is_need=True),
            left % {"days": formats.number(now.pace.days_left, language)},
        )


def _day_of_days(page: GoalPage, language: str) -> str:
    pace = page.standing.figures.pace
    every_day, working_day = _("Day %(day)s of %(days)s."), _("Working day %(day)s of %(days)s.")
    return (every_day if page.counts_every_day else working_day) % {
        "day": formats.number(pace.days_gone, language),
        "days": formats.number(pace.days_total, language),
    }
