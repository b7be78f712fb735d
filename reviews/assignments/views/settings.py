"""How the queue works, option by option."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from expo.editions.models import Edition
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted

from ..forms import SettingsForm, settings_initial
from ..queries import lookups
from ..services.settings import save_settings


@page("assignments.settings", load=lookups.edition_by_slug)
def settings(request: HttpRequest, edition: Edition) -> HttpResponse:
    now = lookups.settings_of(edition)
    form = SettingsForm(posted(request), initial=settings_initial(now))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            save_settings(by=request.user, edition=edition, **form.verb())
            messages.success(request, "Saved. The next run uses it.")
            return redirect("assignments:board", edition.slug)
    return render(request, "reviews/assignments/settings.html", {"form": form})
