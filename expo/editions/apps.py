from django.apps import AppConfig


class EditionsConfig(AppConfig):
    name = "expo.editions"
    label = "editions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from expo.notify import services as mail

        from . import queries, rules  # noqa: F401 - registers this app's policies

        mail.reply_address = queries.contact_of
