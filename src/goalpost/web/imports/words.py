"""The words for what files hold, and for their fields."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django_stubs_ext import StrOrPromise

from goalpost.exchange.models import ImportState
from goalpost.exchange.reading.fields import FileKind
from goalpost.exchange.report import NameKind

KINDS: Mapping[FileKind, StrOrPromise] = {
    FileKind.DEALS: _("Deals"),
    FileKind.ACTIVITIES: _("Activities"),
    FileKind.USERS: _("People and teams"),
    FileKind.HISTORY: _("Stage history"),
}
STATES: Mapping[ImportState, StrOrPromise] = {
    ImportState.DRAFT: _("Draft"),
    ImportState.WAITING: _("Waiting"),
    ImportState.RUNNING: _("Running"),
    ImportState.STOPPED: _("Stopped"),
    ImportState.DONE: _("Done"),
    ImportState.UNDONE: _("Undone"),
}
STATE_BADGES = {
    ImportState.DRAFT: ("", "pencil"),
    ImportState.WAITING: ("", "clock"),
    ImportState.RUNNING: ("badge--accent", "clock"),
    ImportState.STOPPED: ("badge--behind", "warning"),
    ImportState.DONE: ("badge--on-track", "check"),
    ImportState.UNDONE: ("badge--upcoming", "undo"),
}
FIELD_WORDS: Mapping[str, StrOrPromise] = {
    "external_id": _("Record ID"),
    "title": pgettext_lazy("deal", "Title"),
    "owner": _("Owner"),
    "owner_id": _("Owner’s ID"),
    "organization": _("Organization"),
    "pipeline": _("Pipeline"),
    "stage": _("Stage"),
    "status": _("Status"),
    "is_closed": _("Is closed"),
    "is_won": _("Is won"),
    "is_lost": _("Is lost"),
    "deleted": _("Is deleted"),
    "value": _("Value"),
    "won_value": _("Value when won"),
    "currency": _("Currency"),
    "probability": _("Probability"),
    "add_time": _("Added on"),
    "close_time": _("Closed or expected on"),
    "won_time": _("Won on"),
    "lost_time": _("Lost on"),
    "expected_close_date": _("Expected close date"),
    "stage_change_time": _("Entered stage on"),
    "subject": _("Subject"),
    "type": _("Type"),
    "deal": _("Deal"),
    "due_date": _("Due date"),
    "done": _("Is done"),
    "marked_as_done_time": _("Done on"),
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail address"),
    "team": _("Team"),
    "manager": _("Team manager"),
    "active": _("Is active"),
    "moment": _("Entered stage on"),
    "field": _("Changed field"),
    "old": _("Former value"),
    "new": _("New value"),
}
STATUS_WORDS: Mapping[str, StrOrPromise] = {
    "won": pgettext_lazy("deal", "Won"),
    "lost": pgettext_lazy("deal", "Lost"),
    "open": pgettext_lazy("deal", "Open"),
}
NAME_WORDS: Mapping[NameKind, StrOrPromise] = {
    NameKind.PERSON: _("People"),
    NameKind.TEAM: _("Teams"),
    NameKind.PIPELINE: _("Pipelines"),
    NameKind.STAGE: _("Stages"),
    NameKind.ACTIVITY_TYPE: _("Activity types"),
}


def records(kind: str, count: int) -> str:
    """Return so many deals, activities, people or rows, without the number."""
    if kind == FileKind.DEALS:
        return ngettext("deal", "deals", count)
    if kind == FileKind.ACTIVITIES:
        return ngettext("activity", "activities", count)
    if kind == FileKind.USERS:
        return ngettext("person", "people", count)
    return ngettext("row", "rows", count)
