"""Pages about oneself: profile, affiliations, tokens."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.kit.errors import Refused, refusals_to
from expo.kit.lists import WHOLE
from expo.kit.policy import page
from expo.kit.posted import posted

from . import queries, services
from .forms import oneself
from .models import Affiliation


@page("accounts.edit_profile")
def profile(request: SignedIn) -> HttpResponse:
    """Name, time zone and affiliations of the signed-in person."""
    initial = {"name": request.user.name, "time_zone": request.user.time_zone}
    form = oneself.ProfileForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.save_profile(by=request.user, **form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect("accounts:profile")
    return _profile(request, form=form)


def _profile(request: SignedIn, **forms_: object) -> HttpResponse:
    context = {
        "form": oneself.ProfileForm(initial={"name": request.user.name, "time_zone": request.user.time_zone}),
        "affiliation_form": oneself.AffiliationForm(),
        "affiliations": queries.affiliations_of(request.user),
        "organisation_names": queries.organisation_names(),
        **forms_,
    }
    return render(request, "expo/accounts/profile.html", context)


@page("accounts.edit_profile")
@require_POST
def add_affiliation(request: SignedIn) -> HttpResponse:
    form = oneself.AffiliationForm(request.POST)
    if form.is_valid():
        with refusals_to(form):
            made = services.add_affiliation(by=request.user, **form.cleaned_data)
            messages.success(request, f"{made.organisation} is on your list.")
            return redirect("accounts:profile")
    return _profile(request, affiliation_form=form)


@page("accounts.edit_profile", load=queries.own_affiliation)
def end_affiliation(request: SignedIn, affiliation: Affiliation) -> HttpResponse:
    form = oneself.EndForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.end_affiliation(by=request.user, affiliation=affiliation, **form.cleaned_data)
            messages.success(request, f"Noted: you left {affiliation.organisation}.")
            return redirect("accounts:profile")
    return render(request, "expo/accounts/end_affiliation.html", {"form": form, "affiliation": affiliation})


@never_cache
@page("accounts.manage_tokens")
def tokens(request: SignedIn) -> HttpResponse:
    """The list of tokens; a new one's text is shown in the answer to the POST itself, so that it is stored nowhere."""
    form = oneself.TokenForm(posted(request), user=request.user)
    made = plain = None
    if request.method == "POST" and form.is_valid():
        fields = {**form.cleaned_data, "edition_slug": form.cleaned_data["edition"]}
        del fields["edition"]
        with refusals_to(form):
            made, plain = services.create_token(by=request.user, **fields)
            form = oneself.TokenForm(user=request.user)
    context = {"form": form, "made": made, "plain": plain, "tokens": queries.tokens_of(request.user)}
    return render(request, "expo/accounts/tokens.html", context)


@page("accounts.manage_tokens")
@require_POST
def revoke_token(request: SignedIn) -> HttpResponse:
    token = queries.tokens_of(request.user).filter(token_key=request.POST.get("token", "")).first()
    if token is None:
        messages.info(request, "This token has been revoked already.")
    else:
        services.revoke_token(by=request.user, token=token)
        messages.success(request, f"The token “{token.label}” no longer works.")
    return redirect("accounts:tokens")


@page("accounts.save_view")
@require_POST
def save_view(request: SignedIn) -> HttpResponse:
    """Let a list open as it is shown now."""
    path = query = ""
    try:
        saved = services.save_view(by=request.user, **_about_list(request))
        path, query = saved.page, saved.query
        messages.success(request, "Saved. This page now opens with these filters, for you only.")
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{path}?{query}" if path else "/")


@page("accounts.save_view")
@require_POST
def forget_view(request: SignedIn) -> HttpResponse:
    """Let a list open whole again; what is shown now stays."""
    about = _about_list(request)
    try:
        path, query = services.forget_view(by=request.user, **about)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("/")
    messages.success(request, "This page opens with the whole list again.")
    return redirect(f"{path}?{query or WHOLE}")


def _about_list(request: SignedIn) -> dict[str, str]:
    return {"page": request.POST.get("page", ""), "query": request.POST.get("query", "")}
