from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "goalpost.exchange"
    label = "exchange"
