"""The request of a page behind a policy that only a signed-in person passes."""

from django.http import HttpRequest

from .models import User


class Request(HttpRequest):
    """A request whose user is somebody; for types only, Django makes the real one."""

    user: User
