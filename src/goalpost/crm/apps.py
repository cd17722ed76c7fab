from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "goalpost.crm"
    label = "crm"
