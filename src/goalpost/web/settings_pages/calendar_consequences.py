"""What another calendar does to records and goals, told before it is saved."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goalpost.companies.models import Company
from goalpost.crm.actions.calendar import recounted_by_time_zone
from goalpost.goals.other_periods import goals_with_other_periods
from goalpost.insights import formats
from goalpost.web.settings_pages.company_forms import CalendarForm
from goalpost.web.viewer import Viewer

_MANY_RECORDS = 50_000


def consequences_of(viewer: Viewer, company: Company, form: CalendarForm) -> tuple[str, ...]:
    """Return what saving the form does, in sentences; nothing when it changes nothing that counts."""
    chosen = form.cleaned_data
    told: list[str] = []
    if chosen["time_zone"] != company.time_zone:
        told += _of_another_zone(viewer, company, chosen["time_zone"])
    told += _of_other_periods(
        viewer,
        weeks=chosen["week_start"] != company.week_start,
        fiscal_years=chosen["fiscal_month"] != company.fiscal_month,
    )
    return tuple(told)


def _of_another_zone(viewer: Viewer, company: Company, zone: str) -> Iterator[str]:
    recounted = recounted_by_time_zone(company.pk)
    yield _(
        "Another time zone recounts every record: %(deals)s and %(activities)s. Each falls on the day it has "
        "in %(zone)s, so results move where that is another day."
    ) % {
        "deals": ngettext("%(count)s deal", "%(count)s deals", recounted.deals)
        % {"count": formats.number(recounted.deals, viewer.language)},
        "activities": ngettext("%(count)s activity", "%(count)s activities", recounted.activities)
        % {"count": formats.number(recounted.activities, viewer.language)},
        "zone": zone.replace("_", " "),
    }
    if recounted.deals + recounted.activities > _MANY_RECORDS:
        yield _("That takes some minutes, in which nothing else can be saved.")


def _of_other_periods(viewer: Viewer, *, weeks: bool, fiscal_years: bool) -> Iterator[str]:
    others = goals_with_other_periods(viewer.actor, weeks=weeks, fiscal_years=fiscal_years)
    if others.goals:
        yield ngettext(
            "%(goals)s goal gets other periods: its results, targets and pace are shown for these.",
            "%(goals)s goals get other periods: their results, targets and pace are shown for these.",
            others.goals,
        ) % {"goals": formats.number(others.goals, viewer.language)}
    if others.seasonal:
        yield ngettext(
            "%(goals)s of them has targets for single periods. Where a period no longer begins on the same "
            "day, the goal's own target holds.",
            "%(goals)s of them have targets for single periods. Where a period no longer begins on the same "
            "day, the goal's own target holds.",
            others.seasonal,
        ) % {"goals": formats.number(others.seasonal, viewer.language)}
