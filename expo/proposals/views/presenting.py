"""Presenters answer: behind the link in their mail, or signed in; and what teams and chairs do about their answers."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from expo.accounts.requests import SignedIn, opens_saved_view
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit.errors import refusals_to
from expo.kit.http import picture_response
from expo.kit.policy import allowed, page
from expo.kit.posted import files, posted, refusals_as_messages

from ..forms.presenting import PictureForm, PresentingForm, UnconfirmedList, VouchForm
from ..models import Presenter, PresenterInvitation, Proposal
from ..queries.content import people_of
from ..queries.listing import by_code
from ..queries.presenters import asked_of, invitation_by_id, invitation_by_token, presenter_of, unconfirmed
from ..services import presenter_answers, presenter_invitations
from ..services.drafts import set_presenters
from ..states import PresenterAnswer

# --- The presenter's own page ----------------------------------------------------------------------------


@page("proposals.open_link", public=True)
@require_http_methods(["GET", "HEAD", "POST"])
def presenting(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation opens, without an account; looking changes nothing."""
    invitation = invitation_by_token(token)
    if invitation is None:
        return _private(render(request, "expo/proposals/presenting_gone.html", status=404))
    return _private(_presenting(request, invitation, token))


@page("proposals.present", load=invitation_by_id)
@require_http_methods(["GET", "HEAD", "POST"])
def present(request: SignedIn, invitation: PresenterInvitation) -> HttpResponse:
    """The same for who is signed in and has proved the address."""
    return _private(_presenting(request, invitation, ""))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: it is kept nowhere. No other site hears it either (SECURE_REFERRER_POLICY)."""
    add_never_cache_headers(response)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _presenting(request: HttpRequest, invitation: PresenterInvitation, token: str) -> HttpResponse:
    proposal, presenter = invitation.proposal, presenter_of(invitation)
    if presenter is None:
        raise Http404
    days = list(proposal.edition.days.select_related("edition"))
    form = PresentingForm(
        posted(request), files(request), presenter=presenter, asked=asked_of(proposal.format), days=days
    )
    if request.method == "POST":
        if request.POST.get("answer") == "no":
            return _decline(request, invitation, token)
        if form.is_valid():
            with refusals_to(form):
                by = request.user if request.user.is_authenticated else None
                was_yes = invitation.answer == PresenterAnswer.YES
                presenter_answers.confirm_presenting(by=by, invitation=invitation, token=token, words=form.words())
                messages.success(request, "Saved." if was_yes else "Thank you: you are confirmed as a presenter.")
                return redirect(request.path)
    context: dict[str, Any] = {
        "invitation": invitation,
        "presenter": presenter,
        "proposal": proposal,
        "its_edition": proposal.edition,
        "days": days,
        "form": form,
        "picture": presenter.picture,
        "token": token,
        "asked": form.asked,
    }
    return render(request, "expo/proposals/presenting.html", context, status=422 if form.errors else 200)


def _decline(request: HttpRequest, invitation: PresenterInvitation, token: str) -> HttpResponse:
    by = request.user if request.user.is_authenticated else None
    with refusals_as_messages(request):
        reason = request.POST.get("reason", "")
        presenter_answers.decline_presenting(by=by, invitation=invitation, token=token, reason=reason)
        messages.success(
            request,
            "You declined. The team that named you is told, and from its next release on the program leaves you out.",
        )
    return redirect(request.path)


@page("proposals.open_link", public=True)
@require_safe
def own_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The picture on the page behind the link, whose reader need not be signed in."""
    invitation = invitation_by_token(token)
    presenter = presenter_of(invitation) if invitation else None
    if presenter is None or presenter.picture is None:
        raise Http404
    response = picture_response(bytes(presenter.picture.data), presenter.picture.content_type, is_public=False)
    return _private(response)


# --- The team's side ------------------------------------------------------------------------------------


@page("proposals.change_presenters", load=lambda user, number, **kwargs: by_code(user, **kwargs))
@require_http_methods(["GET", "HEAD", "POST"])
def picture(request: SignedIn, proposal: Proposal) -> HttpResponse:
    """A presenter's picture, by their number in what the team wrote last."""
    source = getattr(proposal, "working_copy", None) or proposal
    number = request.resolver_match.kwargs["number"] if request.resolver_match else 0
    people = people_of(source)
    if not 1 <= number <= len(people) or "picture" not in asked_of(source.format):
        raise Http404
    person = people[number - 1]
    is_own = allowed(request.user, "proposals.view", proposal)
    form = PictureForm(posted(request), files(request), initial={"seen": person.picture})
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            people[number - 1] = replace(person, picture=form.digest())
            set_presenters(by=request.user, proposal=proposal, presenters=people)
            messages.success(request, f"Saved: the picture of {person.name or 'this presenter'}.")
            page_after = "proposals:detail" if is_own else "proposals:presenters"
            return redirect(page_after, proposal.edition.slug, proposal.code)
    context = {"proposal": proposal, "person": person, "form": form, "is_own": is_own}
    return render(request, "expo/proposals/presenter_picture.html", context, status=422 if form.errors else 200)


def load_presenter(user: object, *, edition: str, proposal: str, presenter: int) -> Presenter:
    """A presenter of this proposal; raises Presenter.DoesNotExist."""
    rows = Presenter.objects.select_related("proposal__edition", "proposal__sponsor")
    return rows.get(pk=presenter, proposal__code=proposal, proposal__edition__slug=edition)


@page("proposals.resend_to_presenter", load=load_presenter)
@require_POST
def resend(request: SignedIn, presenter: Presenter) -> HttpResponse:
    """Mail the link again."""
    proposal = presenter.proposal
    with refusals_as_messages(request):
        presenter_invitations.resend_to_presenter(by=request.user, presenter=presenter)
        messages.success(request, f"{presenter} is asked again.")
    return redirect("proposals:presenters", proposal.edition.slug, proposal.code)


# --- The chairs' side ------------------------------------------------------------------------------------


@page("proposals.see_after", load=load_edition)
@opens_saved_view
def not_confirmed(request: SignedIn, edition: Edition) -> HttpResponse:
    """Presenters whom the next release would not name, or who would present if their session were taken."""
    listed = UnconfirmedList(request.GET, unconfirmed(request.user, edition))
    if listed.wants_csv:
        return listed.csv(f"presenters not confirmed {edition.slug}")
    return render(request, "expo/proposals/unconfirmed.html", {"list": listed})


@page("proposals.see_after", load=load_edition)
@require_POST
def remind_all(request: SignedIn, edition: Edition) -> HttpResponse:
    """Mail the link again to everybody who has not answered."""
    with refusals_as_messages(request):
        count = presenter_invitations.remind_unconfirmed(by=request.user, edition=edition)
        people = "1 presenter is" if count == 1 else f"{count} presenters are"
        messages.success(request, f"{people} reminded. Who was mailed in the last 24 hours is left out.")
    return redirect("proposals:unconfirmed", edition.slug)


@page("proposals.see_after", load=load_edition)
@require_POST
def vouch(request: SignedIn, edition: Edition) -> HttpResponse:
    """Print chosen presenters without their own answer."""
    form = VouchForm(request.POST, rows=unconfirmed(request.user, edition))
    if not form.is_valid():
        for error in (each for errors in form.errors.values() for each in errors):
            messages.error(request, str(error))
        return redirect("proposals:unconfirmed", edition.slug)
    with refusals_as_messages(request):
        presenters, reason = form.presenters(), form.cleaned_data["reason"]
        presenter_answers.vouch_for(by=request.user, edition=edition, presenters=presenters, reason=reason)
        names = ", ".join(str(each) for each in presenters)
        messages.success(request, f"The next release names: {names}.")
    return redirect("proposals:unconfirmed", edition.slug)


@page("proposals.confirm_presenter", load=load_presenter)
@require_POST
def confirm_presenter(request: SignedIn, presenter: Presenter) -> HttpResponse:
    """The same for one, beside the hours in which they cannot come."""
    proposal = presenter.proposal
    with refusals_as_messages(request):
        reason = request.POST.get("reason", "")
        presenter_answers.confirm_presenter(by=request.user, presenter=presenter, reason=reason)
        messages.success(request, f"{presenter} is confirmed as a presenter.")
    return redirect("proposals:cannot-come", proposal.edition.slug, proposal.code)
