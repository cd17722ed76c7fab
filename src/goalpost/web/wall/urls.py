"""Addresses of the wall."""

from django.urls import URLPattern, path

from goalpost.web.wall import views

urlpatterns: list[URLPattern] = [
    path("wall", views.wall, name="wall"),
    path("wall/state", views.wall_state_now, name="wall-state"),
    path("wall/preview/<int:screen_id>", views.preview, name="wall-preview"),
    path("pair", views.pair, name="pair"),
]
