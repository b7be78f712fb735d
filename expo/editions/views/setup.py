"""The setup desk: what is missing, the calendar, and the edition's way through its phases."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.kit import clock
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages

from .. import forms, queries, services
from ..models import Edition
from ..states import Phase


@page("editions.set_up", load=queries.load)
def desk(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The checklist, the parts of the set-up with their sizes, and the next phase."""
    checks = queries.checklist(edition, clock.now())
    context = {
        "needed": [check for check in checks if check.needed],
        "advised": [check for check in checks if not check.needed],
        "ready": all(check.done for check in checks if check.needed),
        "moves": queries.moves(edition),
        "path": queries.path_of(edition),
        "is_bare": not any(check.done for check in checks if check.label in ("Formats", "Tracks", "Rooms", "Days")),
        "trail": queries.trail(edition),
    }
    return render(request, "expo/editions/setup.html", context)


@page("editions.set_up", load=queries.load)
def calendar(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = forms.CalendarForm(posted(request), initial=forms.CalendarForm.initial_of(edition))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.save_calendar(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "The calendar is saved.")
            return redirect("editions:setup", edition.slug)
    return render(request, "expo/editions/calendar.html", {"form": form})


@page("editions.set_up", load=queries.load)
@require_POST
def set_up_as_icml(request: HttpRequest, edition: Edition) -> HttpResponse:
    services.set_up_as_icml(by=request.user, edition=edition)
    messages.success(
        request, "Formats, tracks, rooms and a day are there. Set the day's date, then change what differs."
    )
    return redirect("editions:setup", edition.slug)


@page("editions.move_phase", load=queries.load)
@require_POST
def move_phase(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Move the edition; a refusal comes back as a message, because there is nothing typed to keep."""
    try:
        to = Phase(request.POST.get("to", ""))
    except ValueError:
        messages.error(request, "There is no such phase. Choose one of the buttons.")
        return _back(request, edition)
    with refusals_as_messages(request):
        services.move_phase(by=request.user, edition=edition, to=to)
        messages.success(request, f"{edition} is now in the phase “{to.label.lower()}”.")
    return _back(request, edition)


def _back(request: HttpRequest, edition: Edition) -> HttpResponse:
    """To the page that has the button for this person: organisers see the setup, chairs the edition's page."""
    organises = "organiser" in queries.roles_of(request.user, edition)
    return redirect("editions:setup" if organises else "editions:detail", edition.slug)
