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

from .. import texts
from ..models import Proposal
from ..queries.allowance import Allowance, allowances_of
from ..queries.claims import confirmed_addresses
from ..queries.content import compare, content_of, missing_parts, presenters_of, revisions, written
from ..queries.listing import by_code, own_of
from ..queries.status import call_state, history_for_sponsor, next_step, status_of


@dataclass(frozen=True)
class Side:
    """One of the viewer's sponsors with what its tier allows."""

    sponsor: Sponsor
    allowances: list[Allowance]

    @property
    def may_begin(self) -> bool:
        return any(each.may_submit for each in self.allowances)

    @property
    def included(self) -> list[Allowance]:
        return [each for each in self.allowances if each.may_submit or each.submitted]


@page("proposals.list_own", load=load_edition)
@require_safe
def mine(request: HttpRequest, edition: Edition) -> HttpResponse:
    now = clock.now()
    rows = page_of(request, own_of(request.user, edition), size=20)
    context = {
        "sides": sides(request, edition),
        "page": rows,
        "stands": [status_of(each, now) for each in rows],
        "hours": call_state(edition, now),
    }
    return render(request, "expo/proposals/mine.html", context)


def sides(request: HttpRequest, edition: Edition) -> list[Side]:
    """The viewer's sponsors, by name."""
    sponsors = list(sponsors_of(request.user, edition))
    allowances = allowances_of(sponsors)
    return [Side(sponsor, allowances[sponsor.pk]) for sponsor in sponsors]


@page("proposals.view", load=by_code)
@require_safe
def detail(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    now = clock.now()
    stand = status_of(proposal, now)
    context = {
        "proposal": proposal,
        "stand": stand,
        "hours": stand.call,
        "next": next_step(stand),
        "gaps": missing_parts(stand.latest) if stand.may_submit else [],
        "topics": list(proposal.topics.all()),
        "presenters": presenters_of(proposal),
        "confirmed": {address for _, address in confirmed_addresses(proposal.edition, proposal)},
        "advice": texts.objections(proposal.public_title, proposal.public_text),
        "changes": compare(content_of(proposal), content_of(stand.copy)) if stand.copy else [],
        "written": written(content_of(stand.copy)) if stand.copy else [],
        "revisions": revisions(proposal),
        "history": history_for_sponsor(proposal),
    }
    return render(request, "expo/proposals/detail.html", context)
