"""A request as the views behind a policy see it."""

from django.http import HttpRequest

from .models import User


class SignedIn(HttpRequest):
    """A request of somebody who has signed in, for the type checker: `@page` has asked the policy already."""

    user: User
