from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "goalpost.web.shell"
    label = "web"
