"""What a chair asks the scheduler, from what this chair sees: what is hidden is a taken room and time, or nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request
from expo.program.queries.problem import occupied_by_others, snapshot
from expo.program.solver import Break, Problem, Quota
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from reviews.scoring.queries import Overview, Standing, overview

from .. import selection
from ..fitting import Question
from ..models import Decision
from ..states import FitKind, Verdict
from .problem import WhatIf, decisions_of, holds_a_place, key_of, limits_of, selection_problem

SEED = 1


@dataclass(frozen=True)
class Asked:
    """A question with what it was taken from: `taken` are rooms and times of what its chair may not see."""

    question: Question
    taken: tuple[Break, ...]

    @property
    def problem(self) -> Problem:
        return self.question.problem

    @property
    def fingerprint(self) -> str:
        """The same for the same question."""
        words = (self.problem.fingerprint(), sorted(self.question.must), sorted(self.question.picked))
        return sha256(repr(words).encode()).hexdigest()


def scope_of(edition: Edition, viewer: User) -> str:
    """Two chairs who see the same proposals have the same; what changes behind a wall does not change it."""
    return sha256(repr(_visible(edition, viewer)).encode()).hexdigest()


@once_per_request
def _visible(edition: Edition, viewer: User) -> list[int]:
    return list(for_chairs(viewer, edition).order_by("pk").values_list("pk", flat=True))


def asked(edition: Edition, viewer: User, kind: str, what_if: WhatIf | None = None) -> Asked:
    """The question of this kind as it stands now."""
    return check_asked(edition, viewer) if kind == FitKind.CHECK else joint_asked(edition, viewer, what_if)


def check_asked(edition: Edition, viewer: User) -> Asked:
    """Everything that is accepted or is to be, by the verdicts so far."""
    seen = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    building = seen.filter(Q(state__in=PLACEABLE) | Q(decision__verdict=Verdict.ACCEPT)).order_by("pk")
    merits = dict(Decision.objects.filter(proposal__in=building).values_list("proposal_id", "merit"))
    problem, hidden = _problem(edition, viewer, [row.pk for row in building], merits)
    everything = frozenset(problem.item)
    return Asked(Question(problem, everything, everything, {}), hidden)


def _problem(
    edition: Edition, viewer: User, keys: list[int], merits: Mapping[int, float | None]
) -> tuple[Problem, tuple[Break, ...]]:
    hidden = occupied_by_others(edition, besides=_visible(edition, viewer))
    among = Proposal.objects.filter(pk__in=keys).order_by("pk")
    problem = snapshot(edition, seed=SEED, among=among, merits=merits).problem
    return replace(problem, breaks=problem.breaks + hidden), hidden


def joint_asked(edition: Edition, viewer: User, what_if: WhatIf | None = None) -> Asked:
    """Everything with a place by verdict, and everything undecided that was reviewed and clears the bar."""
    what_if = what_if or WhatIf({})
    ground = overview(edition, viewer, what_if.places)
    decisions = decisions_of(ground.standings)
    limits = limits_of(edition, [each.proposal for each in ground.standings])
    order = selection.solve(selection_problem(ground, decisions, limits, what_if))
    must = [each for each in ground.standings if holds_a_place(each, decisions)]
    free = [each for each in ground.standings if _may_come_in(each, decisions, what_if)]
    merits = {each.proposal.pk: each.merit for each in ground.standings}
    problem, hidden = _problem(edition, viewer, sorted(each.proposal.pk for each in (*must, *free)), merits)
    question = Question(
        problem=replace(problem, quotas=_quotas(ground, must, free, limits, what_if)),
        must=frozenset(each.proposal.pk for each in must),
        picked=frozenset(each.proposal.pk for each in (*must, *free) if each.proposal.code in order.chosen),
        pools={each.proposal.pk: each.pool.key for each in (*must, *free)},
    )
    return Asked(question, hidden)


def _may_come_in(standing: Standing, decisions: Mapping[int, Decision], what_if: WhatIf) -> bool:
    if holds_a_place(standing, decisions) or standing.proposal.pk in decisions or standing.merit is None:
        return False
    return standing.proposal.state == ProposalState.SUBMITTED and standing.merit >= (what_if.bar or 0.0)


def _quotas(
    ground: Overview,
    must: Iterable[Standing],
    free: Iterable[Standing],
    limits: Mapping[tuple[int, int], int],
    what_if: WhatIf,
) -> tuple[Quota, ...]:
    """Limits of tiers, and what a chair asked besides: each less what is decided, over what is not."""
    held: dict[tuple[object, ...], int] = defaultdict(int)
    open_to: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for each in must:
        for key in _keys(each):
            held[key] += 1
    for each in free:
        for key in _keys(each):
            open_to[key].append(each.proposal.pk)
    most: dict[tuple[object, ...], int] = {("limit", *key): number for key, number in limits.items()}
    if what_if.cap is not None:
        most |= {key: what_if.cap for key in open_to if key[0] == "cap"}
    most |= {
        ("places", pool.key): pool.units or 0
        for pool in ground.pools
        if pool.key in what_if.places and pool.is_in_places
    }
    return tuple(Quota(tuple(open_to[key]), max(0, number - held[key])) for key, number in most.items() if open_to[key])


def _keys(standing: Standing) -> tuple[tuple[object, ...], ...]:
    """The limits a proposal counts towards."""
    pool = standing.pool.key
    return ("limit", *key_of(standing.proposal)), ("cap", standing.proposal.sponsor_id, pool), ("places", pool)
