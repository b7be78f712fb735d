"""Suggest a selection: the best set that has a timetable, and for each proposal why, and what would change it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.text import listed
from expo.program.queries.timetable import Sketch
from expo.program.solver.problem import Problem, Quota
from expo.proposals.models import Proposal
from expo.proposals.states import ProposalState
from reviews.scoring import selection
from reviews.scoring.queries.pools import FormatPool, limits_of, pool_by_format
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, ranking_of

from .. import fitting
from ..models import Decision, Fit
from .decision_basis import WhatIf, decisions_of, format_of, is_accepted, merits_of, selection_problem
from .fits import FitQuestion, Reader, Result, problem_of, sketch_of, visible_of
from .scenarios import asked_in, words_of

Key = tuple[object, ...]
NAMED = 3  # of those who change sides with one, a sentence names so many


@dataclass(frozen=True)
class JointQuestion:
    """The question with the selection by scores and limits alone that it starts from."""

    asked: FitQuestion
    ranking: Ranking
    decisions: Mapping[int, Decision]
    merits: Mapping[int, float | None]
    solution: selection.Solution


class _Counted(NamedTuple):
    """The format that something counts in, and the pool that this is in."""

    format: int
    pool: FormatPool


def joint_question(edition: Edition, viewer: User, asked: WhatIf) -> JointQuestion:
    """Everything accepted or pinned in, and everything undecided that was reviewed and has the minimum score."""
    ranking = ranking_of(edition, viewer)
    decisions = decisions_of(ranking.scores)
    limits = limits_of(edition, [each.proposal for each in ranking.scores])
    merits = merits_of(ranking, asked.weights)
    solution = selection.solve(selection_problem(ranking, decisions, limits, asked))
    must = [each for each in ranking.scores if asked.pins.get(each.proposal.code, is_accepted(each, decisions))]
    free = [
        each
        for each in ranking.scores
        if is_suggested(each, decisions)
        and each.proposal.code not in asked.pins
        and (merit := merits[each.proposal.pk]) is not None
        and merit >= (asked.bar or 0.0)
    ]
    counted = {each.proposal.pk: _counted(each, decisions, ranking) for each in (*must, *free)}
    ids = {each.proposal.code: each.proposal.pk for each in (*must, *free)}
    problem, hidden = problem_of(edition, viewer, sorted(ids.values()), merits)
    kinds, quotas = _quotas(_Quotas(counted, must, free, limits, ranking.pools, asked), edition, problem)
    picked = frozenset(key for code, key in ids.items() if code in solution.chosen)
    question = fitting.Question(
        problem=replace(problem, quotas=quotas, items=_by_worth(problem, merits)),
        must=frozenset(each.proposal.pk for each in must),
        picked=picked,
        pools={key: each.pool.key for key, each in counted.items()},
        kinds=kinds,
        flips={
            each.proposal.pk: picked ^ {ids[code] for code in _flipping(each.proposal.code, solution) if code in ids}
            for each in free
            if (flip := solution.suggestions[each.proposal.code].flip) is not None and flip.value
        },
    )
    return JointQuestion(FitQuestion(question, hidden), ranking, decisions, merits, solution)


def is_suggested(score: CalibratedScore, decisions: Mapping[int, Decision]) -> bool:
    """Whether a suggestion is made for it: it is undecided."""
    return score.proposal.pk not in decisions and score.proposal.state == ProposalState.SUBMITTED


def _by_worth(problem: Problem, merits: Mapping[int, float | None]) -> tuple[Any, ...]:
    """The sum of the scores alone counts, so that the best set is the same as the selection's."""
    unit = fitting.MERIT_UNIT
    return tuple(
        replace(item, merit_band=0, merit=max(0, round(unit * (merits.get(item.id) or 0.0)))) for item in problem.items
    )


def _flipping(code: str, solution: selection.Solution) -> set[str]:
    """Who changes sides when this one does."""
    flip = solution.suggestions[code].flip
    return {code, *flip.comes_in, *flip.goes_out} if flip else {code}


def _counted(score: CalibratedScore, decisions: Mapping[int, Decision], ranking: Ranking) -> _Counted:
    format = format_of(score.proposal, decisions.get(score.proposal.pk))
    return _Counted(format.pk, pool_by_format(ranking.pools)[format.pk])


@dataclass(frozen=True)
class _Quotas:
    """What limits are counted over."""

    counted: Mapping[int, _Counted]
    must: Sequence[CalibratedScore]
    free: Sequence[CalibratedScore]
    limits: Mapping[tuple[int, int], int]
    pools: Iterable[FormatPool]
    asked: WhatIf


def _quotas(of: _Quotas, edition: Edition, problem: Problem) -> tuple[tuple[str, ...], tuple[Quota, ...]]:
    """Kinds and quotas: limits of tiers and presenters, capacity, a cap; each less what is in, over what is open."""

    def keys(score: CalibratedScore) -> list[Key]:
        """The limits a proposal counts towards."""
        key, sponsor = score.proposal.pk, score.proposal.sponsor_id
        mine = of.counted[key]
        people = problem.item[key].people if key in problem.item else ()
        return [
            ("limit", sponsor, mine.format),
            ("cap", sponsor, mine.pool.key),
            ("capacity", mine.pool.key),
            *(("presenter", person) for person in sorted(people)),
        ]

    used = Counter(key for each in of.must for key in keys(each))
    open_to: dict[Key, list[int]] = defaultdict(list)
    for each in of.free:
        for key in keys(each):
            open_to[key].append(each.proposal.pk)
    most: dict[Key, int] = {("limit", *key): number for key, number in of.limits.items()}
    if of.asked.cap is not None:
        most |= {key: of.asked.cap for key in open_to if key[0] == "cap"}
    for pool in of.pools:
        capacity = of.asked.capacities.get(pool.key, pool.capacity)
        if pool.is_in_places and capacity is not None:
            most["capacity", pool.key] = capacity
    if edition.presenter_limit is not None:
        most |= {key: edition.presenter_limit for key in open_to if key[0] == "presenter"}
    bound = [key for key in most if open_to.get(key)]
    return (
        tuple(str(key[0]) for key in bound),
        tuple(Quota(tuple(open_to[key]), max(0, most[key] - used[key])) for key in bound),
    )


# What comes of it


@dataclass(frozen=True)
class SuggestedRow:
    """An undecided proposal with its score, in or out, why, and what would change it."""

    proposal: Proposal
    pool: FormatPool
    score: float | None
    is_in: bool
    why: tuple[str, ...]
    flip: tuple[str, ...]


@dataclass(frozen=True)
class SuggestedSelection:
    """A suggestion in words. `is_current`: nothing it rests on has changed, so its verdicts may be given.

    `kept`: decided ones, which stay; `unreviewed`: undecided ones without a review, for which nothing is suggested.
    """

    is_current: bool
    is_proved: bool
    as_picked: bool
    asks: tuple[str, ...]
    rows: tuple[SuggestedRow, ...]
    placed: int
    kept: int
    unreviewed: int
    sketch: Sketch | None

    @property
    def sides(self) -> list[tuple[str, list[SuggestedRow]]]:
        inside = [row for row in self.rows if row.is_in]
        return [("In", inside), ("Out", [row for row in self.rows if not row.is_in])]


def suggestion_of(fit: Fit, viewer: User) -> SuggestedSelection:
    """An answer of the scheduler as it reads now, for who asks."""
    result: Result = fit.result or {}
    edition = fit.edition
    asked = asked_in(fit.parameters)
    now = joint_question(edition, viewer, asked)
    visible = visible_of(edition, viewer)
    placed = [row for row in result["placed"] if row[0] in visible]
    taken = {row[0] for row in placed}
    words = _Words(now, result, Reader(edition, visible), taken)
    open_ones = [each for each in now.ranking.scores if is_suggested(each, now.decisions)]
    reviewed = [each for each in open_ones if now.merits[each.proposal.pk] is not None]
    is_current = now.asked.fingerprint == fit.input_hash and "flips" in result
    return SuggestedSelection(
        is_current=is_current,
        is_proved=bool(result["is_proved"]),
        as_picked=set(result["picked"]) == taken,
        asks=tuple(words_of(now.ranking, asked)),
        rows=tuple(words.row(each) for each in reviewed) if is_current else (),
        placed=len(placed),
        kept=len(now.ranking.scores) - len(open_ones),
        unreviewed=len(open_ones) - len(reviewed),
        sketch=sketch_of(edition, viewer, placed, result["taken"], visible) if placed else None,
    )


class _Words:
    """Sentences about each proposal of one answer."""

    def __init__(self, now: JointQuestion, result: Result, reader: Reader, taken: set[int]) -> None:
        self.now, self.result, self.reader, self.taken = now, result, reader, taken
        self.picked = set(result["picked"])
        self.swaps: dict[int, Result] = {row["out"]: row for row in result["swaps"] if row["out"] is not None}
        self.instead: dict[int, int | None] = {
            row["in"]: row["out"] for row in result["swaps"] if row["in"] is not None
        }
        self.title = {each.proposal.code: f"“{each.proposal.title}”" for each in now.ranking.scores}

    def row(self, score: CalibratedScore) -> SuggestedRow:
        key, code = score.proposal.pk, score.proposal.code
        suggestion = self.now.solution.suggestions[code]
        pinned = suggestion.cause == selection.Cause.PINNED
        return SuggestedRow(
            proposal=score.proposal,
            pool=pool_by_format(self.now.ranking.pools)[score.proposal.format_id],
            score=self.now.merits[key],
            is_in=key in self.taken,
            why=(suggestion.why,) if pinned else tuple(self._why(key, suggestion)),
            flip=() if pinned else tuple(self._flip(key, suggestion)),
        )

    def _why(self, key: int, suggestion: selection.Suggestion) -> Iterable[str]:
        if key in self.taken:
            if key in self.picked:
                yield "Among the best that fit."
            elif (out := self.instead.get(key)) is not None and out in self.reader.proposals:
                yield f"In because of the timetable, instead of “{self.reader.proposals[out].title}”."
            else:
                yield "In because of the timetable: by scores alone there was no place for it."
        elif key in self.picked:
            yield "By scores and limits it would be in; the timetable or a further rule keeps it out."
            yield from self.reader.why_out(self.swaps[key]["why"]) if key in self.swaps else ()
        elif suggestion.needs is None:
            yield suggestion.why
        elif suggestion.cause in REASONS:
            yield REASONS[suggestion.cause]
        else:
            yield "The capacity goes to others."

    def _flip(self, key: int, suggestion: selection.Suggestion) -> Iterable[str]:
        """By scores and limits what would change it, and whether that has a timetable."""
        flip = suggestion.flip
        if flip is None or flip.value is None or (key in self.picked) != (key in self.taken):
            return
        if key in self.taken and flip.value == 0:
            yield "By scores and limits it is in whatever its score."
            return
        if key in self.taken:
            come = self._named(flip.comes_in)
            instead = f"{come} would come in instead" if come else "nobody would come in instead"
            yield f"By scores and limits it would be out {selection.out_below(flip.value)}; {instead}."
        else:
            go = self._named(flip.goes_out)
            instead = f", instead of {go}" if go else ""
            yield f"By scores and limits it would be in {selection.in_from(flip.value)}{instead}."
        yield from self._settled(self.result["flips"].get(str(key)))

    def _settled(self, found: Result | None) -> Iterable[str]:
        if found is None:
            return
        if found["kind"] == "fits":
            yield "That selection has a timetable too."
        elif found["kind"] == "limit":
            yield f"But then {fitting.LIMITS[found['quota']]}."
        elif found["kind"] == "blocked":
            yield f"But that selection has no timetable: {self.reader.blocking_set(found).headline}"
        else:
            yield "Whether that selection has a timetable was not settled in the time given."

    def _named(self, codes: Iterable[str]) -> str:
        return listed((self.title[code] for code in codes), most=NAMED)


REASONS = {
    selection.Cause.LIMIT: "Its sponsor's limit holds it out, not its score: with one more it would be in.",
    selection.Cause.CAP: "The cap per sponsor holds it out, not its score.",
    selection.Cause.BAR: "It is below the minimum score.",
}
