"""Everything a matching run needs, read at once."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from expo.accounts.models import User
from expo.editions.models import Edition, Topic
from expo.proposals.models import Proposal

from .. import matching
from ..matching import Pair, Problem, Rules
from ..models import PairRule, QueueSettings
from ..states import Answer, PairKind, RunKind
from .affinities import Affinities, affinities
from .companies import company_of
from .lookups import settings_of
from .people import Barriers, Person, barriers, people, today
from .scope import departed, held_back, in_scope, live_pairs, sort_live


@dataclass(frozen=True)
class Snapshot:
    """The problem as numbers, and the words to explain its solution.

    `pins`: what cochairs asked for, possible or not; `ruled`: what they ruled out; `held`: pairs that an earlier draw
    keeps from stepping in.
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
    held: frozenset[Pair]
    outside: tuple[Pair, ...]
    day: date

    def idle(self, reviewer: int) -> str:
        """Why somebody gets nothing new, whatever their load; empty when they do."""
        return idle(self.people[reviewer], self.settings, self.day)


def idle(person: Person, settings: QueueSettings, day: date) -> str:
    """Paused, away or yet to confirm."""
    if person.is_paused:
        return "Paused"
    if person.is_away(day):
        return "Away today"
    return "Yet to confirm" if settings.only_confirmed and person.answer != Answer.CONFIRMED else ""


def snapshot(
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
    found = barriers(edition, [each.user for each in persons.values()], proposals)
    fixed = {each.id for each in persons.values() if idle(each, settings, day)}
    live = live_pairs(edition, by)
    seated = {pair: state for pair, state in live.items() if pair[1] in persons}
    stays = kind == RunKind.REPAIR or settings.chance_cap < 1  # nothing that was drawn is put into the pot again
    locked, kept, outside = sort_live(seated, inside, fixed, set(found.conflicts), stays)
    held, drawn = held_back(edition, inside, set(persons), settings.chance_cap)
    pinned, ruled = _pair_rules(inside)
    company = company_of(edition, inside | {proposal for proposal, _ in outside})
    ability = affinities(edition, proposals, persons.values())
    problem = Problem(
        proposals=_proposals(proposals, edition, departed(live, persons), company),
        reviewers=tuple(_reviewer(each, each.id in fixed, settings) for each in persons.values()),
        affinities=ability.values(),
        forbidden=frozenset({*found.conflicts, *found.ended, *ruled, *(held - pinned)} - locked - kept),
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
        {each.pk: each.code for each in proposals},
        persons,
        ability,
        dict(Topic.objects.filter(edition=edition).values_list("id", "name")),
        found,
        frozenset(pinned),
        frozenset(ruled),
        frozenset(held),
        tuple(sorted(outside)),
        day,
    )


def _proposals(
    rows: Iterable[Proposal], edition: Edition, left: Counter[int], company: dict[int, int]
) -> tuple[matching.Proposal, ...]:
    wanted = edition.reviews_per_proposal
    return tuple(matching.Proposal(row.pk, max(0, wanted - left[row.pk]), company.get(row.pk)) for row in rows)


def _reviewer(person: Person, is_fixed: bool, settings: QueueSettings) -> matching.Reviewer:
    return matching.Reviewer(
        id=person.id,
        most=0 if is_fixed else person.most,
        least=0 if is_fixed else min(settings.least_load, person.most),
        is_senior=person.is_senior,
        sector=person.sector,
        companies=person.companies,
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


def _pair_rules(inside: set[int]) -> tuple[set[Pair], set[Pair]]:
    """Pinned and ruled out, on the run's own proposals only."""
    rows = PairRule.objects.filter(proposal__in=inside).values_list("proposal_id", "reviewer_id", "kind")
    found = [((proposal, reviewer), kind) for proposal, reviewer, kind in rows]
    return (
        {pair for pair, kind in found if kind == PairKind.PIN},
        {pair for pair, kind in found if kind == PairKind.FORBID},
    )
