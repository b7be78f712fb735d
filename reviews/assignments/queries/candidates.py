"""Who could review one proposal, who could not, and why."""

from dataclasses import dataclass

from expo.accounts.models import User
from expo.proposals.models import Proposal

from ..affinity import between
from ..models import Assignment
from ..states import LIVE
from .board import ReviewerRow, reviewer_rows
from .people import Barriers, barriers


@dataclass(frozen=True)
class Candidate:
    """A reviewer as seen from one proposal; `before` says how an earlier offer ended, `barrier` why it cannot be."""

    row: ReviewerRow
    affinity: float
    why: tuple[str, ...]
    before: str
    barrier: str

    @property
    def user(self) -> User:
        return self.row.person.user


def candidates(proposal: Proposal, viewer: User) -> list[Candidate]:
    """Everybody who reviews in the edition and is not on it, the free ones with the most affinity first."""
    edition = proposal.edition
    on_it = set(Assignment.objects.filter(proposal=proposal, state__in=LIVE).values_list("reviewer_id", flat=True))
    rows = [row for row in reviewer_rows(edition, viewer) if row.person.id not in on_it]
    found = barriers(edition, [row.person.user for row in rows], [proposal])
    topics = {topic.pk: topic.name for topic in proposal.topics.all()}
    made = [_candidate(row, proposal, topics, found) for row in rows]
    return sorted(made, key=lambda each: (bool(each.barrier), bool(each.before), -each.affinity, each.row.load))


def _candidate(row: ReviewerRow, proposal: Proposal, topics: dict[int, str], found: Barriers) -> Candidate:
    affinity = between(frozenset(topics), row.person.topics)
    pair = (proposal.pk, row.person.id)
    barrier = found.conflicts.get(pair, "") or _no_room(row)
    return Candidate(row, affinity.value, tuple(affinity.sentences(topics)), found.ended.get(pair, ""), barrier)


def _no_room(row: ReviewerRow) -> str:
    if row.person.is_paused:
        return "Has paused: takes on nothing new."
    return f"Full load: {row.load} of {row.person.most}." if row.load >= row.person.most else ""


def affinity_words(proposal: Proposal, person_topics: frozenset[int]) -> tuple[float, list[str]]:
    """The affinity of one pair and its sentences."""
    topics = {topic.pk: topic.name for topic in proposal.topics.all()}
    affinity = between(frozenset(topics), person_topics)
    return affinity.value, affinity.sentences(topics)
