"""The home page, an edition's page, and how an edition begins."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from expo.kit import clock
from expo.kit.errors import refusals_to
from expo.kit.markdown import to_html
from expo.kit.policy import allowed, page
from expo.kit.posted import posted

from .. import forms, queries, services
from ..models import Edition


@page("editions.home", public=True)
def home(request: HttpRequest) -> HttpResponse:
    """What is next for the viewer in each edition; for strangers, what is open and what is published."""
    mine, public = queries.home(request.user, clock.now())
    context = {
        "mine": mine,
        "open_calls": [card for card in public if card.is_open],
        "programs": [card for card in public if card.edition.is_published],
        "may_create": allowed(request.user, "editions.create"),
    }
    return render(request, "expo/editions/home.html", context)


@page("editions.view", load=queries.load)
def detail(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The call, its dates, formats and tiers, and the viewer's next step."""
    now = clock.now()
    parts = [str(kind) for kind in queries.roles_of(request.user, edition)]
    context = {
        **queries.edition_facts(edition),
        "call_html": to_html(edition.call_text),
        "is_open": queries.is_open(edition, now),
        "steps": list(queries.next_steps(edition, parts)),
        "path": queries.path_of(edition),
        "moves": queries.moves(edition) if allowed(request.user, "editions.move_phase", edition) else [],
    }
    return render(request, "expo/editions/detail.html", context)


@page("editions.create")
def create(request: HttpRequest) -> HttpResponse:
    form = forms.CreateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            edition = services.create_edition(by=request.user, **form.cleaned_data)
            messages.success(request, f"{edition} is begun, and you are its organiser. Here is what it needs next.")
            return redirect("editions:setup", edition.slug)
    return render(request, "expo/editions/create.html", {"form": form})
