"""Health, metrics, embedded servers and the commands that run everything."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "expo.ops"
    verbose_name = "Operations"

    def ready(self) -> None:
        from . import rules  # noqa: F401 - registers this app's policies
