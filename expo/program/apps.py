from django.apps import AppConfig


class ProgramConfig(AppConfig):
    name = "expo.program"
    label = "program"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this app's policies
