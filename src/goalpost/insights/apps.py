from django.apps import AppConfig


class InsightsConfig(AppConfig):
    name = "goalpost.insights"
    label = "insights"
