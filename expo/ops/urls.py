"""URLs of this app."""

from django.urls import path

from . import views

app_name = "ops"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("site/second-factor/", views.reset_second_factor, name="reset-second-factor"),
]
