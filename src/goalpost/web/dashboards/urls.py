"""Addresses of the dashboards, and what dashboards put into other pages."""

from django.urls import URLPattern, path, re_path

from goalpost.web.dashboards import changes, links, pages, shares, slots
from goalpost.web.shell.slots import Filling, fill

fill("panel", Filling(-10, "dashboards/panel.html", slots.panel))
fill("create", Filling(10, "dashboards/create.html", slots.create))
fill("goal_actions", Filling(0, "dashboards/goal_actions.html", slots.goal_actions))
fill("goal_handle", Filling(0, "dashboards/goal_handle.html", slots.goal_handle))

_DASHBOARD = r"^dashboards/(?P<dashboard_id>[0-9a-f]{32})"

urlpatterns: list[URLPattern] = [
    path("dashboards/new", changes.new_dashboard, name="dashboard-new"),
    re_path(rf"{_DASHBOARD}$", pages.dashboard, name="dashboard"),
    re_path(rf"{_DASHBOARD}/add$", changes.add, name="dashboard-add"),
    re_path(rf"{_DASHBOARD}/arrange$", changes.arrange, name="dashboard-arrange"),
    re_path(rf"{_DASHBOARD}/tiles/(?P<tile_key>[0-9a-f]{{12}})$", changes.place, name="dashboard-tile"),
    re_path(rf"{_DASHBOARD}/undo$", changes.undo, name="dashboard-undo"),
    re_path(rf"{_DASHBOARD}/template$", changes.use_template, name="dashboard-template"),
    re_path(rf"{_DASHBOARD}/rename$", changes.rename, name="dashboard-rename"),
    re_path(rf"{_DASHBOARD}/delete$", changes.delete, name="dashboard-delete"),
    re_path(rf"{_DASHBOARD}/restore$", changes.restore, name="dashboard-restore"),
    re_path(rf"{_DASHBOARD}/share$", shares.share, name="dashboard-share"),
    re_path(rf"{_DASHBOARD}/links$", links.links, name="dashboard-links"),
    path("dashboards/links", links.all_links, name="dashboard-all-links"),
    path("dashboards/links/<int:link_id>/revoke", links.revoke, name="dashboard-link-revoke"),
    re_path(r"^shared/(?P<link_key>[\w-]{43})$", links.shared, name="shared-dashboard"),
]
