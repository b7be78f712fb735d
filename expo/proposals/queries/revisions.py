"""Revisions of a proposal, and what is not submitted yet, to compare any two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from expo.editions.queries import roles_of, teams_of
from expo.editions.states import RoleKind
from expo.kit.text import listed

from .. import comparison
from ..models import Proposal, ProposalContent, Revision
from ..states import ProposalState
from .content import content_of

#: What a page's address calls the present text.
NOW = "now"


@dataclass(frozen=True)
class RevisionStep:
    """A revision, the one before it (0: none), and which fields changed since."""

    revision: Revision
    since: int
    fields: str


@dataclass(frozen=True)
class ContentVersion:
    """Something that can be compared: a revision, or what stands now."""

    key: str
    label: str
    content: Mapping[str, Any]


def revisions(proposal: Proposal) -> list[RevisionStep]:
    """All revisions, newest first."""
    rows = list(proposal.revisions.select_related("created_by").order_by("number"))
    first = [RevisionStep(row, 0, "") for row in rows[:1]]
    later = [
        RevisionStep(new, old.number, listed(comparison.changed_labels(old.content, new.content)))
        for old, new in pairwise(rows)
    ]
    return [*first, *later][::-1]


def versions_for(user: Any, proposal: Proposal) -> list[ContentVersion]:
    """What this person may compare, the oldest first: what is not submitted yet is for its team alone.

    Whoever runs the edition and reviews in it reads no presenters while a sponsor is hidden from its reviewers.
    """
    is_team = proposal.sponsor_id in teams_of(user, proposal.edition)
    rows = proposal.revisions.order_by("number")
    versions = [ContentVersion(str(row.number), f"Revision {row.number}", row.content) for row in rows]
    latest: ProposalContent = (getattr(proposal, "working_copy", None) if is_team else None) or proposal
    is_submitted = latest is proposal and proposal.state != ProposalState.DRAFT
    content = content_of(latest)
    if not versions or content != versions[-1].content:
        label = "As it is now" if is_submitted else "Not submitted yet"
        versions.append(ContentVersion(NOW, label, content))
    if reads_no_people(user, proposal):
        return [ContentVersion(each.key, each.label, without_people(each.content)) for each in versions]
    return versions


def reads_no_people(user: Any, proposal: Proposal) -> bool:
    """Whether somebody outside its team reviews in the edition, while a sponsor is hidden from its reviewers."""
    is_team = proposal.sponsor_id in teams_of(user, proposal.edition)
    is_blind = not is_team and proposal.edition.hide_sponsor_until_scored
    return is_blind and RoleKind.REVIEWER in roles_of(user, proposal.edition)


def without_people(content: Mapping[str, Any]) -> dict[str, Any]:
    """Without who presents it, also in the parts of its outline."""
    kept = {name: value for name, value in content.items() if name != "presenters"}
    if "outline" in kept:
        kept["outline"] = [{name: part[name] for name in part if name != "presenters"} for part in kept["outline"]]
    return kept


def chosen_pair(versions: Sequence[ContentVersion], older: str, newer: str) -> tuple[ContentVersion, ContentVersion]:
    """The two that an address names by their keys; where it names none that is there, the last two."""
    by_key = {each.key: each for each in versions}
    return by_key.get(older, versions[-2:][0]), by_key.get(newer, versions[-1])
