"""Whether the accepted fit: what a chair asks the scheduler, from what this chair sees, and its answers to be read.

What is hidden from a chair is, in the question, a taken room and time, or nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from math import floor
from typing import Any, NamedTuple

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request
from expo.kit.runs import UNDER_WAY, RunState
from expo.program.queries.problem import moment, occupied_by_others, snapshot
from expo.program.queries.timetable import Sketch, SketchedSession, sketch
from expo.program.solver.prechecks import precheck
from expo.program.solver.problem import Break, Problem, Quota
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState
from reviews.scoring import selection
from reviews.scoring.queries.pools import FormatPool, limits_of, pool_by_format
from reviews.scoring.queries.ranking import CalibratedScore, Ranking, ranking_of

from .. import fitting
from ..models import Decision, Fit
from ..states import FitKind, Verdict
from .decision_basis import (
    NOTHING_ASKED,
    WhatIf,
    decisions_of,
    format_of,
    is_accepted,
    offers_among,
    selection_problem,
)
from .scenarios import asked_in

SEED = 1
QUICK = 150  # sessions up to which the page itself looks for a timetable
HOPELESS = ("no-days", "no-rooms", "no-tracks")
Result = Mapping[str, Any]
Proposals = Mapping[int, Proposal]


@dataclass(frozen=True)
class FitQuestion:
    """A question with what it was taken from: `taken` are rooms and times of what its chair may not see."""

    question: fitting.Question
    taken: tuple[Break, ...]

    @property
    def problem(self) -> Problem:
        return self.question.problem

    @property
    def fingerprint(self) -> str:
        """The same for the same question."""
        parts = (self.problem.fingerprint(), sorted(self.question.must), sorted(self.question.picked))
        return sha256(repr(parts).encode()).hexdigest()

    @property
    def taken_rows(self) -> list[list[int]]:
        """Rooms and times that are taken, as they are kept with an answer."""
        return [[each.room, each.start, each.end] for each in self.taken if each.room is not None]


def scope_of(edition: Edition, viewer: User) -> str:
    """Two chairs who see the same proposals have the same; what changes among the hidden does not change it."""
    return sha256(repr(_visible_ids(edition, viewer)).encode()).hexdigest()


@once_per_request
def _visible_ids(edition: Edition, viewer: User) -> list[int]:
    return list(for_chairs(viewer, edition).order_by("pk").values_list("pk", flat=True))


def fit_question(edition: Edition, viewer: User, kind: str, what_if: WhatIf = NOTHING_ASKED) -> FitQuestion:
    """The question of this kind from what is known now."""
    return _check_question(edition, viewer) if kind == FitKind.CHECK else _joint_question(edition, viewer, what_if)


def _check_question(edition: Edition, viewer: User) -> FitQuestion:
    """Everything that is accepted or is to be, by the decisions so far."""
    visible = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    accepted = visible.filter(Q(state__in=PLACEABLE) | Q(decision__verdict=Verdict.ACCEPT)).order_by("pk")
    merits = dict(Decision.objects.filter(proposal__in=accepted).values_list("proposal_id", "merit"))
    problem, hidden = _problem(edition, viewer, [row.pk for row in accepted], merits)
    everything = frozenset(problem.item)
    return FitQuestion(fitting.Question(problem, everything, everything, {}), hidden)


def _joint_question(edition: Edition, viewer: User, what_if: WhatIf) -> FitQuestion:
    """Everything accepted, and everything undecided that was reviewed and has the minimum score."""
    ranking = ranking_of(edition, viewer)
    decisions = decisions_of(ranking.scores)
    limits = limits_of(edition, [each.proposal for each in ranking.scores])
    order = selection.solve(selection_problem(ranking, decisions, limits, what_if))
    must = [each for each in ranking.scores if is_accepted(each, decisions)]
    free = [
        each
        for each in ranking.scores
        if not is_accepted(each, decisions)
        and each.proposal.pk not in decisions
        and each.proposal.state == ProposalState.SUBMITTED
        and each.merit is not None
        and each.merit >= (what_if.bar or 0.0)
    ]
    counted = {each.proposal.pk: _counted(each, decisions, ranking) for each in (*must, *free)}
    both = [each.proposal for each in (*must, *free)]
    merits = {each.proposal.pk: each.merit for each in ranking.scores}
    problem, hidden = _problem(edition, viewer, sorted(proposal.pk for proposal in both), merits)
    question = fitting.Question(
        problem=replace(problem, quotas=_quotas(counted, must, free, limits, ranking.pools, what_if)),
        must=frozenset(each.proposal.pk for each in must),
        picked=frozenset(proposal.pk for proposal in both if proposal.code in order.chosen),
        pools={key: each.pool.key for key, each in counted.items()},
    )
    return FitQuestion(question, hidden)


class _Counted(NamedTuple):
    """The format that something counts in, and the pool that this is in."""

    format: int
    pool: FormatPool


def _counted(score: CalibratedScore, decisions: Mapping[int, Decision], ranking: Ranking) -> _Counted:
    format = format_of(score.proposal, decisions.get(score.proposal.pk))
    return _Counted(format.pk, pool_by_format(ranking.pools)[format.pk])


def _problem(
    edition: Edition, viewer: User, keys: list[int], merits: Mapping[int, float | None]
) -> tuple[Problem, tuple[Break, ...]]:
    hidden = occupied_by_others(edition, besides=_visible_ids(edition, viewer))
    among = Proposal.objects.filter(pk__in=keys).order_by("pk")
    problem = snapshot(edition, seed=SEED, among=among, merits=merits, formats=offers_among(keys)).problem
    return replace(problem, breaks=problem.breaks + hidden), hidden


def _quotas(
    counted: Mapping[int, _Counted],
    must: Iterable[CalibratedScore],
    free: Iterable[CalibratedScore],
    limits: Mapping[tuple[int, int], int],
    pools: Iterable[FormatPool],
    what_if: WhatIf,
) -> tuple[Quota, ...]:
    """Limits of tiers, and what a chair asked besides: each less what is decided, over what is not."""

    def keys(score: CalibratedScore) -> tuple[tuple[object, ...], ...]:
        """The limits a proposal counts towards."""
        sponsor, mine = score.proposal.sponsor_id, counted[score.proposal.pk]
        return ("limit", sponsor, mine.format), ("cap", sponsor, mine.pool.key), ("capacity", mine.pool.key)

    used = Counter(key for each in must for key in keys(each))
    open_to: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for each in free:
        for key in keys(each):
            open_to[key].append(each.proposal.pk)
    most: dict[tuple[object, ...], int] = {("limit", *key): number for key, number in limits.items()}
    if what_if.cap is not None:
        most |= {key: what_if.cap for key in open_to if key[0] == "cap"}
    most |= {
        ("capacity", pool.key): pool.capacity or 0
        for pool in pools
        if pool.key in what_if.capacities and pool.is_in_places
    }
    return tuple(Quota(tuple(open_to[key]), max(0, number - used[key])) for key, number in most.items() if open_to[key])


def fit_by_id(user: Any, *, edition: str, fit: int) -> Fit:
    """A question of this edition whose chair saw what this one sees; raises Fit.DoesNotExist for all others."""
    rows = Fit.objects.select_related("edition", "started_by")
    found: Fit = rows.prefetch_related("edition__rooms", "edition__days", "edition__breaks").get(
        edition__slug=edition, pk=fit
    )
    if not user.is_authenticated or found.scope != scope_of(found.edition, user):
        raise Fit.DoesNotExist
    return found


@dataclass(frozen=True)
class FitPage:
    """The desk's question as it is now. `sketch`: a timetable found at once. `answer`: for exactly this set."""

    count: int
    hopeless: str
    sketch: Sketch | None
    answer: Fit | None
    outdated: Fit | None
    under_way: Fit | None
    joint: Fit | None

    @property
    def fits(self) -> bool:
        return self.sketch is not None or bool(self.answer and self.answer.result and self.answer.result["placed"])

    @property
    def is_blocked(self) -> bool:
        return bool(self.answer and self.answer.result and self.answer.result.get("blocked"))

    @property
    def may_ask(self) -> bool:
        """Whether the scheduler could tell more than is known."""
        return bool(self.count) and not (self.hopeless or self.fits or self.under_way or self.answer)


def fit_page(edition: Edition, viewer: User) -> FitPage:
    """Whether the accepted fit: at once where the quick way tells, else from the last answer. Constant queries."""
    now = _check_question(edition, viewer)
    mine = Fit.objects.filter(edition=edition, scope=scope_of(edition, viewer)).select_related("edition")
    latest = {kind: mine.filter(kind=kind).order_by("-id").first() for kind in FitKind}
    check = latest[FitKind.CHECK]
    answered = mine.filter(kind=FitKind.CHECK, state=RunState.PREVIEW).order_by("-id")
    answer = answered.filter(input_hash=now.fingerprint).first()
    quick = fitting.at_once(now.problem) if 0 < len(now.problem.items) <= QUICK else None
    rows = fitting.rows(now.problem, quick) if quick else []
    return FitPage(
        count=len(now.problem.items),
        hopeless=next((each.text for each in precheck(now.problem) if each.code in HOPELESS), ""),
        sketch=_sketch(edition, viewer, rows, now.taken_rows, _visible(edition, viewer)) if quick else None,
        answer=answer,
        outdated=answered.first() if answer is None else None,
        under_way=check if check is not None and check.state in UNDER_WAY else None,
        joint=latest[FitKind.JOINT],
    )


def _sketch(
    edition: Edition, viewer: User, rows: list[list[int]], taken: list[list[int]], proposals: Proposals
) -> Sketch:
    """A timetable as stored, with what is hidden as rooms and times."""
    sessions = [SketchedSession(proposals[key], room, moment(at), minutes) for key, room, _, at, minutes in rows]
    sessions += [SketchedSession(None, room, moment(at), end - at) for room, at, end in taken]
    return sketch(edition, viewer, sessions)


def _visible(edition: Edition, viewer: User) -> Proposals:
    rows = for_chairs(viewer, edition).select_related("sponsor", "format", "session")
    proposals = {row.pk: row for row in rows.prefetch_related("presenters")}
    for key, format in offers_among(proposals).items():
        proposals[key].format = format
    return proposals


@dataclass(frozen=True)
class Remedy:
    """A change that was tried and is enough by itself."""

    kind: str
    proposal: Proposal
    sentence: str


@dataclass(frozen=True)
class BlockingSet:
    """A smallest set without a timetable, and why."""

    proposals: tuple[Proposal, ...]
    headline: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class JointSwap:
    """A difference to pure score order: `out` is left out and `into` is in instead (either may be missing)."""

    out: Proposal | None
    out_points: float | None
    into: Proposal | None
    into_points: float | None
    why: tuple[str, ...]


@dataclass(frozen=True)
class ComparisonRow:
    """A figure of pure score order as picked, of what of it has a timetable, and of the joint suggestion."""

    name: str
    picked: str
    fits: str
    joint: str


@dataclass(frozen=True)
class FitAnswer:
    """One answer in words."""

    is_current: bool
    sketch: Sketch | None
    placed: int
    is_sure: bool
    blocked: BlockingSet | None
    remedies: tuple[Remedy, ...]
    leave_out: tuple[Proposal, ...]
    swaps: tuple[JointSwap, ...]
    comparison: tuple[ComparisonRow, ...]


def answer_of(fit: Fit, viewer: User) -> FitAnswer:
    """The answer in words, and whether it still is one: decisions, reviews or the day may have changed since."""
    result: Result = fit.result or {}
    reader = _Reader(fit.edition, _visible(fit.edition, viewer))
    proposals = reader.proposals
    rows = [row for row in result["placed"] if row[0] in proposals]
    blocked = result.get("blocked")
    current = fit_question(fit.edition, viewer, fit.kind, asked_in(fit.parameters))
    return FitAnswer(
        is_current=current.fingerprint == fit.input_hash,
        sketch=_sketch(fit.edition, viewer, rows, result["taken"], proposals) if rows else None,
        placed=len(rows),
        is_sure=result.get("is_sure", True) and result.get("is_proved", True),
        blocked=reader.blocking_set(blocked) if blocked else None,
        remedies=tuple(
            Remedy(kind, proposals[key], fitting.remedy(kind, proposals[key].title))
            for kind, key in result.get("remedies", [])
        ),
        leave_out=tuple(proposals[key] for key in result.get("leave_out", [])),
        swaps=tuple(reader.swap(row, result["merits"]) for row in result.get("swaps", [])),
        comparison=_comparison(result) if fit.kind == FitKind.JOINT else (),
    )


class _Reader:
    """Turns the solver's answers, which name everything by id, into sentences."""

    def __init__(self, edition: Edition, proposals: Proposals) -> None:
        self.proposals = proposals
        self.rooms = {room.pk: room.name for room in edition.rooms.all()}

    def blocking_set(self, blocked: Result) -> BlockingSet:
        proposals = tuple(self.proposals[key] for key in blocked["sessions"])
        # Presenters by what the solver knows them by.
        names = {person.person: person.name for each in proposals for person in each.presenters.all()}
        reasons = [fitting.alone(text) for text in blocked["alone"]] or fitting.because(
            blocked["causes"],
            len(proposals),
            [self.rooms[key] for key in blocked["rooms"] if key in self.rooms],
            [names.get(person, "A presenter") for person in blocked["people"]],
            [self.proposals[key].title for key in blocked["limited"]],
        )
        return BlockingSet(proposals, fitting.headline([each.title for each in proposals]), tuple(reasons))

    def swap(self, row: Result, merits: Result) -> JointSwap:
        out, into, why = row["out"], row["in"], row["why"]
        sentences: tuple[str, ...] = ()
        if why is not None and why["kind"] == "blocked":
            blocking = self.blocking_set(why)
            sentences = (blocking.headline, *blocking.because)
        elif why is not None:
            sentences = (fitting.WHY_OUT.get(why["kind"], fitting.WHY_OUT["unknown"]),)
        return JointSwap(
            out=self.proposals.get(out),
            out_points=merits[str(out)] / 100 if out is not None else None,
            into=self.proposals.get(into),
            into_points=merits[str(into)] / 100 if into is not None else None,
            why=sentences,
        )


def _comparison(result: Result) -> tuple[ComparisonRow, ...]:
    """Sessions, points, and sessions band by band, side by side."""
    merits = {int(key): merit for key, merit in result["merits"].items()}
    sets = [result["picked"], result["fits"], [row[0] for row in result["placed"]]]
    bands = [Counter(floor(merits[key] / 100) for key in each) for each in sets]
    points = [f"{sum(merits[key] for key in each) / 100:,.2f}" for each in sets]
    rows = [("Sessions", [str(len(each)) for each in sets]), ("Scores, summed", points)]
    occurring = sorted({band for each in bands for band in each}, reverse=True)
    rows += [(f"Sessions of {band} to {band + 1} points", [str(each[band]) for each in bands]) for band in occurring]
    return tuple(ComparisonRow(name, *figures) for name, figures in rows)
