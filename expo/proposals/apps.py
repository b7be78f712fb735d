from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "expo.proposals"
    label = "proposals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules, signals  # noqa: F401 - registers policies and receivers
