from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "goalpost.insights.dashboards"
    label = "dashboards"
