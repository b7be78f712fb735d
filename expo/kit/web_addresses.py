"""Web addresses that people type and everybody may click."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

_is_web_address = URLValidator(schemes=["http", "https"])


def problem(url: str) -> str:
    """Why an address cannot be published, in a sentence; nothing when it can, and for an empty one."""
    if not url:
        return ""
    try:
        _is_web_address(url)
        parts = urlsplit(url)
        _ = parts.port  # refuses a number that is no port
    except (ValidationError, ValueError):
        return "This is not a web address. Write it in full, like https://example.org/paper."
    if parts.username is not None or parts.password is not None:
        return "This address holds a user name or password. Everybody could read it: give the address without it."
    return ""
