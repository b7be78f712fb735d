"""Bids: what a reviewer without ties to a sponsor wants to review."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from expo.editions.models import Edition
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.posted import refusals_as_messages

from ..queries import lookups, reviewer_queue, roster
from ..services import profiles
from ..states import BidValue

CHOICES = ((BidValue.WANT, "Want"), (BidValue.CAN, "Can"), (BidValue.NO, "Rather not"), ("", "No answer"))
PREFIX = "bid-"


@page("assignments.bid", load=lookups.edition_by_slug)
@require_http_methods(["GET", "HEAD", "POST"])
def bids(request: HttpRequest, edition: Edition) -> HttpResponse:
    if request.method == "POST":
        with refusals_as_messages(request):
            changed = profiles.bid(by=request.user, edition=edition, values=_values(request))
            messages.success(request, f"Saved: {changed} answer{'' if changed == 1 else 's'} changed.")
        query = request.META.get("QUERY_STRING", "")
        return redirect(reverse("assignments:bids", args=[edition.slug]) + (f"?{query}" if query else ""))
    return render(request, "reviews/assignments/bids.html", _context(request, edition))


def _values(request: HttpRequest) -> dict[int, str]:
    """The answers on the page, by proposal; names that are none are ignored."""
    found = {}
    for name, value in request.POST.items():
        key = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and key.isascii() and key.isdigit() and len(key) < 19:
            found[int(key)] = str(value)
    return found


def _context(request: HttpRequest, edition: Edition) -> dict[str, object]:
    takes_bids = lookups.settings_of(edition).takes_bids
    tied = roster.ties(request.user, edition)
    context: dict[str, object] = {"takes_bids": takes_bids, "tied": tied}
    if not takes_bids or tied:
        return context
    show, topic = request.GET.get("show", ""), request.GET.get("topic", "")
    page_obj = page_of(request, reviewer_queue.bid_ids(request.user, edition, show, topic))
    return {
        **context,
        "page_obj": page_obj,
        "rows": reviewer_queue.bid_rows(request.user, list(page_obj.object_list)),
        "choices": CHOICES,
        "shows": reviewer_queue.BID_SHOWS,
        "show": show,
        "topic": topic,
        "topics": edition.topics.all(),
    }
