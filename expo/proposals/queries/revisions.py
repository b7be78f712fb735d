"""Frozen revisions, each with what changed against the one before."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .. import diffs
from ..models import Proposal, Revision


@dataclass(frozen=True)
class Step:
    """A revision and its difference; the first has none."""

    revision: Revision
    changes: list[diffs.Change]


def content(proposal: Proposal) -> dict[str, Any]:
    """What a revision freezes: everything the sponsor wrote, in plain values."""
    presenters = proposal.presenters.values("name", "email", "affiliation")
    return {
        "title": proposal.title,
        "format": proposal.format.name,
        "track": proposal.track.name if proposal.track else "",
        "abstract": proposal.abstract,
        "takeaways": proposal.takeaways,
        "topics": list(proposal.topics.values_list("name", flat=True)),
        "expected_audience": proposal.expected_audience,
        "needs": proposal.needs,
        "presenters": list(presenters),
        "public_title": proposal.public_title,
        "public_text": proposal.public_text,
    }


def revisions(proposal: Proposal) -> list[Step]:
    """All revisions, newest first."""
    rows = list(proposal.revisions.select_related("created_by").order_by("number"))
    changes = [[], *(diffs.compare(old.content, new.content) for old, new in pairwise(rows))]
    return [Step(row, changed) for row, changed in zip(rows, changes, strict=False)][::-1]
