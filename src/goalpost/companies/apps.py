from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "goalpost.companies"
    label = "companies"
