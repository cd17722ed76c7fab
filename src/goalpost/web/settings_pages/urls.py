"""Addresses of the settings."""

from django.urls import URLPattern, path

from goalpost.web.settings_pages import home

urlpatterns: list[URLPattern] = [
    path("settings", home.settings_home, name="settings"),
]
