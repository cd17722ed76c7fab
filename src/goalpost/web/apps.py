from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "goalpost.web"
    label = "web"
