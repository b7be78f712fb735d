"""Frozen revisions, each with what changed against the one before."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .. import diffs
from ..models import Proposal, ProposalContent, Revision
from .people import people_of


@dataclass(frozen=True)
class Step:
    """A revision and its difference; the first has none."""

    revision: Revision
    changes: list[diffs.Change]


def content(source: ProposalContent) -> dict[str, Any]:
    """What a revision freezes: everything the sponsor wrote, in plain values."""
    people = [{"name": each.name, "email": each.email, "affiliation": each.affiliation} for each in people_of(source)]
    return {
        "title": source.title,
        "format": source.format.name,
        "track": source.track.name if source.track else "",
        "abstract": source.abstract,
        "takeaways": source.takeaways,
        "topics": list(source.topics.values_list("name", flat=True)),
        "expected_audience": source.expected_audience,
        "needs": source.needs,
        "presenters": people,
        "public_title": source.public_title,
        "public_text": source.public_text,
    }


def revisions(proposal: Proposal) -> list[Step]:
    """All revisions, newest first."""
    rows = list(proposal.revisions.select_related("created_by").order_by("number"))
    changes = [[], *(diffs.compare(old.content, new.content) for old, new in pairwise(rows))]
    return [Step(row, changed) for row, changed in zip(rows, changes, strict=False)][::-1]
