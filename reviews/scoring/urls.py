"""Addresses of this room."""

from django.urls import URLPattern

app_name = "scoring"
urlpatterns: list[URLPattern] = []
