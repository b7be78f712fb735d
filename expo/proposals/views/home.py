"""The home of a sponsor's team: its proposals with their next steps, what its tier allows, every date."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expo.accounts.requests import SignedIn
from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.editions.states import Phase
from expo.kit import clock
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.kit.text import listed
from expo.sponsors.queries import TeamInBrief, teams_in_brief

from ..queries.change_requests import know_last_requests
from ..queries.listing import own_of
from ..queries.sponsor_home import dates_of, possible
from ..queries.status import ProposalStatus, status_of
from .drafts import SponsorAllowances, call_of_all, own_sponsors


@dataclass(frozen=True)
class SponsorSection:
    """One of the viewer's sponsors: apart from the others, with its own limits, team and proposals."""

    own: SponsorAllowances
    team: TeamInBrief
    statuses: list[ProposalStatus]

    @property
    def possible(self) -> str:
        return possible(self.own.allowances)


@page("proposals.list_own", load=load_edition)
@require_safe
def mine(request: SignedIn, edition: Edition) -> HttpResponse:
    now, own = clock.now(), own_sponsors(request, edition)
    teams = teams_in_brief([each.sponsor for each in own])
    rows = page_of(request, own_of(request.user, edition).order_by("sponsor__name", "sponsor", "-id"), size=20)
    know_last_requests([each.pk for each in rows])
    statuses = [status_of(each, now) for each in rows]
    sections = [
        SponsorSection(
            each, teams[each.sponsor.pk], [one for one in statuses if one.proposal.sponsor_id == each.sponsor.pk]
        )
        for each in own
    ]
    call = call_of_all(own, edition)
    context = {
        "sections": sections,
        "names": listed(each.sponsor.name for each in own),
        "page": rows,
        "call": call,
        "dates": dates_of(call, edition.days.all()),
        "may_begin": any(each.may_begin for each in own),
        "has_rubric": edition.phase != Phase.SETUP,
    }
    return render(request, "expo/proposals/mine.html", context)
