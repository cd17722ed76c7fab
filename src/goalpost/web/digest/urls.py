"""Addresses of the digest."""

from django.urls import URLPattern, path, re_path

from goalpost.web.digest import pages

urlpatterns: list[URLPattern] = [
    path("digest/sample", pages.send_sample, name="digest-sample"),
    re_path(r"^digest/stop/(?P<signed>[\w:-]{20,200})$", pages.stop, name="stop-digest"),
]
