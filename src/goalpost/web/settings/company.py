"""The company's page of the settings: name, calendar, the days that pace goes by. For admins."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from goalpost.companies.calendar import holiday_names, known_countries, working_calendar_of
from goalpost.companies.company import (
    add_company_day,
    change_pace_rules,
    remove_company_day,
    rename_company,
    state_of,
)
from goalpost.companies.errors import Changed, InvalidInput, NotAllowed
from goalpost.companies.models import Company, CompanyDay
from goalpost.crm.actions.setup import change_calendar
from goalpost.crm.rule_changes import recounts_under_way
from goalpost.domain.calendar import Interval, period_of
from goalpost.domain.permissions import may_administer
from goalpost.insights import formats
from goalpost.web.settings.company_forms import (
    CalendarForm,
    DayForm,
    NameForm,
    PaceForm,
    SettingsForm,
    consequences_of,
)
from goalpost.web.settings.operation import progress_of, title_of
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.viewer import Viewer, for_viewer

_HOLIDAYS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class FreeDay:
    """A public holiday ahead. One that the company works on, or that is free anyway, costs no working day."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the page: the submitted one with its input, the others with current values."""

    name: NameForm
    calendar: CalendarForm
    pace: PaceForm
    day: DayForm
    consequences: tuple[str, ...] = ()
    """What the change of the calendar does, to be confirmed."""
    sent: SettingsForm | None = None


@require_safe
@for_viewer
def company_settings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the page. `holidays_country` is one just chosen, whose regions are to be shown."""
    company = _company_of(viewer)
    country = request.GET.get("holidays_country")
    known = country if country is None or country in known_countries() else ""
    return _page(request, viewer, company, _forms(viewer, company, country=known))


@require_POST
@for_viewer
def rename(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            rename_company(
                actor=viewer.actor,
                name=form.cleaned_data["name"],
                now=viewer.now,
                state=form.cleaned_data["state"],
            )
        except (InvalidInput, Changed) as refusal:
            _refuse(form, refusal)
        else:
            return _saved(request, _("Company name saved"))
    return _page(request, viewer, company, _forms(viewer, company, name=form, sent=form))


@require_POST
@for_viewer
def set_calendar(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Change the calendar, once the admin has confirmed the consequences."""
    company = _company_of(viewer)
    form = CalendarForm(request.POST, company=company, language=viewer.language)
    if not form.is_valid():
        return _page(request, viewer, company, _forms(viewer, company, calendar=form, sent=form))
    chosen = form.cleaned_data
    consequences = consequences_of(viewer, company, form)
    if consequences and chosen["confirmed"] != form.wanted():
        shown = _forms(viewer, company, calendar=form, consequences=consequences)
        return _page(request, viewer, company, shown)
    try:
        change_calendar(
            actor=viewer.actor,
            time_zone=chosen["time_zone"],
            week_start=chosen["week_start"],
            fiscal_month=chosen["fiscal_month"],
            now=viewer.now,
            state=chosen["state"],
        )
    except (InvalidInput, Changed) as refusal:
        _refuse(form, refusal)
        return _page(request, viewer, company, _forms(viewer, company, calendar=form, sent=form))
    return _saved(request, _("Calendar saved"))


@require_POST
@for_viewer
def set_pace(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = PaceForm(request.POST, company=company, language=viewer.language)
    if form.is_valid():
        try:
            change_pace_rules(
                actor=viewer.actor, rules=form.rules(), now=viewer.now, state=form.cleaned_data["state"]
            )
        except (InvalidInput, Changed) as refusal:
            _refuse(form, refusal)
        else:
            return _saved(request, _("Pace saved"))
    return _page(request, viewer, company, _forms(viewer, company, pace=form, sent=form))


@require_POST
@for_viewer
def add_day(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    company = _company_of(viewer)
    form = DayForm(request.POST, language=viewer.language)
    if form.is_valid():
        try:
            added = add_company_day(
                actor=viewer.actor,
                day=form.cleaned_data["day"],
                name=form.cleaned_data["name"],
                is_working=form.is_working,
                now=viewer.now,
            )
        except InvalidInput as refusal:
            _refuse(form, refusal)
        else:
            return _saved(request, _("“%(name)s” added") % {"name": added.name})
    return _page(request, viewer, company, _forms(viewer, company, day=form, sent=form))


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


def _forms(
    viewer: Viewer,
    company: Company,
    *,
    name: NameForm | None = None,
    calendar: CalendarForm | None = None,
    pace: PaceForm | None = None,
    day: DayForm | None = None,
    consequences: tuple[str, ...] = (),
    sent: SettingsForm | None = None,
    country: str | None = None,
) -> Forms:
    language = viewer.language
    return Forms(
        name or NameForm(initial={"name": company.name}),
        calendar or CalendarForm(None, company=company, language=language),
        pace or PaceForm(None, company=company, language=language, country=country),
        day or DayForm(None, language=language),
        consequences,
        sent,
    )


def _page(request: HttpRequest, viewer: Viewer, company: Company, shown: Forms) -> HttpResponse:
    month = period_of(viewer.today, Interval.MONTHLY, viewer.calendar)
    own_days = CompanyDay.objects.filter(company=company).order_by("-day")
    context = {
        "company": company,
        "currency_name": formats.currency_name(company.currency, viewer.language),
        "forms": shown,
        "state": state_of(company),
        "own_days": own_days,
        "recounts": [(title_of(job), progress_of(job, viewer)) for job in recounts_under_way(company.pk)],
        "holidays_ahead": _holidays_ahead(viewer, company),
        "month": month,
        "days_in_month": working_calendar_of(company, month).between(month.start, month.end),
    }
    status = 422 if shown.sent is not None else 200
    return render(request, "settings/company.html", context, status=status)


def _holidays_ahead(viewer: Viewer, company: Company) -> list[FreeDay]:
    """Return the next public holidays of the company's country, in the viewer's language."""
    if not company.holidays_country:
        return []
    place, today = (company.holidays_country, company.holidays_subdivision), viewer.today
    return [
        FreeDay(day, name)
        for year in (today.year, today.year + 1)
        for day, name in holiday_names(*place, year, viewer.language).items()
        if day >= today
    ][:_HOLIDAYS_SHOWN]


def _refuse(form: SettingsForm, refusal: InvalidInput | Changed) -> None:
    if isinstance(refusal, InvalidInput):
        form.refuse(refusal)
    else:
        form.add_error(
            None,
            _(
                "Somebody else changed these settings while you had them open. Nothing was saved, and what "
                "you entered is still here: look at the page in another tab, then save again to replace it."
            ),
        )


def _saved(request: HttpRequest, message: str) -> HttpResponse:
    toast(request, message)
    return redirect("web:company")
