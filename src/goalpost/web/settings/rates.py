"""Currencies and rates: what each is worth, what was recorded, and what a new rate moves before it counts."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from http import HTTPStatus

from babel import numbers
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goalpost.companies.currencies import CURRENCIES
from goalpost.companies.errors import InvalidInput
from goalpost.crm.actions.rates import add_rate
from goalpost.crm.checks import require_admin
from goalpost.crm.rates import RateRow, latest_rates, recorded_rates
from goalpost.crm.rule_changes import NewRate, recounts_under_way
from goalpost.insights import formats
from goalpost.web.settings.operation import progress_of, title_of
from goalpost.web.settings.rule_review import Review, review_of
from goalpost.web.settings.team_members import effect_shown
from goalpost.web.shell.toasts import toast
from goalpost.web.shell.typed import DayField, id_in
from goalpost.web.shell.viewer import Viewer, for_viewer

_PAGE = 100
_EXAMPLE = Decimal("0.0874")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


class _RateField(forms.Field):
    """A rate with the decimal sign of the page's language and up to 12 digits on each side of it."""

    def clean(self, value: object) -> Decimal:
        language = get_language() or "en"
        sign = re.escape(numbers.get_decimal_symbol(formats.locale_of(language)))
        match = re.fullmatch(rf"(\d{{1,12}})(?:{sign}(\d{{1,12}}))?", str(value or "").strip(), re.ASCII)
        if match is None:
            example = formats.decimal(_EXAMPLE, language)
            raise ValidationError(_("Enter a rate such as %(example)s.") % {"example": example})
        return Decimal(f"{match[1]}.{match[2] or 0}")


class _RateForm(forms.Form):
    currency = forms.CharField(required=False)
    rate = _RateField()
    day = DayField()

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValidationError(_("Enter a date such as 2027-01-31."))
        return day

    def refuse(self, refusal: InvalidInput) -> None:
        for field, message in refusal.errors.items():
            self.add_error(field if field in self.fields else None, message)


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewer
def rates(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the rates, and all of the `currency` asked for; on POST show what a rate moves, or add it."""
    require_admin(viewer.actor)
    if request.method != "POST":
        begin = {"currency": request.GET.get("currency", ""), "day": viewer.today.isoformat()}
        return _page(request, viewer, _RateForm(initial=begin))
    form = _RateForm(request.POST)
    if request.POST.get("do"):
        return _page(request, viewer, _RateForm(initial=request.POST.dict()))
    if form.is_valid():
        try:
            return _save(request, viewer, form)
        except InvalidInput as refusal:
            form.refuse(refusal)
    return _page(request, viewer, form)


def _save(request: HttpRequest, viewer: Viewer, form: _RateForm) -> HttpResponse:
    """Add a rate that moves no result, or whose effect was seen; otherwise show the effect."""
    currency, day, rate = (form.cleaned_data[name] for name in ("currency", "day", "rate"))
    make = partial(add_rate, actor=viewer.actor, currency=currency, day=day, rate=rate, now=viewer.now)
    review = review_of(viewer, [NewRate(currency, day.isoformat(), format(rate, "f"))], make)
    if review.is_asked and request.POST.get("seen") != review.seen:
        return _page(request, viewer, form, review=review)
    make()
    toast(request, _("Rate of %(currency)s added") % {"currency": currency})
    return redirect("web:rates")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A rate in the viewer's words."""

    row: RateRow
    name: str
    rate: str


def _shown(viewer: Viewer, row: RateRow) -> _Shown:
    language = viewer.language
    # `normalize` would write 100 as 1E+2.
    rate = formats.decimal(Decimal(format(row.rate.normalize(), "f")), language)
    return _Shown(row, formats.currency_name(row.currency, language), rate)


def _page(
    request: HttpRequest, viewer: Viewer, form: _RateForm, *, review: Review | None = None
) -> HttpResponse:
    company = viewer.company
    asked: QueryDict = request.GET
    of = asked.get("currency", "")
    page = max(id_in(asked.get("page", "")) or 1, 1)
    past = recorded_rates(company.pk, of, offset=(page - 1) * _PAGE, limit=_PAGE + 1) if of else ()
    context = {
        "company": company,
        "form": form,
        "rates": [_shown(viewer, row) for row in latest_rates(company.pk)],
        "of": of if past else "",
        "past": [_shown(viewer, row) for row in past[:_PAGE]],
        "page": page,
        "is_more": len(past) > _PAGE,
        "currencies": [
            (code, formats.currency_name(code, viewer.language))
            for code in sorted(CURRENCIES)
            if code != company.currency
        ],
        "review": review,
        "effect": effect_shown(viewer, review.effect, most=len(review.effect)) if review else None,
        "recounts": [(title_of(job), progress_of(job, viewer)) for job in recounts_under_way(company.pk)],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "settings/rates.html", context, status=status)
