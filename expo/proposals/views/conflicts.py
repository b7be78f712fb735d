"""One's own conflicts: see them with their source, declare one; chairs take others' back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.queries import has_families
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit.errors import refusals_to
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages

from ..forms import ConflictForm
from ..models import Conflict
from ..queries.claims import claims_for, unusual
from ..queries.known_conflicts import declared_by_others, own_conflicts
from ..services.conflict_facts import declare_conflict, take_back_conflict


@page("proposals.see_conflicts", load=load_edition)
@require_http_methods(["GET", "HEAD", "POST"])
def conflicts(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = ConflictForm(request.POST if request.method == "POST" else None, user=request.user, edition=edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            _declare(request, form)
            return redirect("proposals:conflicts", edition.slug)
    context = {
        "form": form,
        "own": own_conflicts(request.user, edition),
        "others": page_of(request, declared_by_others(request.user, edition)),
        "claims": claims_for(request.user, edition),
        "unusual": unusual(request.user, edition),
        "has_families": has_families(),
    }
    return render(request, "expo/proposals/conflicts.html", context, status=422 if form.errors else 200)


def _declare(request: HttpRequest, form: ConflictForm) -> None:
    found = form.cleaned_data
    declare_conflict(
        by=request.user,
        user=request.user,
        sponsor=found["sponsor"],
        proposal=found.get("proposal"),
        detail=found["detail"],
    )
    messages.success(request, f"Declared. From now on you see nothing of {found['sponsor']} but “hidden: conflict”.")


def load_conflict(user: object, *, edition: str, conflict: int) -> Conflict:
    """A declared conflict of this edition; raises Conflict.DoesNotExist."""
    rows = Conflict.objects.select_related("user", "sponsor__edition", "proposal")
    return rows.get(pk=conflict, sponsor__edition__slug=edition)


@page("proposals.take_back_conflict", load=load_conflict)
@require_POST
def take_back(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    edition = conflict.sponsor.edition
    with refusals_as_messages(request):
        take_back_conflict(by=request.user, conflict=conflict)
        messages.success(request, f"Taken back: {conflict.user} may see and judge {conflict.sponsor} again.")
    return redirect("proposals:conflicts", edition.slug)
