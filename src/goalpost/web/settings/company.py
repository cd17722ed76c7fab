"""The company's page of the settings: name, calendar, the days that pace goes by. For admins."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from goalpost.companies.calendar import (
    holiday_names,
    known_countries,
    subdivision_names,
    work_week_of,
    working_calendar_of,
)
from goalpost.companies.company import (
    PaceRules,
    add_company_day,
    change_pace_rules,
    remove_company_day,
    rename_company,
    state_of,
)
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.companies.models import Company, CompanyDay
from goalpost.crm.actions.setup import change_calendar, recounted_by_time_zone
from goalpost.crm.rule_changes import AT_ONCE, recounts_under_way
from goalpost.domain.calendar import Interval, period_of
from goalpost.domain.pace import PaceDays
from goalpost.domain.permissions import may_administer
from goalpost.goals.periods import goals_with_other_periods
from goalpost.insights import formats
from goalpost.insights.formats import country_names, month_names, weekday_names
from goalpost.web.settings.operation import progress_of, title_of
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import DayField
from goalpost.web.shell.viewer import Viewer, for_viewer

_HOLIDAYS_SHOWN = 12
FREE, WORKED = "free", "worked"

# Where the refusals of the actions are shown, when not at the field of the same name.
_SHOWN_AT = {"country": "holidays_country", "subdivision": "holidays_subdivision", "": None}
_CHANGED = gettext_lazy(
    "Somebody else changed these settings while you had them open. Nothing was saved, and what "
    "you entered is still here: look at the page in another tab, then save again to replace it."
)


class SettingsForm(forms.Form):
    """A part of the settings. `state` is the fingerprint of the settings it was filled in for."""

    part: ClassVar[str]
    state = forms.CharField(required=False, widget=forms.HiddenInput)

    def refuse(self, refusal: InvalidInput) -> None:
        """Show a refused action's messages at their fields."""
        for field, message in refusal.errors.items():
            self.add_error(_SHOWN_AT.get(field, field), message)


class NameForm(SettingsForm):
    part = "name"
    name = forms.CharField(
        required=False,
        max_length=200,
        error_messages={"max_length": gettext_lazy("Use at most 200 characters.")},
    )


class CalendarForm(SettingsForm):
    """`confirmed` are the values whose consequences the admin has seen."""

    part = "calendar"
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
        zones = sorted({*_usual_zones(), company.time_zone})
        _offer(self, "time_zone", [(zone, zone.replace("_", " ")) for zone in zones])
        _offer(self, "week_start", [(str(at), name) for at, name in enumerate(weekday_names(language))])
        _offer(self, "fiscal_month", [(str(at), name) for at, name in enumerate(month_names(language), 1)])

    def wanted(self) -> str:
        """Return what would be confirmed: the three values as they are chosen now."""
        return "|".join(str(self.cleaned_data[name]) for name in ("time_zone", "week_start", "fiscal_month"))


class PaceForm(SettingsForm):
    part = "pace"
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
    part = "day"
    day = DayField()
    name = forms.CharField(required=False)
    kind = forms.ChoiceField(choices=[(FREE, FREE), (WORKED, WORKED)], required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"kind": FREE}, auto_id="id_day_%s")

    @property
    def is_working(self) -> bool:
        return self.cleaned_data.get("kind") == WORKED


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


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


@require_safe
@for_viewer
def company_settings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the page. `holidays_country` is one just chosen, whose regions are to be shown."""
    company = _company_of(viewer)
    country = request.GET.get("holidays_country")
    known = country if country is None or country in known_countries() else ""
    return _page(request, viewer, company, country=known)


@require_POST
@for_viewer
def rename(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = NameForm(request.POST)

    def save() -> str:
        sent = form.cleaned_data
        rename_company(actor=viewer.actor, name=sent["name"], now=viewer.now, state=sent["state"])
        return _("Company name saved")

    return _save(request, viewer, company, form, save)


@require_POST
@for_viewer
def set_calendar(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change the calendar, once the admin has confirmed the consequences."""
    company = _company_of(viewer)
    form = CalendarForm(request.POST, company=company, language=viewer.language)
    if form.is_valid():
        consequences = consequences_of(viewer, company, form)
        if consequences and form.cleaned_data["confirmed"] != form.wanted():
            return _page(request, viewer, company, form, consequences=consequences)

    def save() -> str:
        sent = form.cleaned_data
        change_calendar(
            actor=viewer.actor,
            time_zone=sent["time_zone"],
            week_start=sent["week_start"],
            fiscal_month=sent["fiscal_month"],
            now=viewer.now,
            state=sent["state"],
        )
        return _("Calendar saved")

    return _save(request, viewer, company, form, save)


@require_POST
@for_viewer
def set_pace(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = PaceForm(request.POST, company=company, language=viewer.language)

    def save() -> str:
        state = form.cleaned_data["state"]
        change_pace_rules(actor=viewer.actor, rules=form.rules(), now=viewer.now, state=state)
        return _("Pace saved")

    return _save(request, viewer, company, form, save)


@require_POST
@for_viewer
def add_day(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = DayForm(request.POST)

    def save() -> str:
        day, name = form.cleaned_data["day"], form.cleaned_data["name"]
        added = add_company_day(
            actor=viewer.actor, day=day, name=name, is_working=form.is_working, now=viewer.now
        )
        return _("“%(name)s” added") % {"name": added.name}

    return _save(request, viewer, company, form, save)


@require_POST
@for_viewer
def remove_day(request: HttpRequest, viewer: Viewer, day_id: int) -> HttpResponse:
    _company_of(viewer)
    removed = remove_company_day(actor=viewer.actor, day_id=day_id, now=viewer.now)
    return _saved(request, _("“%(name)s” removed") % {"name": removed.name})


def _company_of(viewer: Viewer) -> Company:
    if not may_administer(viewer.actor):
        raise NotAllowed(_("Only an admin may change the company’s settings."))
    return viewer.company


def _page(
    request: HttpRequest,
    viewer: Viewer,
    company: Company,
    sent: SettingsForm | None = None,
    *,
    consequences: tuple[str, ...] = (),
    country: str | None = None,
) -> HttpResponse:
    """Show the submitted form with its input, the others with current values.

    `consequences` are what the change of the calendar does, to be confirmed.
    """
    language = viewer.language
    shown: tuple[SettingsForm, ...] = (
        NameForm(initial={"name": company.name}),
        CalendarForm(None, company=company, language=language),
        PaceForm(None, company=company, language=language, country=country),
        DayForm(),
    )
    month = period_of(viewer.today, Interval.MONTHLY, viewer.calendar)
    own_days = CompanyDay.objects.filter(company=company).order_by("-day")
    context = {
        "company": company,
        "currency_name": formats.currency_name(company.currency, viewer.language),
        "forms": {form.part: form for form in (*shown, *([sent] if sent else []))},
        "consequences": consequences,
        "state": state_of(company),
        "own_days": own_days,
        "recounts": [(title_of(job), progress_of(job, viewer)) for job in recounts_under_way(company.pk)],
        "holidays_ahead": _holidays_ahead(viewer, company),
        "month": month,
        "days_in_month": working_calendar_of(company, month).between(month.start, month.end),
    }
    status = 422 if sent is not None and not consequences else 200
    return render(request, "settings/company.html", context, status=status)


def _holidays_ahead(viewer: Viewer, company: Company) -> list[tuple[date, str]]:
    """Return the next public holidays of the company's country, in the viewer's language, worked ones too."""
    if not company.holidays_country:
        return []
    place, today = (company.holidays_country, company.holidays_subdivision), viewer.today
    return [
        (day, name)
        for year in (today.year, today.year + 1)
        for day, name in holiday_names(*place, year, viewer.language).items()
        if day >= today
    ][:_HOLIDAYS_SHOWN]


def _save(
    request: HttpRequest, viewer: Viewer, company: Company, form: SettingsForm, save: Callable[[], str]
) -> HttpResponse:
    """Save what a sound form says, and say so; otherwise show what is wrong with it."""
    if form.is_valid():
        try:
            return _saved(request, save())
        except InvalidInput as refusal:
            form.refuse(refusal)
        except Changed:
            form.add_error(None, _CHANGED)
    return _page(request, viewer, company, form)


def _saved(request: HttpRequest, message: str) -> HttpResponse:
    toast(request, message)
    return redirect("web:company")
