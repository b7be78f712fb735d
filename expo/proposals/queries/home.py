"""Somebody's own proposals in every edition, for the start page."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from expo.kit import clock
from expo.kit.memo import once_per_request
from expo.sponsors.models import Sponsor

from ..models import Proposal
from ..states import ProposalState
from .listing import WITH
from .standing import Stand, stand


@dataclass(frozen=True)
class Company:
    """A sponsor that somebody acts for, and where each of its proposals stands; withdrawn ones are left out."""

    sponsor: Sponsor
    stands: list[Stand]


@once_per_request
def companies_of(user: Any) -> dict[int, list[Company]]:
    """By edition; two queries, whatever the number of editions."""
    if not user.is_authenticated:
        return {}
    now = clock.now()
    sponsors = Sponsor.objects.filter(team__user=user).select_related("tier", "edition").order_by("name", "id")
    rows = Proposal.objects.filter(sponsor__team__user=user).exclude(state=ProposalState.WITHDRAWN)
    stands: dict[int, list[Stand]] = defaultdict(list)
    for proposal in rows.select_related(*WITH).order_by("-id"):
        stands[proposal.sponsor_id].append(stand(proposal, now))
    found: dict[int, list[Company]] = defaultdict(list)
    for sponsor in sponsors:
        found[sponsor.edition_id].append(Company(sponsor, stands[sponsor.pk]))
    return dict(found)
