"""Addresses of the settings."""

from django.urls import URLPattern, path

from goalpost.web.settings_pages import company, home

urlpatterns: list[URLPattern] = [
    path("settings", home.settings_home, name="settings"),
    path("settings/company", company.company_settings, name="company"),
    path("settings/company/name", company.rename, name="company-name"),
    path("settings/company/calendar", company.set_calendar, name="company-calendar"),
    path("settings/company/pace", company.set_pace, name="company-pace"),
    path("settings/company/days", company.add_day, name="company-days"),
    path("settings/company/days/<int:day_id>/remove", company.remove_day, name="remove-company-day"),
]
