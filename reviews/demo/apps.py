from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo edition: real Expo sessions walked through the other rooms' verbs."""

    name = "reviews.demo"
    label = "demo"
