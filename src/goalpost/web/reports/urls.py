"""Addresses of the reports."""

from django.urls import URLPattern, path

from goalpost.web.reports import forecast, moves
from goalpost.web.shell.slots import Filling, fill

fill("panel", Filling(10, "reports/panel.html", forecast.panel_group))

urlpatterns: list[URLPattern] = [
    path("reports/forecast", forecast.forecast, name="forecast"),
    path("reports/forecast/records", forecast.records, name="forecast-records"),
    path("reports/moves", moves.moves, name="forecast-moves"),
]
