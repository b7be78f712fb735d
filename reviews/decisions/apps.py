from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "reviews.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this app's policies
