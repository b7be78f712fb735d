"""What the decisions so far make of every proposal: in or out on points, why, and what the sponsor can be told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import wall
from reviews.scoring.queries import Overview, Standing, overview

from .. import counterfactual, feedback, reasons, selection
from ..models import Decision
from ..states import ON_POINTS, Reason, Verdict
from .problem import decisions_of, holds_a_place, is_in, key_of, limits_of, selection_problem


@dataclass(frozen=True)
class Basis:
    """The selection that agrees with the decisions made; `is_complete`: nothing is hidden from who asks."""

    overview: Overview
    decisions: Mapping[int, Decision]
    limits: Mapping[tuple[int, int], int]
    problem: selection.Problem
    is_complete: bool

    @cached_property
    def solution(self) -> selection.Solution:
        return selection.solve(self.problem)

    @cached_property
    def items(self) -> dict[str, selection.Item]:
        return {item.code: item for item in self.problem.items}

    @cached_property
    def standings(self) -> dict[int, Standing]:
        return {each.proposal.pk: each for each in self.overview.standings}

    @cached_property
    def used(self) -> Counter[tuple[int, int]]:
        """What each sponsor has accepted, by sponsor and format."""
        placed = (each.proposal for each in self.overview.standings if holds_a_place(each, self.decisions))
        return Counter(map(key_of, placed))

    @cached_property
    def contested(self) -> frozenset[str]:
        """Pools with more proposals than places."""
        asked: Counter[str] = Counter()
        for each in self.overview.standings:
            asked[each.pool.key] += each.pool.size(each.proposal.format)
        return frozenset(
            pool.key for pool in self.overview.pools if pool.units is not None and asked[pool.key] > pool.units
        )

    def answer(self, code: str) -> selection.Answer:
        """In or out on points, and why; for what is held fixed, as if it competed too."""
        if self.items[code].fixed is None:
            return self.solution.answers[code]
        return selection.solve(self._freed(code)).answers[code]

    def reason(self, standing: Standing, verdict: Verdict) -> Reason:
        """The computed reason for a verdict."""
        answer = self.answer(standing.proposal.code)
        return reasons.computed(verdict, answer, standing.recruiting, standing.reviews)

    def places(self, proposal: Proposal) -> reasons.Places:
        """What a mail may say about places."""
        standing = self.standings.get(proposal.pk)
        if standing is None or not self.is_complete:
            return reasons.Places()
        return reasons.Places(standing.pool.key in self.contested, self._reached_limit(standing))

    def facts(self, proposal: Proposal, verdict: str, reason: str) -> feedback.Facts:
        """What the draft for this verdict and reason says."""
        standing = self.standings[proposal.pk]
        strongest, weakest = feedback.ends(self._parts(standing, ()))
        readings = self.overview.readings.get(proposal.pk, ())
        comments = dict.fromkeys(text for reading in readings if (text := reading.for_sponsor.strip()))
        facts = feedback.Facts(
            verdict=str(verdict),
            reason=str(reason),
            title=proposal.title,
            format=proposal.format.name,
            reviews=standing.reviews,
            is_complete=self.is_complete,
            strongest=strongest,
            weakest=weakest,
            recruiting=standing.recruiting if reason == Reason.SALES_OR_RECRUITING else 0,
            # In an order that says nothing about who wrote what.
            comments=tuple(sorted(comments)),
        )
        if verdict == Verdict.ACCEPT or not self.is_complete:
            return facts
        if reason == Reason.OVER_THE_TIERS_LIMIT:
            held = self.answer(proposal.code).is_held_by_limit
            return replace(facts, limit=self._reached_limit(standing), is_held_by_limit=held)
        return self._on_points(facts, standing) if reason in ON_POINTS else facts

    def _on_points(self, facts: feedback.Facts, standing: Standing) -> feedback.Facts:
        answer = self.answer(standing.proposal.code)
        change = self._change(standing, answer)
        if change is not None:
            return replace(facts, change=change)
        is_full = answer.cause == selection.Cause.FULL
        is_beaten = answer.cause in (selection.Cause.OUTRANKED, selection.Cause.FULL)
        rank, gaps = (
            self._rank(standing) if is_beaten else None,
            feedback.gaps(self._parts(standing, self._leading(standing))),
        )
        if rank is not None and gaps and 2 * rank.number > rank.among:
            rank = None  # far down a number only hurts; what to work on helps
        return replace(facts, is_full=is_full, rank=rank, gaps=gaps)

    def change(self, proposal: Proposal) -> counterfactual.Change | None:
        """The smallest change of its reviews that would have got it in."""
        answer = self.answer(proposal.code)
        readings = self.overview.readings.get(proposal.pk, ())
        if answer.chosen or answer.needs is None or not readings:
            return None
        return counterfactual.smallest_change(self.case(proposal), answer.needs)

    def case(self, proposal: Proposal) -> counterfactual.Case:
        """A proposal with all that a rerun needs."""
        pool = self.items[proposal.code].pool
        items = tuple(item for item in self._freed(proposal.code).items if item.pool == pool)
        keys = {each.proposal.code: str(each.proposal.pk) for each in self.overview.standings}
        return counterfactual.Case(
            code=proposal.code,
            key=str(proposal.pk),
            marks=self.overview.scores.marks,
            ratings=tuple(
                counterfactual.Rating(reading.reviewer, tuple(sorted(reading.levels.items())))
                for reading in self.overview.readings[proposal.pk]
            ),
            scales=tuple(
                counterfactual.Scale(each.pk, each.weight, tuple(sorted(level.value for level in each.levels.all())))
                for each in self.overview.criteria
            ),
            items=items,
            keys=tuple((item.code, keys[item.code]) for item in items),
            units=self.problem.units[pool],
            limits=tuple(sorted((key, most) for key, most in self.limits.items())),
        )

    def _change(self, standing: Standing, answer: selection.Answer) -> feedback.Raise | None:
        change = self.change(standing.proposal)
        if change is None:
            return None
        names = tuple(each.name for each in self.overview.criteria if each.pk in change.criteria)
        return feedback.Raise(names, change.levels, change.is_capped)

    def _rank(self, standing: Standing) -> feedback.Rank | None:
        among = [each for each in self.overview.standings if each.pool.key == standing.pool.key and each.rank]
        placed = sum(each.proposal.code in self.solution.chosen for each in among)
        if standing.rank is None:
            return None
        return feedback.Rank(standing.rank, len(among), placed, _plural(standing))

    def _leading(self, standing: Standing) -> list[Mapping[int, float]]:
        """The levels of the other proposals that have a place on points in the same pool."""
        return [
            each.levels
            for each in self.overview.standings
            if each.pool.key == standing.pool.key
            and each.proposal.code in self.solution.chosen
            and each.proposal.pk != standing.proposal.pk
        ]

    def _parts(self, standing: Standing, band: Sequence[Mapping[int, float]]) -> tuple[feedback.Part, ...]:
        return tuple(
            feedback.Part(each.name, standing.levels[each.pk], feedback.band_means(band, each.pk))
            for each in self.overview.criteria
            if each.pk in standing.levels
        )

    def _reached_limit(self, standing: Standing) -> int | None:
        key = key_of(standing.proposal)
        others = self.used[key] - holds_a_place(standing, self.decisions)
        limit = self.limits.get(key, 0)
        return limit if others >= limit else None

    def _freed(self, code: str) -> selection.Problem:
        items = (replace(item, fixed=None) if item.code == code else item for item in self.problem.items)
        return replace(self.problem, items=tuple(items))


def basis(edition: Edition, viewer: User) -> Basis:
    """Over what the viewer sees; a constant number of queries."""
    ground = overview(edition, viewer)
    decisions = decisions_of(ground.standings)
    limits = limits_of(edition, [each.proposal for each in ground.standings])
    problem = selection_problem(ground, decisions, limits)
    open_again = {
        each.proposal.code: inside
        for each in ground.standings
        if (inside := is_in(each, decisions)) is not None and _is_on_points(decisions.get(each.proposal.pk))
    }
    items = (replace(item, fixed=None) if item.code in open_again else item for item in problem.items)
    return Basis(
        ground,
        decisions,
        limits,
        counterfactual.reproduced(replace(problem, items=tuple(items)), open_again),
        is_complete=not wall(viewer, edition).hides_some,
    )


def _is_on_points(decision: Decision | None) -> bool:
    return decision is None or decision.reason in ON_POINTS


def _plural(standing: Standing) -> str:
    return " and ".join(f"{format.name.lower()}s" for format in standing.pool.formats)
