"""The invitation: where one works, what one knows, how much one takes, when one is away and one's conflicts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from expo.accounts.queries import affiliations_of, organisation_names
from expo.editions.models import Edition
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted
from expo.proposals.queries import own_conflicts

from ..forms import DeclineForm, JoinForm, initial_of
from ..queries import lookups, roster
from ..services import profiles

MOST_WARNINGS = 5


@page("assignments.edit_profile", load=lookups.edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, edition: Edition) -> HttpResponse:
    profile = lookups.profile_of(request.user, edition)
    form = JoinForm(posted(request), edition=edition, initial=initial_of(profile))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            return _save(request, edition, form)
    return _join(request, edition, form)


def _save(request: HttpRequest, edition: Edition, form: JoinForm) -> HttpResponse:
    if "save" in request.POST:
        _warn(request, profiles.save_expertise(by=request.user, edition=edition, **form.verb_fields()))
        messages.success(request, "Saved, not yet confirmed. Have a look at your conflicts, then confirm.")
        return redirect("assignments:join", edition.slug)
    _warn(request, profiles.confirm_invitation(by=request.user, edition=edition, **form.verb_fields()))
    messages.success(request, "Thank you: you are in. You get a mail when there is something to review.")
    return redirect("assignments:queue", edition.slug)


def _warn(request: HttpRequest, added: profiles.AddedPublications) -> None:
    """What could not be read of a pasted list."""
    for each in added.bad[:MOST_WARNINGS]:
        told = f"Line {each.line} of your publications was left out. {each.reason} “{each.text[:80]}”"
        messages.warning(request, told)
    if len(added.bad) > MOST_WARNINGS:
        messages.warning(request, f"{len(added.bad) - MOST_WARNINGS} more lines of your publications were left out.")


@page("assignments.edit_profile", load=lookups.edition_by_slug)
@require_POST
def decline(request: HttpRequest, edition: Edition) -> HttpResponse:
    form = DeclineForm(request.POST, auto_id="decline-%s")
    if form.is_valid():
        with refusals_to(form):
            profiles.decline_invitation(by=request.user, edition=edition, **form.cleaned_data)
            messages.success(request, "Declined. You get nothing to review; come back here if that changes.")
            return redirect("assignments:join", edition.slug)
    profile = lookups.profile_of(request.user, edition)
    return _join(request, edition, JoinForm(edition=edition, initial=initial_of(profile)), form)


def _join(request: HttpRequest, edition: Edition, form: JoinForm, no: DeclineForm | None = None) -> HttpResponse:
    profile = lookups.profile_of(request.user, edition)
    context = {
        "form": form,
        "profile": profile,
        "answer": profile.answer,
        "publications": roster.publication_count(profile),
        "absences": roster.absences_of(profile),
        "affiliations": affiliations_of(request.user),
        "organisation_names": organisation_names(),
        "knows_employer": profile.has_no_employer or roster.works_somewhere(request.user, edition),
        "conflicts": own_conflicts(request.user, edition),
        "takes_bids": lookups.settings_of(edition).takes_bids,
        "decline_form": no or DeclineForm(auto_id="decline-%s"),
        "declining": no is not None,
    }
    wrong = form.errors or (no and no.errors)
    return render(request, "reviews/assignments/join.html", context, status=422 if wrong else 200)
