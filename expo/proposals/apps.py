from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "expo.proposals"
    label = "proposals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this room's policies
