"""How an address names an export."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class FileName(StringConverter):
    """`schedule.json`: so that a session's code without its slash is not taken for an export."""

    regex = r"[a-z]+\.[a-z]+"


register_converter(FileName, "file")
