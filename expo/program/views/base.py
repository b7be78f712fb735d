"""What the pages of this room share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Form
from django.http import HttpRequest, JsonResponse

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.editions.queries import by_slug
from expo.kit import problems
from expo.kit.errors import Invalid, Refused

REFUSED, PRECONDITION_FAILED = 422, 412
NO_VERSION = Invalid("version-missing", "The page was incomplete. Reload it and try again.")


class SignedIn(HttpRequest):
    """A request that a policy of this room let in: its user is somebody."""

    user: User


def edition_of(user: Any, *, edition: str) -> Edition:
    """The edition in the address, for a policy to judge."""
    return by_slug(edition)


def by_script(request: HttpRequest) -> bool:
    """Whether the page's own script asks, and wants to hear of it in JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def with_version(request: HttpRequest) -> Mapping[str, Any]:
    """What was sent, with the version from `If-Match: "3"` where that was sent."""
    found = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return {**dict(request.POST.items()), **({"version": found} if found else {})}


def cleaned(form: Form) -> dict[str, Any]:
    """What a form says; raises a refusal in the form's own words."""
    if form.is_valid():
        return form.cleaned_data
    if "version" in form.errors:
        raise NO_VERSION
    raise Invalid("invalid", " ".join(line for lines in form.errors.values() for line in lines))


def answered(request: HttpRequest, verb: Callable[[], str]) -> JsonResponse:
    """Do it and say so in JSON; a refusal is a problem, 412 when a version sent as If-Match was old."""
    try:
        return JsonResponse({"said": verb()})
    except Refused as refusal:
        stale = refusal.code == "stale" and "If-Match" in request.headers
        return problems.refused(refusal, status=PRECONDITION_FAILED if stale else None)


def posted(request: SignedIn) -> Any:
    """What was sent, even if it is nothing; None when nothing was to be sent."""
    return request.POST if request.method == "POST" else None
