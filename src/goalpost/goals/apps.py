from django.apps import AppConfig


class GoalsConfig(AppConfig):
    name = "goalpost.goals"
    label = "goals"
