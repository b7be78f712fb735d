"""Rules between sessions: see, add and remove them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.editions.models import Edition
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages
from expo.proposals.queries.conflict_wall import wall

from ..forms import LinkForm
from ..models import Link
from ..queries.sessions import link_by_id, link_rows, linkable, writable
from ..services import links
from .base import REFUSED, SignedIn, edition_of, posted


@page("program.view_timetable", load=edition_of)
@require_http_methods(["GET", "HEAD", "POST"])
def link_list(request: SignedIn, edition: Edition) -> HttpResponse:
    form = LinkForm(posted(request), sessions=linkable(request.user, edition))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            links.add(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Added. The next run of the scheduler keeps to it.")
            return redirect("program:links", edition.slug)
    hidden = wall(request.user, edition)
    context = {
        "rows": link_rows(request.user, edition),
        "form": form,
        "is_walled": hidden.hides_some,
        "editable": writable(edition),
    }
    return render(request, "expo/program/links.html", context, status=REFUSED if form.is_bound else 200)


@page("program.unlink", load=link_by_id)
@require_POST
def remove(request: SignedIn, link: Link) -> HttpResponse:
    with refusals_as_messages(request):
        links.remove(by=request.user, link=link)
        messages.success(request, "Removed.")
    return redirect("program:links", link.edition.slug)
