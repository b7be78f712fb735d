"""More time for one sponsor: its late links, on an organiser's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from expo.accounts.requests import SignedIn
from expo.kit import clock
from expo.kit.errors import refusals_to
from expo.kit.policy import page
from expo.kit.posted import posted, refusals_as_messages
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsor_of

from ..forms.verbs import LateLinkForm
from ..models import LateLink
from ..queries.call import call_of, late_links_of
from ..services import late_links as services


@page("proposals.give_late_link", load=sponsor_of)
def late_links(request: SignedIn, sponsor: Sponsor) -> HttpResponse:
    """Every right to submit late that the sponsor was given, and a form for one more."""
    form = LateLinkForm(posted(request), edition=sponsor.edition)
    if request.method == "POST" and form.is_valid():
        with refusals_to(form):
            services.give_late_link(by=request.user, sponsor=sponsor, **form.cleaned_data)
            messages.success(request, f"{sponsor} may submit until then. Its team gets a mail.")
            return redirect("proposals:late-links", sponsor.edition.slug, sponsor.pk)
    now = clock.now()
    context: dict[str, Any] = {"sponsor": sponsor, "form": form, "links": late_links_of(sponsor, now)}
    context["call"] = call_of(sponsor.pk, sponsor.edition, now)
    return render(request, "expo/proposals/late_links.html", context, status=422 if form.errors else 200)


def _late_link(user: Any, *, edition: str, sponsor: int, late_link: int) -> LateLink:
    """A late link of this sponsor, for a policy to judge; raises LateLink.DoesNotExist."""
    rows = LateLink.objects.select_related("sponsor__edition")
    return rows.get(pk=late_link, sponsor=sponsor, sponsor__edition__slug=edition)


@page("proposals.revoke_late_link", load=_late_link)
@require_POST
def revoke(request: SignedIn, late_link: LateLink) -> HttpResponse:
    with refusals_as_messages(request):
        services.revoke_late_link(by=request.user, late_link=late_link)
        messages.success(request, "Taken back. Its team gets a mail.")
    return redirect("proposals:late-links", late_link.edition.slug, late_link.sponsor_id)
