"""One policy per verb, asked alike by page, API and service. Deny by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import rules
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.permissions import BasePermission

from .errors import NotAllowed

Loader = Callable[..., Any]
View = Callable[..., HttpResponse]


def allowed(user: Any, policy: str, subject: Any = None) -> bool:
    """Whether this person may; superusers get no short cut, because the conflict wall binds them too."""
    return bool(rules.has_perm(policy, user, subject))


def require(user: Any, policy: str, subject: Any = None, *, message: str | None = None) -> None:
    """Raise NotAllowed unless the policy says yes. Every service calls it first."""
    if not allowed(user, policy, subject):
        raise NotAllowed("not-allowed", message or "Your role in this edition does not allow this.")


def page(policy: str, *, load: Loader | None = None, public: bool = False) -> Callable[[View], View]:
    """Guard a view: load its subject from the URL, ask the policy, then run it as `view(request, subject)`.

    Absent and forbidden look the same: 404 when signed in, the sign-in page when not (404 if `public`).
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            subject = _found(load, request, kwargs)
            if subject is _ABSENT or not allowed(request.user, policy, subject):
                if request.user.is_authenticated or public:
                    raise Http404
                return redirect_to_login(_page_of(request))
            return view(request, subject) if load else view(request, **kwargs)

        guarded.policy = policy  # type: ignore[attr-defined]
        return guarded

    return guard


_ABSENT = object()


def _found(load: Loader | None, request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    if load is None:
        return None
    try:
        return load(request.user, **kwargs)
    except (ObjectDoesNotExist, Http404):
        return _ABSENT


def _page_of(request: HttpRequest) -> str:
    """Where to go after signing in: after a POST to the page with the form, because its URL may take no GET."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    page_url = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page_url, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(page_url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class PolicyPermission(BasePermission):
    """DRF's default permission: the view names its policy, and without one nobody gets in.

    An API view sets `policy` (or `policies = {"action": "room.verb"}`) and, for a policy about a subject,
    offers `policy_subject()`. Absent and forbidden look the same: 404 when signed in, 401 when not.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        policy = policy_of(view)
        if policy is None:
            return False
        if not hasattr(view, "policy_subject"):
            return allowed(request.user, policy)
        try:
            subject = view.policy_subject()
        except Http404:
            subject = _ABSENT
        if subject is not _ABSENT and allowed(request.user, policy, subject):
            return True
        if request.user.is_authenticated:
            raise Http404
        return False


def policy_of(view: Any) -> str | None:
    """The policy of an API view for its present action."""
    policies = getattr(view, "policies", {})
    return policies.get(getattr(view, "action", None), getattr(view, "policy", None))
