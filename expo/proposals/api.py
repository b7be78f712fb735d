"""The room's part of the API."""

from django.urls import URLPattern

routes: list[URLPattern] = []
