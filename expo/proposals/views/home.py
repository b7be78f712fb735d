"""The sponsor's home, and the page of one proposal."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from expo.editions.models import Edition
from expo.editions.queries import load as load_edition
from expo.kit import clock
from expo.kit.pagination import page_of
from expo.kit.policy import page
from expo.sponsors.models import Sponsor
from expo.sponsors.queries import sponsors_of

from .. import diffs, queries, wording
from ..models import Proposal
from ..shown import next_step, public_of


@dataclass(frozen=True)
class Side:
    """One of the viewer's sponsors with what its tier allows."""

    sponsor: Sponsor
    allowances: list[queries.Allowance]

    @property
    def may_begin(self) -> bool:
        return any(each.may_submit for each in self.allowances)

    @property
    def included(self) -> list[queries.Allowance]:
        return [each for each in self.allowances if each.may_submit or each.submitted]


@page("proposals.list_own", load=load_edition)
@require_safe
def mine(request: HttpRequest, edition: Edition) -> HttpResponse:
    now = clock.now()
    rows = page_of(request, queries.own_of(request.user, edition), size=20)
    context = {
        "sides": sides(request, edition),
        "page": rows,
        "stands": [queries.stand(each, now) for each in rows],
        "hours": queries.hours(edition, now),
    }
    return render(request, "expo/proposals/mine.html", context)


def sides(request: HttpRequest, edition: Edition) -> list[Side]:
    """The viewer's sponsors, by name."""
    sponsors = list(sponsors_of(request.user, edition))
    allowances = queries.allowances_of(sponsors)
    return [Side(sponsor, allowances[sponsor.pk]) for sponsor in sponsors]


@page("proposals.view", load=queries.by_code)
@require_safe
def detail(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    now = clock.now()
    stand = queries.stand(proposal, now)
    context = {
        "proposal": proposal,
        "stand": stand,
        "hours": stand.hours,
        "next": next_step(stand),
        "gaps": queries.gaps(stand.latest) if stand.may_submit else [],
        "topics": list(proposal.topics.all()),
        "presenters": queries.presenters_of(proposal),
        "confirmed": {address for _, address in queries.confirmed_addresses(proposal.edition, proposal)},
        "public": public_of(proposal),
        "advice": wording.objections(proposal.public_title, proposal.public_text),
        "changes": diffs.compare(queries.content(proposal), queries.content(stand.copy)) if stand.copy else [],
        "written": diffs.written(queries.content(stand.copy)) if stand.copy else [],
        "revisions": queries.revisions(proposal),
        "history": queries.told(proposal),
    }
    return render(request, "expo/proposals/detail.html", context)
