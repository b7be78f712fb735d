"""What the pages of this app share."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms import Form
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_http_methods

from expo.kit import problems
from expo.kit.errors import Invalid, Refused

REFUSED, PRECONDITION_FAILED = 422, 412
either_way = require_http_methods(["GET", "HEAD", "POST"])


def by_script(request: HttpRequest) -> bool:
    """Whether the page's own script asks, and wants the answer in JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def with_version(request: HttpRequest) -> Mapping[str, Any]:
    """What was sent, with the version from `If-Match: "3"` where that was sent."""
    version = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return {**dict(request.POST.items()), **({"version": version} if version else {})}


def cleaned(form: Form) -> dict[str, Any]:
    """What a form says; raises a refusal in the form's own words."""
    if form.is_valid():
        return form.cleaned_data
    if "version" in form.errors:
        raise Invalid("version-missing", "The page was incomplete. Reload it and try again.")
    raise Invalid("invalid", " ".join(str(line) for lines in form.errors.values() for line in lines))


def in_json(request: HttpRequest, perform: Callable[[], str]) -> JsonResponse:
    """Do it and say so in JSON; a refusal is a problem, 412 when a version sent as If-Match was old."""
    try:
        return JsonResponse({"said": perform()})
    except Refused as refusal:
        stale = refusal.code == "stale" and "If-Match" in request.headers
        return problems.refused(refusal, status=PRECONDITION_FAILED if stale else None)
