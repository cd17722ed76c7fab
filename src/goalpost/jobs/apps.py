from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "goalpost.jobs"
    label = "jobs"
