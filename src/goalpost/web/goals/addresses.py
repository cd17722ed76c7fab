"""Addresses of a goal's pages, with their query strings."""

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from goalpost.domain.calendar import Period

# The tabs beside the records: whose they are, and the postings that changed their sum.
OWNERS = "owners"
CHANGES = "changes"


def goal_address(public_id: str, window: Period | None = None) -> str:
    """Return the goal's page; `window` is the time range chosen, none for the one shown by itself."""
    return _with("web:goal", public_id, _window(window))


def records_address(public_id: str, period: date, window: Period | None = None, **shown: str) -> str:
    """Return the records behind the period that starts on `period`.

    `shown` are further parameters: `tab`, `sort`, `since`, `after`; empty ones are left out.
    """
    query = {"period": period.isoformat()} | _window(window)
    return _with("web:goal-records", public_id, query | {name: text for name, text in shown.items() if text})


def records_file_address(public_id: str, file_format: str, period: date, sort: str) -> str:
    """Return the records behind a period as a file, in this order."""
    address = reverse("web:goal-records-file", args=[public_id, file_format])
    return f"{address}?{urlencode({'period': period.isoformat()} | ({'sort': sort} if sort else {}))}"


def export_address(public_id: str, file_format: str, window: Period) -> str:
    """Return the goal as a file, with the time range shown."""
    return f"{reverse('web:export-goal', args=[public_id, file_format])}?{urlencode(_window(window))}"


def _window(window: Period | None) -> dict[str, str]:
    if window is None:
        return {}
    return {"from": window.start.isoformat(), "to": window.last_day.isoformat()}


def _with(name: str, public_id: str, query: dict[str, str]) -> str:
    address = reverse(name, args=[public_id])
    return f"{address}?{urlencode(query)}" if query else address
