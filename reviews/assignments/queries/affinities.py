"""How well reviewers know proposals, for one pair in words or for all pairs in numbers: four queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from django.db.models import prefetch_related_objects

from expo.editions.models import Edition
from expo.proposals.models import Proposal

from .. import texts
from ..affinity import PULLS, Affinity, between, mix_all, text_part
from ..matching import Pair
from ..models import Bid, Publication, ReviewerProfile


class Knows(Protocol):
    """What is asked of a reviewer here. `companies`: the sponsors' families to which somebody is tied."""

    @property
    def id(self) -> int: ...
    @property
    def topics(self) -> frozenset[int]: ...
    @property
    def companies(self) -> frozenset[int]: ...


@dataclass(frozen=True, eq=False)
class Affinities:
    """The affinities of some proposals and reviewers; whatever costs time is computed when first asked for.

    A pair's value depends on the pair and on all reviewers' texts (which say how rare a word is), never on other
    proposals: so it is the same on every page, in every run and behind every wall.
    """

    proposals: tuple[int, ...]
    reviewers: tuple[int, ...]
    asked: Mapping[int, frozenset[int]]
    known: Mapping[int, frozenset[int]]
    written: Mapping[int, str]
    corpus: texts.Corpus
    bids: Mapping[Pair, str]

    def of(self, proposal: int, reviewer: int) -> Affinity:
        """One pair, in words if asked."""
        near = self._near[self._row[proposal], self._column[reviewer]]
        is_told = near == near  # nan: one side has no text
        return between(
            self.asked[proposal],
            self.known[reviewer],
            text=float(near) if is_told else None,
            bid=self.bids.get((proposal, reviewer), ""),
            find_terms=lambda: self.corpus.strongest(self.written[proposal], reviewer) if is_told and near else (),
        )

    def value(self, proposal: int, reviewer: int) -> float:
        """One pair's value, without its words."""
        return float(self._values[self._row[proposal], self._column[reviewer]])

    def values(self) -> dict[Pair, float]:
        """Every pair's value but for zeros."""
        rows, columns = self._values.nonzero()
        found = self._values[rows, columns].tolist()
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return {
            (self.proposals[row], self.reviewers[column]): value
            for (row, column), value in zip(pairs, found, strict=True)
        }

    @cached_property
    def _row(self) -> dict[int, int]:
        return {proposal: row for row, proposal in enumerate(self.proposals)}

    @cached_property
    def _column(self) -> dict[int, int]:
        return {reviewer: column for column, reviewer in enumerate(self.reviewers)}

    @cached_property
    def _near(self) -> Any:
        """The text parts, rounded as `text_part` rounds them; nan where a side has no text."""
        import numpy as np

        near = np.full((len(self.proposals), len(self.reviewers)), np.nan)
        rows = [row for row, proposal in enumerate(self.proposals) if texts.says_something(self.written[proposal])]
        places = {reviewer: place for place, reviewer in enumerate(self.corpus.spans)}
        columns = [column for column, reviewer in enumerate(self.reviewers) if reviewer in places]
        if rows and columns:
            cosines = self.corpus.nearness([self.written[self.proposals[row]] for row in rows])
            own = cosines[:, [places[self.reviewers[column]] for column in columns]]
            near[np.ix_(rows, columns)] = np.vectorize(text_part, otypes=[float])(own)
        return near

    @cached_property
    def _topics(self) -> Any:
        import numpy as np

        every = {topic: place for place, topic in enumerate(sorted(set().union(*self.asked.values())))}
        asks = _flags([self.asked[proposal] for proposal in self.proposals], every)
        knows = _flags([self.known[reviewer] for reviewer in self.reviewers], every)
        wanted = asks.sum(axis=1, keepdims=True)
        share = np.divide(asks @ knows.T, wanted, out=np.full((len(asks), len(knows)), np.nan), where=wanted > 0)
        share[:, [column for column, reviewer in enumerate(self.reviewers) if not self.known[reviewer]]] = np.nan
        return share

    @cached_property
    def _values(self) -> Any:
        import numpy as np

        pulls = np.full(self._near.shape, np.nan)
        for (proposal, reviewer), said in self.bids.items():
            if said in PULLS:
                pulls[self._row[proposal], self._column[reviewer]] = PULLS[said]
        return mix_all(self._topics, self._near, pulls)


def _flags(sets: Collection[frozenset[int]], every: Mapping[int, int]) -> Any:
    import numpy as np

    made = np.zeros((len(sets), len(every)))
    for row, topics in enumerate(sets):
        made[row, [every[topic] for topic in topics if topic in every]] = 1.0
    return made


def affinities(edition: Edition, proposals: Iterable[Proposal], people: Iterable[Knows]) -> Affinities:
    """The affinities between these proposals and these reviewers of an edition."""
    found, persons = list(proposals), {person.id: person for person in people}
    known = {person.id: person.topics for person in persons.values()}
    prefetch_related_objects(found, "topics")
    asked = {each.pk: frozenset(topic.pk for topic in each.topics.all()) for each in found}
    written = {each.pk: text_of(each) for each in found}
    corpus = texts.read(past_texts(edition))
    free = {person.id for person in persons.values() if not person.companies}
    return Affinities(tuple(asked), tuple(known), asked, known, written, corpus, _bids(edition, asked, free))


def text_of(proposal: Proposal) -> str:
    """What a proposal says for review."""
    return f"{proposal.title}\n{proposal.abstract}"


def past_texts(edition: Edition) -> dict[int, list[str]]:
    """Everybody's own words and publications, by reviewer."""
    found: dict[int, list[str]] = defaultdict(list)
    profiles = ReviewerProfile.objects.filter(edition=edition).exclude(about="").order_by("id")
    for user, about in profiles.values_list("user_id", "about"):
        found[user].append(about)
    works = Publication.objects.filter(profile__edition=edition).order_by("id")
    for user, title, abstract in works.values_list("profile__user_id", "title", "abstract"):
        found[user].append(f"{title}\n{abstract}")
    return dict(found)


def _bids(edition: Edition, asked: Collection[int], free: Collection[int]) -> dict[Pair, str]:
    """Bids that count: where the edition takes them, of people whom nothing ties to a sponsor by now."""
    rows = Bid.objects.filter(
        proposal__edition=edition, proposal__edition__queue_settings__takes_bids=True, reviewer__in=free
    )
    return {
        (proposal, reviewer): said
        for proposal, reviewer, said in rows.values_list("proposal_id", "reviewer_id", "value")
        if proposal in asked
    }
