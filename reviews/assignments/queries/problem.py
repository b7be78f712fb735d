"""What a matching run reads: the proposals in its scope, live pairs and affinities, together a matching problem."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, prefetch_related_objects

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.kit.runs import RunState
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import behind_the_wall, wall
from expo.proposals.queries.listing import awaiting_review

from ..affinity import PULLS, Affinity, Corpus, between, mix_all, read_corpus, says_something, text_part
from ..matching import problem as matching
from ..matching.lottery import allowed
from ..matching.problem import Pair, Problem, Rules
from ..models import Assignment, Bid, PairRule, Publication, QueueSettings, ReviewerProfile, Run
from ..states import LIVE, AssignmentState, PairKind, RepairMode, RunKind
from .lookups import settings_of
from .roster import Barriers, Person, barriers, company_of, idle, people, today


def in_scope(
    edition: Edition, by: User | None, kind: str = RunKind.MATCHING, settings: QueueSettings | None = None
) -> list[Proposal]:
    """Proposals that no conflict hides from whoever started the run: nobody assigns what they must not see.

    A repair takes those with too few live reviews that had some before; with a rolling queue also those never assigned.
    """
    hidden = wall(by or AnonymousUser(), edition)
    rows = awaiting_review(edition)
    if kind == RunKind.REPAIR:
        settings = settings or settings_of(edition)
        live = Count("assignments", filter=Q(assignments__state__in=LIVE))
        rows = rows.annotate(live=live, ever=Count("assignments")).filter(live__lt=F("edition__reviews_per_proposal"))
        came_apart = by is not None or settings.repairs != RepairMode.OFF
        repaired = Q(ever__gt=0) if came_apart else Q(pk__in=())
        rows = rows.filter(repaired | Q(ever=0) if settings.is_rolling else repaired)
    return [proposal for proposal in rows.select_related("edition") if not hidden.hides(proposal)]


def live_pairs(edition: Edition, by: User | None) -> dict[Pair, str]:
    """Live pairs with their states, but for what a conflict hides from the starter.

    What is hidden counts nowhere: a load that seems too full would reveal who reviews it.
    """
    rows = Assignment.objects.filter(edition=edition, state__in=LIVE).order_by("id")
    if by is not None:
        rows = rows.exclude(proposal__in=behind_the_wall(by, edition))
    columns = rows.values_list("proposal_id", "reviewer_id", "state")
    return {(proposal, reviewer): state for proposal, reviewer, state in columns}


def sort_live(
    live: dict[Pair, str], inside: set[int], fixed: set[int], broken: set[Pair], all_stay: bool
) -> tuple[set[Pair], set[Pair], set[Pair]]:
    """Live pairs of this problem that are locked or only kept, and those outside of it.

    `fixed`: reviewers who get nothing new, so that what they have stays with them; `broken`: a conflict came up. A
    submitted review counts even so, until a chair excludes it.
    """
    mine = {
        pair: state
        for pair, state in live.items()
        if pair[0] in inside and (pair not in broken or state == AssignmentState.SUBMITTED)
    }
    kept = {
        pair
        for pair, state in mine.items()
        if state == AssignmentState.OFFERED and not all_stay and pair[1] not in fixed
    }
    return set(mine) - kept, kept, {pair for pair in live if pair[0] not in inside}


def departed(live: dict[Pair, str], people: dict[int, Person]) -> Counter[int]:
    """Reviews per proposal by people who have left since: they count, though nothing else about them does."""
    return Counter(
        proposal
        for (proposal, reviewer), state in live.items()
        if reviewer not in people and state == AssignmentState.SUBMITTED
    )


def held_back(edition: Edition, proposals: set[int], reviewers: set[int], most: float) -> tuple[set[Pair], set[int]]:
    """Pairs that an earlier draw's coins keep from stepping in, and the proposals that were drawn before."""
    held: set[Pair] = set()
    drawn: set[int] = set()
    rows = Run.objects.filter(edition=edition, state=RunState.PUBLISHED, parameters__chance__lt=1)
    runs = rows.order_by("id").values_list("seed", "result")  # later ones rest on a proposal's first draw
    for seed, result in runs if most < 1 else ():
        if not result or not result.get("chances"):
            continue
        new = proposals & set(result["proposals"]) - drawn
        chances = {(int(p), int(r)): chance for p, r, chance in result["chances"] if p in new}
        pairs = [(proposal, reviewer) for proposal in sorted(new) for reviewer in reviewers]
        held |= set(pairs) - allowed(pairs, chances, most, seed)
        drawn |= new
    return held, drawn


@dataclass(frozen=True, eq=False)
class Affinities:
    """The affinities of some proposals and reviewers; whatever costs time is computed when first asked for.

    A pair's value depends on the pair and on all reviewers' texts (which say how rare a word is), never on other
    proposals: so it is the same on every page and in every run, whatever conflicts hide.
    """

    proposals: tuple[int, ...]
    reviewers: tuple[int, ...]
    proposal_topics: Mapping[int, frozenset[int]]
    reviewer_topics: Mapping[int, frozenset[int]]
    texts: Mapping[int, str]
    corpus: Corpus
    bids: Mapping[Pair, str]

    def of(self, proposal: int, reviewer: int) -> Affinity:
        """One pair with its parts."""
        near = self._near[self._row[proposal], self._column[reviewer]]
        has_text = near == near  # nan: one side has no text
        return between(
            self.proposal_topics[proposal],
            self.reviewer_topics[reviewer],
            text=float(near) if has_text else None,
            bid=self.bids.get((proposal, reviewer), ""),
            find_terms=lambda: self.corpus.strongest(self.texts[proposal], reviewer) if has_text and near else (),
        )

    def value(self, proposal: int, reviewer: int) -> float:
        """One pair's value alone."""
        return float(self._values[self._row[proposal], self._column[reviewer]])

    def values(self) -> dict[Pair, float]:
        """Every pair's value but for zeros."""
        rows, columns = self._values.nonzero()
        values = self._values[rows, columns].tolist()
        pairs = zip(rows.tolist(), columns.tolist(), strict=True)
        return {
            (self.proposals[row], self.reviewers[column]): value
            for (row, column), value in zip(pairs, values, strict=True)
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
        rows = [row for row, proposal in enumerate(self.proposals) if says_something(self.texts[proposal])]
        index = {reviewer: at for at, reviewer in enumerate(self.corpus.spans)}
        columns = [column for column, reviewer in enumerate(self.reviewers) if reviewer in index]
        if rows and columns:
            cosines = self.corpus.nearness([self.texts[self.proposals[row]] for row in rows])
            own = cosines[:, [index[self.reviewers[column]] for column in columns]]
            near[np.ix_(rows, columns)] = np.vectorize(text_part, otypes=[float])(own)
        return near

    @cached_property
    def _values(self) -> Any:
        import numpy as np

        every = {topic: at for at, topic in enumerate(sorted(set().union(*self.proposal_topics.values())))}
        asks = _flags([self.proposal_topics[proposal] for proposal in self.proposals], every)
        knows = _flags([self.reviewer_topics[reviewer] for reviewer in self.reviewers], every)
        count = asks.sum(axis=1, keepdims=True)
        share = np.divide(asks @ knows.T, count, out=np.full((len(asks), len(knows)), np.nan), where=count > 0)
        without = [column for column, reviewer in enumerate(self.reviewers) if not self.reviewer_topics[reviewer]]
        share[:, without] = np.nan
        pulls = np.full(self._near.shape, np.nan)
        for (proposal, reviewer), said in self.bids.items():
            if said in PULLS:
                pulls[self._row[proposal], self._column[reviewer]] = PULLS[said]
        return mix_all(share, self._near, pulls)


def _flags(sets: Collection[frozenset[int]], every: Mapping[int, int]) -> Any:
    import numpy as np

    flags = np.zeros((len(sets), len(every)))
    for row, topics in enumerate(sets):
        flags[row, [every[topic] for topic in topics if topic in every]] = 1.0
    return flags


def affinities(edition: Edition, proposals: Iterable[Proposal], people: Iterable[Person]) -> Affinities:
    """The affinities between these proposals and these reviewers of an edition."""
    rows, persons = list(proposals), {person.id: person for person in people}
    reviewer_topics = {person.id: person.topics for person in persons.values()}
    prefetch_related_objects(rows, "topics")
    proposal_topics = {each.pk: frozenset(topic.pk for topic in each.topics.all()) for each in rows}
    texts = {each.pk: text_of(each) for each in rows}
    corpus = read_corpus(past_texts(edition))
    # bids count where the edition takes them, of people whom nothing ties to a sponsor by now
    free = {person.id for person in persons.values() if not person.companies}
    bids = Bid.objects.filter(
        proposal__edition=edition, proposal__edition__queue_settings__takes_bids=True, reviewer__in=free
    ).values_list("proposal_id", "reviewer_id", "value")
    return Affinities(
        tuple(proposal_topics),
        tuple(reviewer_topics),
        proposal_topics,
        reviewer_topics,
        texts,
        corpus,
        {(proposal, reviewer): said for proposal, reviewer, said in bids if proposal in proposal_topics},
    )


def text_of(proposal: Proposal) -> str:
    """What a proposal says for review."""
    return f"{proposal.title}\n{proposal.abstract}"


def past_texts(edition: Edition) -> dict[int, list[str]]:
    """Everybody's own words and publications, by reviewer."""
    by_reviewer: dict[int, list[str]] = defaultdict(list)
    profiles = ReviewerProfile.objects.filter(edition=edition).exclude(about="").order_by("id")
    for user, about in profiles.values_list("user_id", "about"):
        by_reviewer[user].append(about)
    works = Publication.objects.filter(profile__edition=edition).order_by("id")
    for user, title, abstract in works.values_list("profile__user_id", "title", "abstract"):
        by_reviewer[user].append(f"{title}\n{abstract}")
    return dict(by_reviewer)


@dataclass(frozen=True)
class Snapshot:
    """The problem as numbers, and the facts that explain its solution.

    `pins`: what cochairs asked for, possible or not; `ruled`: what they forbade; `held_back`: pairs that an earlier
    draw keeps from stepping in; `outside`: live pairs on proposals that are not in the problem.
    """

    problem: Problem
    settings: QueueSettings
    codes: dict[int, str]
    people: dict[int, Person]
    affinities: Affinities
    topics: dict[int, str]
    barriers: Barriers
    pins: frozenset[Pair]
    ruled: frozenset[Pair]
    held_back: frozenset[Pair]
    outside: tuple[Pair, ...]
    day: date

    def idle(self, reviewer: int) -> str:
        """Why somebody gets nothing new, whatever their load; empty when they do."""
        return idle(self.people[reviewer], self.settings, self.day)


def read_snapshot(
    edition: Edition,
    by: User | None,
    seed: int,
    kind: str = RunKind.MATCHING,
    settings: QueueSettings | None = None,
) -> Snapshot:
    """A run's whole input, as far as its starter may see; repairs and draws lock everything that is live."""
    settings = settings or settings_of(edition)
    proposals = in_scope(edition, by, kind, settings)
    inside, day = {each.pk for each in proposals}, today(edition)
    persons = {each.id: each for each in people(edition, waiting=True)}
    excluded = barriers(edition, [each.user for each in persons.values()], proposals)
    fixed = {each.id for each in persons.values() if idle(each, settings, day)}
    live = live_pairs(edition, by)
    of_reviewers = {pair: state for pair, state in live.items() if pair[1] in persons}
    all_stay = kind == RunKind.REPAIR or settings.chance_cap < 1  # nothing that was drawn is drawn again
    locked, kept, outside = sort_live(of_reviewers, inside, fixed, set(excluded.conflicts), all_stay)
    held, drawn = held_back(edition, inside, set(persons), settings.chance_cap)
    rows = PairRule.objects.filter(proposal__in=inside).values_list("proposal_id", "reviewer_id", "kind")
    pinned = {(proposal, reviewer) for proposal, reviewer, kind in rows if kind == PairKind.PIN}
    ruled = {(proposal, reviewer) for proposal, reviewer, kind in rows if kind == PairKind.FORBID}
    company = company_of(edition, inside | {proposal for proposal, _ in outside})
    pair_affinities = affinities(edition, proposals, persons.values())
    gone, needs = departed(live, persons), edition.reviews_per_proposal
    problem = Problem(
        proposals=tuple(
            matching.Proposal(row.pk, max(0, needs - gone[row.pk]), company.get(row.pk)) for row in proposals
        ),
        reviewers=tuple(
            matching.Reviewer(
                id=each.id,
                most=0 if each.id in fixed else each.most,
                least=0 if each.id in fixed else min(settings.least_load, each.most),
                is_senior=each.is_senior,
                sector=each.sector,
                companies=each.companies,
            )
            for each in persons.values()
        ),
        affinities=pair_affinities.values(),
        forbidden=frozenset({*excluded.conflicts, *excluded.ended, *ruled, *(held - pinned)} - locked - kept),
        locked=frozenset(locked),
        kept=frozenset(kept),
        pinned=frozenset(pair for pair in pinned - locked if pair[1] in persons),
        elsewhere=dict(Counter(reviewer for _, reviewer in outside)),
        traffic=frozenset((one, company[p]) for p, r in outside for one in persons[r].companies if p in company),
        rules=_rules(settings, kind, is_draw=bool(inside - drawn)),
        seed=seed,
    )
    return Snapshot(
        problem,
        settings,
        codes={each.pk: each.code for each in proposals},
        people=persons,
        affinities=pair_affinities,
        topics=dict(Topic.objects.filter(edition=edition).values_list("id", "name")),
        barriers=excluded,
        pins=frozenset(pinned),
        ruled=frozenset(ruled),
        held_back=frozenset(held),
        outside=tuple(sorted(outside)),
        day=day,
    )


def _rules(settings: QueueSettings, kind: str, is_draw: bool) -> Rules:
    """A repair looks after a few places: it gives up nothing for fairness, and where the coins of an earlier draw
    already decide who may step in, it draws no second time."""
    is_repair = kind == RunKind.REPAIR
    return Rules(
        wants_senior=settings.wants_senior,
        wants_sectors=settings.wants_sectors,
        no_cycles=settings.forbids_cycles,
        floor_share=None if is_repair else settings.floor_share,
        chance=1.0 if is_repair and not is_draw else settings.chance_cap,
        stay="bonus" if settings.stay == "bonus" else "keep",
    )
