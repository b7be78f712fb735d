from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "expo.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this app's policies
