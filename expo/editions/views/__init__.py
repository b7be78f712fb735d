"""Pages of this room."""

from . import parts, roles, setup
from .home import create, detail, home

__all__ = ["create", "detail", "home", "parts", "roles", "setup"]
