"""Addresses of the activities."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from goalpost.web.activities import agenda_page, change
from goalpost.web.shell.navigation import Part, add_part
from goalpost.web.shell.slots import Filling, fill

add_part(Part(30, _("Activities"), "activities", "web:activities"))
fill("anywhere", Filling(0, "activities/anywhere.html", lambda _viewer, _path: {}))

_ACTIVITY = "activities/<int:activity_id>"

urlpatterns: list[URLPattern] = [
    path("activities", agenda_page.activities, name="activities"),
    path("activities/add", change.add_line, name="add-activity"),
    path("activities/understood", change.understood_line, name="understood-activity"),
    path("activities/new", change.new_activity, name="activity-new"),
    path("activities/take-back", change.take_back, name="take-back-activities"),
    path(_ACTIVITY, change.activity, name="activity"),
    path(f"{_ACTIVITY}/move", change.move, name="move-activity"),
    path(f"{_ACTIVITY}/done", change.finish, name="finish-activity"),
    path(f"{_ACTIVITY}/reopen", change.reopen, name="reopen-activity"),
    path(f"{_ACTIVITY}/delete", change.delete, name="delete-activity"),
    path(f"{_ACTIVITY}/restore", change.restore, name="restore-activity"),
]
