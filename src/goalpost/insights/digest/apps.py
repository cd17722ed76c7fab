from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "goalpost.insights.digest"
    label = "digest"
