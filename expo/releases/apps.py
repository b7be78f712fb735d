from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "expo.releases"
    label = "releases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import rules, serving  # noqa: F401 - registers this app's policies and how an address names an export
