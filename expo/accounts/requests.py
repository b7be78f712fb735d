"""A request as the views behind a policy see it, and what one's own view of a list does to it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from .models import User
from .queries import saved_query


class SignedIn(HttpRequest):
    """A request of somebody who has signed in, for the type checker: `@page` has asked the policy already."""

    user: User
    #: The query string this person saved for this list; set by `opens_saved_view`.
    saved_view: str


def opens_saved_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Without a query, a list opens as its viewer saved it, by a redirect: the address always says what is shown."""

    @wraps(view)
    def opened(request: SignedIn, *args: Any) -> HttpResponse:
        request.saved_view = saved_query(request.user, request.path)
        if request.saved_view and request.method == "GET" and not request.META.get("QUERY_STRING"):
            return redirect(f"{request.path}?{request.saved_view}")
        return view(request, *args)

    return opened
