"""Addresses of the shell: how the pages look."""

from django.urls import path

from goalpost.web import appearance

app_name = "web"

urlpatterns = [
    path("appearance/theme", appearance.change_theme, name="change-theme"),
    path("appearance/language", appearance.change_language, name="change-language"),
]
