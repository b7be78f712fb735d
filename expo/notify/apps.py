from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "expo.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this app's policies
