from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "expo.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules, signals  # noqa: F401 - registers policies and receivers
