from django.apps import AppConfig


class WallConfig(AppConfig):
    name = "goalpost.insights.wall"
    label = "wall"
