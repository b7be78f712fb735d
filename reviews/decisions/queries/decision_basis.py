"""What a decision rests on: the selection that agrees with the decisions so far, and the record of a decision."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from expo.accounts.models import User
from expo.editions.models import Edition, Format
from expo.editions.queries import holders
from expo.editions.states import RoleKind
from expo.proposals.criteria import CriterionRow, LevelText, row_of
from expo.proposals.models import Proposal
from expo.proposals.queries.conflict_wall import conflicts_between, wall
from expo.proposals.states import PLACEABLE
from reviews.scoring import calibration, selection
from reviews.scoring.models import Review, Score
from reviews.scoring.queries.pools import FormatPool, limits_of, pool_by_format
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, ranking_of

from .. import counterfactual, feedback
from ..models import Decision
from ..states import ON_POINTS, Reason, Verdict


@dataclass(frozen=True)
class WhatIf:
    """A chair's question: another capacity by pool, a cap per sponsor and pool, a minimum score.

    `pins`: which proposals, by code, are held in (True) or out; `weights`: other ones, by criterion.
    """

    capacities: Mapping[str, int] = field(default_factory=dict)
    cap: int | None = None
    bar: float | None = None
    pins: Mapping[str, bool] = field(default_factory=dict)
    weights: Mapping[int, int] = field(default_factory=dict)


NOTHING_ASKED = WhatIf()
#: With fewer, feedback by criterion would tell what a single reviewer gave.
LEAST_REVIEWS = 2


def key_of(proposal: Proposal) -> tuple[int, int]:
    """What its own format counts against."""
    return proposal.sponsor_id, proposal.format_id


def format_of(proposal: Proposal, decision: Decision | None) -> Format:
    """The format that it counts in: the one that it is accepted as, released or not, else its own."""
    other = decision.format if decision is not None else None
    return other or proposal.format


def offers_among(proposals: Iterable[int]) -> dict[int, Format]:
    """By proposal: the other format that its decision accepts it as."""
    rows = Decision.objects.filter(proposal__in=proposals, format__isnull=False).select_related("format")
    return {each.proposal_id: each.format for each in rows if each.format is not None}


def decisions_of(scores: Sequence[CalibratedScore]) -> dict[int, Decision]:
    rows = Decision.objects.filter(proposal__in=[each.proposal.pk for each in scores]).select_related("batch", "format")
    return {decision.proposal_id: decision for decision in rows}


def criteria_rows(ranking: Ranking, proposal: Proposal) -> list[CriterionRow]:
    """Where its own reviews put it, by criterion: no other proposal matters, so no conflict changes it."""
    readings = ranking.readings.get(proposal.pk, ())
    rows = []
    for each in ranking.criteria_of(proposal):
        scale = [LevelText(level.value, level.label, level.anchor, level.example) for level in each.levels.all()]
        levels = [reading.levels[each.pk] for reading in readings if each.pk in reading.levels]
        mean = sum(levels) / len(levels) if len(levels) >= LEAST_REVIEWS else None
        rows.append(row_of(each.name, each.question, scale, mean))
    return rows


def is_accepted(score: CalibratedScore, decisions: Mapping[int, Decision]) -> bool:
    """Whether it is in by its decision, released or not."""
    decision = decisions.get(score.proposal.pk)
    return score.proposal.state in PLACEABLE or (decision is not None and decision.verdict == Verdict.ACCEPT)


def is_in(score: CalibratedScore, decisions: Mapping[int, Decision]) -> bool | None:
    """Whether it is in by its decision; None: undecided."""
    if is_accepted(score, decisions):
        return True
    return False if score.proposal.pk in decisions else None


def merits_of(ranking: Ranking, weights: Mapping[int, int]) -> dict[int, float | None]:
    """What to go by, by proposal; with other weights the reviews' means and their calibration are computed anew."""
    if not weights:
        return {each.proposal.pk: each.merit for each in ranking.scores}
    marks = []
    for each in ranking.scores:
        weighing = {**ranking.rubrics.of_proposal(each.proposal).weights}
        weighing |= {criterion: weight for criterion, weight in weights.items() if criterion in weighing}
        counting = {criterion: weight for criterion, weight in weighing.items() if weight}
        for reading in ranking.readings.get(each.proposal.pk, ()):
            mean = calibration.weighted_mean(reading.levels, counting)
            if mean is not None:
                marks.append(calibration.Mark(str(each.proposal.pk), reading.reviewer, mean))
    estimates = calibration.solve(replace(ranking.problem, marks=tuple(marks), pools=())).estimates
    keys = {each.proposal.pk: estimates.get(str(each.proposal.pk)) for each in ranking.scores}
    return {key: None if estimate is None else estimate.value for key, estimate in keys.items()}


def selection_problem(
    ranking: Ranking,
    decisions: Mapping[int, Decision],
    limits: Mapping[tuple[int, int], int],
    asked: WhatIf = NOTHING_ASKED,
) -> selection.Problem:
    """What is decided or pinned stays as it is; the suggestion is for the rest.

    A pool of unknown capacity takes all. A pin of what the viewer does not see is none.
    """
    pool_of, merits = pool_by_format(ranking.pools), merits_of(ranking, asked.weights)
    items = []
    for each in ranking.scores:
        format = format_of(each.proposal, decisions.get(each.proposal.pk))
        item = replace(_item(each, format, pool_of, is_in(each, decisions)), value=merits[each.proposal.pk])
        pin = asked.pins.get(item.code)
        items.append(item if pin is None else replace(item, fixed=pin, is_pinned=True))

    def capacity_of(pool: FormatPool) -> int:
        known = asked.capacities.get(pool.key, pool.capacity)
        if known is not None:
            return known
        return min(10**6, sum(item.size for item in items if item.pool == pool.key))

    capacities = {pool.key: capacity_of(pool) for pool in ranking.pools}
    return selection.Problem(tuple(items), capacities, limits, asked.cap, asked.bar)


def _item(
    score: CalibratedScore, format: Format, pool_of: Mapping[int, FormatPool], fixed: bool | None
) -> selection.Item:
    pool = pool_of[format.pk]
    return selection.Item(
        code=score.proposal.code,
        sponsor=score.proposal.sponsor_id,
        format=format.pk,
        pool=pool.key,
        size=pool.size(format),
        value=score.merit,
        fixed=fixed,
    )


@dataclass(frozen=True)
class Basis:
    """The selection that agrees with the decisions made; `is_complete`: nothing is hidden from who asks."""

    ranking: Ranking
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
    def scores(self) -> dict[int, CalibratedScore]:
        return {each.proposal.pk: each for each in self.ranking.scores}

    @cached_property
    def used(self) -> Counter[tuple[int, int]]:
        """What each sponsor has accepted, by sponsor and the format it is accepted as."""
        accepted = (each for each in self.ranking.scores if is_accepted(each, self.decisions))
        return Counter((each.proposal.sponsor_id, self.format_of(each).pk) for each in accepted)

    def format_of(self, score: CalibratedScore) -> Format:
        """The format it counts in."""
        return format_of(score.proposal, self.decisions.get(score.proposal.pk))

    @cached_property
    def pool_of(self) -> dict[int, FormatPool]:
        return pool_by_format(self.ranking.pools)

    @cached_property
    def contested(self) -> frozenset[str]:
        """Pools with more proposals than capacity."""
        demand: Counter[str] = Counter()
        for item in self.problem.items:
            demand[item.pool] += item.size
        return frozenset(
            pool.key for pool in self.ranking.pools if pool.capacity is not None and demand[pool.key] > pool.capacity
        )

    def _counts_in(self, pool: FormatPool, score: CalibratedScore) -> bool:
        return self.items[score.proposal.code].pool == pool.key

    def suggestion(self, code: str) -> selection.Suggestion:
        """In or out on points, and why; for what is held fixed, as if it competed too."""
        if self.items[code].fixed is None:
            return self.solution.suggestions[code]
        return selection.solve(self._freed(code)).suggestions[code]

    def reason(self, score: CalibratedScore, verdict: Verdict) -> Reason:
        """The computed reason for a decision."""
        suggestion = self.suggestion(score.proposal.code)
        return feedback.computed_reason(verdict, suggestion, score.recruiting, score.reviews)

    def scarcity(self, proposal: Proposal) -> feedback.Scarcity:
        """What a mail may say about capacity and limits."""
        score = self.scores.get(proposal.pk)
        if score is None or not self.is_complete:
            return feedback.Scarcity()
        return feedback.Scarcity(score.pool.key in self.contested, self._reached_limit(score))

    def facts(self, proposal: Proposal, verdict: str, reason: str) -> feedback.Facts:
        """What the draft for this verdict and reason says."""
        score = self.scores[proposal.pk]
        strongest, weakest = feedback.ends(self._parts(score, ()))
        facts = feedback.Facts(
            verdict=str(verdict),
            reason=str(reason),
            title=proposal.title,
            format=proposal.format.name,
            reviews=score.reviews,
            is_complete=self.is_complete,
            strongest=strongest,
            weakest=weakest,
            recruiting=score.recruiting if reason == Reason.SALES_OR_RECRUITING else 0,
            comments=tuple(self.ranking.comments.get(proposal.pk, ())),
        )
        if verdict == Verdict.ACCEPT or not self.is_complete:
            return facts
        if reason == Reason.OVER_THE_TIERS_LIMIT:
            held = self.suggestion(proposal.code).is_held_by_limit
            return replace(facts, limit=self._reached_limit(score), is_held_by_limit=held)
        return self._on_points(facts, score) if reason in ON_POINTS else facts

    def _on_points(self, facts: feedback.Facts, score: CalibratedScore) -> feedback.Facts:
        change = self.change(score.proposal)
        if change is not None:
            names = tuple(each.name for each in self.ranking.criteria_of(score.proposal) if each.pk in change.criteria)
            return replace(facts, change=feedback.Raise(names, change.levels, change.is_capped))
        cause = self.suggestion(score.proposal.code).cause
        is_full = cause == selection.Cause.FULL
        same_pool = [each for each in self.ranking.scores if each is score or self._counts_in(score.pool, each)]
        accepted = [
            each
            for each in same_pool
            if each.proposal.code in self.solution.chosen and self._counts_in(score.pool, each)
        ]
        rank = None
        if score.rank is not None and cause in (selection.Cause.FULL, selection.Cause.OUTRANKED):
            formats = " and ".join(f"{format.name.lower()}s" for format in score.pool.formats)
            places = sum(each.rank is not None for each in accepted)
            ranked = [each for each in same_pool if each.rank is not None]
            rank = feedback.Rank(ranked.index(score) + 1, len(ranked), places, formats)
        among = [each for each in accepted if each.proposal.pk != score.proposal.pk]
        gaps = feedback.gaps(self._parts(score, [each.levels for each in among]))
        if rank is not None and gaps and 2 * rank.number > rank.among:
            rank = None  # far down a number only hurts; what to work on helps
        return replace(facts, is_full=is_full, rank=rank, gaps=gaps)

    def change(self, proposal: Proposal) -> counterfactual.Change | None:
        """The smallest change of its reviews that would have got it in."""
        suggestion = self.suggestion(proposal.code)
        readings = self.ranking.readings.get(proposal.pk, ())
        if suggestion.chosen or suggestion.needs is None or not readings:
            return None
        # What only draws level with others would owe its place to its code.
        return counterfactual.smallest_change(self.case(proposal), suggestion.needs + 2 / selection.SCALE)

    def case(self, proposal: Proposal) -> counterfactual.Case:
        """A proposal with all that a rerun needs."""
        freed = self._freed(proposal.code).items
        pool = next(item.pool for item in freed if item.code == proposal.code)
        items = tuple(item for item in freed if item.pool == pool)
        keys = {each.proposal.code: str(each.proposal.pk) for each in self.ranking.scores}
        return counterfactual.Case(
            code=proposal.code,
            key=str(proposal.pk),
            marks=self.ranking.problem.marks,
            tracks=self.ranking.problem.tracks,
            ratings=tuple(
                counterfactual.Rating(reading.reviewer, tuple(sorted(reading.levels.items())))
                for reading in self.ranking.readings[proposal.pk]
            ),
            scales=tuple(
                counterfactual.Scale(each.pk, each.weight, tuple(sorted(level.value for level in each.levels.all())))
                for each in self.ranking.criteria_of(proposal)
            ),
            items=items,
            keys=tuple((item.code, keys[item.code]) for item in items),
            capacity=self.problem.capacities[pool],
            limits=tuple(sorted((key, most) for key, most in self.limits.items())),
        )

    def _parts(self, score: CalibratedScore, leading: Sequence[Mapping[int, float]]) -> tuple[feedback.Part, ...]:
        return tuple(
            feedback.Part(each.name, score.levels[each.pk], feedback.band_means(leading, each.pk))
            for each in self.ranking.criteria_of(score.proposal)
            if each.pk in score.levels
        )

    def _reached_limit(self, score: CalibratedScore) -> int | None:
        key = key_of(score.proposal)
        is_counted = is_accepted(score, self.decisions) and self.format_of(score).pk == key[1]
        others = self.used[key] - is_counted
        limit = self.limits.get(key, 0)
        return limit if others >= limit else None

    def _freed(self, code: str) -> selection.Problem:
        """The same with this one competing too, in its own format."""
        score = next(each for each in self.ranking.scores if each.proposal.code == code)
        free = _item(score, score.proposal.format, self.pool_of, None)
        return replace(self.problem, items=tuple(free if item.code == code else item for item in self.problem.items))


def basis_of(edition: Edition, viewer: User) -> Basis:
    """Over what the viewer sees; a constant number of queries."""
    ranking = ranking_of(edition, viewer)
    decisions = decisions_of(ranking.scores)
    limits = limits_of(edition, [each.proposal for each in ranking.scores])
    problem = selection_problem(ranking, decisions, limits)
    open_again = {}
    for each in ranking.scores:
        decision, inside = decisions.get(each.proposal.pk), is_in(each, decisions)
        # As another format it was accepted by the chairs' choice, whatever its points.
        on_points = decision is None or (decision.reason in ON_POINTS and decision.format is None)
        if inside is not None and on_points:
            open_again[each.proposal.code] = inside
    items = (replace(item, fixed=None) if item.code in open_again else item for item in problem.items)
    return Basis(
        ranking,
        decisions,
        limits,
        counterfactual.reproduced(replace(problem, items=tuple(items)), open_again),
        is_complete=not wall(viewer, edition).hides_some,
    )


def snapshot_of(proposal: Proposal, ranking: Ranking) -> dict[str, Any]:
    """Score, line, levels and who was conflicted, as plain data for the record. Reviewers stay ids of reviews."""
    score = ranking.of(proposal)
    counting = Score.objects.filter(
        review__in=Review.objects.filter(Review.COUNTS, assignment__proposal=proposal),
        criterion__in=ranking.criteria_of(proposal),
    )
    levels = counting.order_by("review_id", "criterion__position", "criterion_id").values_list(
        "review_id", "criterion__slug", "level__value"
    )
    chairs: list[User] = list(holders(proposal.edition, RoleKind.COCHAIR))
    conflicted = {
        each.user
        for each in conflicts_between(chairs, proposal.edition)
        if each.sponsor == proposal.sponsor_id and each.proposal in (None, proposal.pk)
    }
    numbers: dict[str, Any] | None = None
    if score is not None:
        names = ("merit", "mean", "median", "calibrated", "low", "high", "chance_above_line", "line", "spread")
        values = {name: getattr(score, name) for name in names}
        numbers = {
            # Six decimals: enough for anybody, and the same on every machine.
            **{name: None if value is None else round(value, 6) for name, value in values.items()},
            "reviews": score.reviews,
            "expected": score.expected,
            "recruiting": score.recruiting,
            "pool": score.pool.name,
            "units": score.pool.capacity,
            "rank": score.rank,
        }
    return {
        "proposal": {"code": proposal.code, "title": proposal.title, "version": proposal.version},
        "standing": numbers,
        "rule": {"calibrated": ranking.is_calibrated, "gate": ranking.gate, "sentence": ranking.sentence},
        "scores": [{"review": review, "criterion": slug, "level": value} for review, slug, value in levels],
        "conflicted": sorted(conflicted),
    }
