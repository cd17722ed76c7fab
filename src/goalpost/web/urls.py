"""Addresses of the pages."""

from django.urls import include, path

from goalpost.web.shell import appearance, saved_filters

app_name = "web"

urlpatterns = [
    path("", include("goalpost.web.goals.urls")),
    path("", include("goalpost.web.pipeline.urls")),
    path("", include("goalpost.web.deals.urls")),
    path("", include("goalpost.web.dashboards.urls")),
    path("", include("goalpost.web.reports.urls")),
    path("", include("goalpost.web.activities.urls")),
    path("", include("goalpost.web.settings.urls")),
    path("", include("goalpost.web.digest.urls")),
    path("", include("goalpost.web.wall.urls")),
    path("filters/save", saved_filters.save, name="save-filter"),
    path("filters/<int:filter_id>/delete", saved_filters.delete, name="delete-filter"),
    path("", include("goalpost.web.imports.urls")),
    path("appearance/theme", appearance.change_theme, name="change-theme"),
    path("appearance/language", appearance.change_language, name="change-language"),
]
