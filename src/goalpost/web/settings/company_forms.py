"""The forms of the company's settings, and the consequences of a changed calendar."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from goalpost.companies.calendar import known_countries, subdivision_names, work_week_of
from goalpost.companies.company import PaceRules
from goalpost.companies.errors import InvalidInput
from goalpost.companies.models import Company
from goalpost.crm.actions.setup import recounted_by_time_zone
from goalpost.crm.rule_changes import AT_ONCE
from goalpost.domain.pace import PaceDays
from goalpost.goals.periods import goals_with_other_periods
from goalpost.insights import formats
from goalpost.insights.formats import country_names, month_names, weekday_names
from goalpost.web.shell.typed import NotADay, parse_day
from goalpost.web.shell.viewer import Viewer

FREE, WORKED = "free", "worked"

# Where the refusals of the actions are shown, when not at the field of the same name.
_SHOWN_AT = {"country": "holidays_country", "subdivision": "holidays_subdivision", "": None}


class SettingsForm(forms.Form):
    """A part of the settings. `state` is the fingerprint of the settings it was filled in for."""

    state = forms.CharField(required=False, widget=forms.HiddenInput)

    def refuse(self, refusal: InvalidInput) -> None:
        """Show a refused action's messages at their fields."""
        for field, message in refusal.errors.items():
            self.add_error(_SHOWN_AT.get(field, field), message)


class NameForm(SettingsForm):
    name = forms.CharField(
        required=False,
        max_length=200,
        error_messages={"max_length": gettext_lazy("Use at most 200 characters.")},
    )


class CalendarForm(SettingsForm):
    """`confirmed` are the values whose consequences the admin has seen."""

    time_zone = forms.ChoiceField(
        error_messages={"invalid_choice": gettext_lazy("Choose a time zone from the list.")}
    )
    week_start = forms.TypedChoiceField(coerce=int)
    fiscal_month = forms.TypedChoiceField(coerce=int)
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, company: Company, language: str) -> None:
        chosen = {
            "time_zone": company.time_zone,
            "week_start": company.week_start,
            "fiscal_month": company.fiscal_month,
        }
        super().__init__(data, initial=chosen)
        _offer(self, "time_zone", [(zone, zone.replace("_", " ")) for zone in _zones(company.time_zone)])
        _offer(self, "week_start", [(str(at), name) for at, name in enumerate(weekday_names(language))])
        _offer(self, "fiscal_month", [(str(at), name) for at, name in enumerate(month_names(language), 1)])

    def wanted(self) -> str:
        """Return what would be confirmed: the three values as they are chosen now."""
        return "|".join(str(self.cleaned_data[name]) for name in ("time_zone", "week_start", "fiscal_month"))


class PaceForm(SettingsForm):
    pace_days = forms.ChoiceField(
        choices=[(each.value, each.value) for each in PaceDays],
        error_messages={"required": gettext_lazy("Choose which days count.")},
    )
    work_week = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": gettext_lazy("Choose at least one day of the week.")}
    )
    holidays_country = forms.ChoiceField(
        required=False, error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")}
    )
    holidays_subdivision = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a region, or the whole country.")},
    )

    def __init__(
        self, data: QueryDict | None, *, company: Company, language: str, country: str | None = None
    ) -> None:
        """`country` is one just chosen, of which nothing is saved yet."""
        chosen_country = company.holidays_country if country is None else country
        is_same = chosen_country == company.holidays_country
        chosen = {
            "pace_days": company.pace_days,
            "work_week": [str(day) for day in work_week_of(company)],
            "holidays_country": chosen_country,
            "holidays_subdivision": company.holidays_subdivision if is_same else "",
        }
        super().__init__(data, initial=chosen)
        shown = chosen_country if data is None else data.get("holidays_country", "")
        regions = list(subdivision_names(shown).items())
        _offer(self, "work_week", [(str(at), name) for at, name in enumerate(weekday_names(language))])
        _offer(self, "holidays_country", [("", _("None")), *country_names(known_countries(), language)])
        _offer(self, "holidays_subdivision", [("", _("Whole country")), *regions])
        self.has_regions = bool(regions)

    def rules(self) -> PaceRules:
        return PaceRules(
            pace_days=PaceDays(self.cleaned_data["pace_days"]),
            work_week=frozenset(self.cleaned_data["work_week"]),
            country=self.cleaned_data["holidays_country"],
            subdivision=self.cleaned_data["holidays_subdivision"],
        )


class DayForm(SettingsForm):
    day = forms.CharField(required=False)
    name = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[(FREE, FREE), (WORKED, WORKED)], required=False)

    def __init__(self, data: QueryDict | None, *, language: str) -> None:
        super().__init__(data, initial={"kind": FREE}, auto_id="id_day_%s")
        self.language = language

    def clean_day(self) -> date:
        try:
            return parse_day(self.cleaned_data["day"], self.language)
        except NotADay as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    @property
    def is_working(self) -> bool:
        return self.cleaned_data.get("kind") == WORKED


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _zones(current: str) -> list[str]:
    return sorted({*_usual_zones(), current})


@cache
def _usual_zones() -> frozenset[str]:
    """Return the zones named after places, without deprecated aliases."""
    legacy = ("Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/", "posix/", "right/")
    return frozenset(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(legacy)
    ) | {"UTC"}


def consequences_of(viewer: Viewer, company: Company, form: CalendarForm) -> tuple[str, ...]:
    """Return what saving the form does, in sentences; nothing when it changes nothing that counts."""
    chosen = form.cleaned_data
    notices: list[str] = []
    if chosen["time_zone"] != company.time_zone:
        notices += _of_another_zone(viewer, company, chosen["time_zone"])
    notices += _of_other_periods(
        viewer,
        weeks=chosen["week_start"] != company.week_start,
        fiscal_years=chosen["fiscal_month"] != company.fiscal_month,
    )
    return tuple(notices)


def _of_another_zone(viewer: Viewer, company: Company, zone: str) -> Iterator[str]:
    recounted = recounted_by_time_zone(company.pk)
    yield _(
        "Changing the time zone recounts every record: %(deals)s and %(activities)s. Each counts on its"
        " date in %(zone)s, so some results move to another day."
    ) % {
        "deals": ngettext("%(count)s deal", "%(count)s deals", recounted.deals)
        % {"count": formats.number(recounted.deals, viewer.language)},
        "activities": ngettext("%(count)s activity", "%(count)s activities", recounted.activities)
        % {"count": formats.number(recounted.activities, viewer.language)},
        "zone": zone.replace("_", " "),
    }
    if recounted.deals + recounted.activities > AT_ONCE:
        yield _("That takes a while. Results stay as they are until it is done, and then change all at once.")


def _of_other_periods(viewer: Viewer, *, weeks: bool, fiscal_years: bool) -> Iterator[str]:
    others = goals_with_other_periods(viewer.actor, weeks=weeks, fiscal_years=fiscal_years)
    if others.goals:
        yield ngettext(
            "%(goals)s goal gets new periods. Its results, targets and pace are shown for them.",
            "%(goals)s goals get new periods. Their results, targets and pace are shown for them.",
            others.goals,
        ) % {"goals": formats.number(others.goals, viewer.language)}
    if others.seasonal:
        yield ngettext(
            "%(goals)s of them has individual targets. A period that starts on another day gets the goal’s"
            " own target.",
            "%(goals)s of them have individual targets. A period that starts on another day gets the goal’s"
            " own target.",
            others.seasonal,
        ) % {"goals": formats.number(others.seasonal, viewer.language)}
