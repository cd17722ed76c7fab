from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "goalpost.ledger"
    label = "ledger"
