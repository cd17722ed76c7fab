from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "goalpost.accounts"
    label = "accounts"
