"""Links between sessions: see, add and remove them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as edition_of
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from expo.proposals.queries.conflict_wall import wall

from ..forms import LinkForm, LinkList
from ..models import Link
from ..queries.sessions import link_by_id, link_rows, linkable, writable
from ..services import links
from .base import REFUSED, either_way


@page("program.view_timetable", load=edition_of)
@either_way
@opens_saved_view
def link_list(request: SignedIn, edition: Edition) -> HttpResponse:
    listed = LinkList(request.GET, link_rows(request.user, edition))
    if listed.wants_csv:
        return listed.csv(f"links {edition.slug}")
    form = LinkForm(posted(request), sessions=linkable(request.user, edition))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            links.add(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Link added. The next run of the scheduler respects it.")
            return redirect("program:links", edition.slug)
    context = {
        "list": listed,
        "form": form,
        "is_walled": wall(request.user, edition).hides_some,
        "editable": writable(edition),
    }
    return render(request, "expo/program/links.html", context, status=REFUSED if form.is_bound else 200)


@page("program.unlink", load=link_by_id)
@require_POST
def remove(request: SignedIn, link: Link) -> HttpResponse:
    with refusals_as_messages(request):
        links.remove(by=request.user, link=link)
        messages.success(request, "Link removed.")
    return redirect("program:links", link.edition.slug)
