"""Whether the accepted fit: what a chair asks the scheduler, from what this chair sees, and its answers to be read.

What is hidden from a chair is, in the question, a taken room and time, or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from django.db.models import Q

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.kit.memo import once_per_request
from expo.kit.runs import UNDER_WAY, RunState
from expo.program.queries.problem import moment, occupied_by_others, snapshot
from expo.program.queries.timetable import Sketch, SketchedSession, sketch
from expo.program.solver.prechecks import precheck
from expo.program.solver.problem import Break, Problem
from expo.proposals.models import Proposal
from expo.proposals.queries.listing import for_chairs
from expo.proposals.states import PLACEABLE, ProposalState

from .. import fitting
from ..models import Decision, Fit
from ..states import FitKind, Verdict
from .decision_basis import offers_among

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


def check_question(edition: Edition, viewer: User) -> FitQuestion:
    """Whether all fit: everything that is accepted or is to be, by the decisions so far."""
    visible = for_chairs(viewer, edition).exclude(state=ProposalState.WITHDRAWN)
    accepted = visible.filter(Q(state__in=PLACEABLE) | Q(decision__verdict=Verdict.ACCEPT)).order_by("pk")
    merits = dict(Decision.objects.filter(proposal__in=accepted).values_list("proposal_id", "merit"))
    problem, hidden = problem_of(edition, viewer, [row.pk for row in accepted], merits)
    everything = frozenset(problem.item)
    return FitQuestion(fitting.Question(problem, everything, everything, {}), hidden)


def problem_of(
    edition: Edition, viewer: User, keys: list[int], merits: Mapping[int, float | None]
) -> tuple[Problem, tuple[Break, ...]]:
    hidden = occupied_by_others(edition, besides=_visible_ids(edition, viewer))
    among = Proposal.objects.filter(pk__in=keys).order_by("pk")
    problem = snapshot(edition, seed=SEED, among=among, merits=merits, formats=offers_among(keys)).problem
    return replace(problem, breaks=problem.breaks + hidden), hidden


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
    now = check_question(edition, viewer)
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
        sketch=sketch_of(edition, viewer, rows, now.taken_rows, visible_of(edition, viewer)) if quick else None,
        answer=answer,
        outdated=answered.first() if answer is None else None,
        under_way=check if check is not None and check.state in UNDER_WAY else None,
        joint=latest[FitKind.JOINT],
    )


def sketch_of(
    edition: Edition, viewer: User, rows: list[list[int]], taken: list[list[int]], proposals: Proposals
) -> Sketch:
    """A timetable as stored, with what is hidden as rooms and times."""
    sessions = [SketchedSession(proposals[key], room, moment(at), minutes) for key, room, _, at, minutes in rows]
    sessions += [SketchedSession(None, room, moment(at), end - at) for room, at, end in taken]
    return sketch(edition, viewer, sessions)


def visible_of(edition: Edition, viewer: User) -> Proposals:
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
class FitAnswer:
    """The answer to whether the accepted fit, in words."""

    is_current: bool
    sketch: Sketch | None
    placed: int
    is_sure: bool
    blocked: BlockingSet | None
    remedies: tuple[Remedy, ...]
    leave_out: tuple[Proposal, ...]


def answer_of(fit: Fit, viewer: User) -> FitAnswer:
    """The answer in words, and whether it still is one: decisions, reviews or the day may have changed since."""
    result: Result = fit.result or {}
    reader = Reader(fit.edition, visible_of(fit.edition, viewer))
    proposals = reader.proposals
    rows = [row for row in result["placed"] if row[0] in proposals]
    blocked = result.get("blocked")
    current = check_question(fit.edition, viewer)
    return FitAnswer(
        is_current=current.fingerprint == fit.input_hash,
        sketch=sketch_of(fit.edition, viewer, rows, result["taken"], proposals) if rows else None,
        placed=len(rows),
        is_sure=result.get("is_sure", True),
        blocked=reader.blocking_set(blocked) if blocked else None,
        remedies=tuple(
            Remedy(kind, proposals[key], fitting.remedy(kind, proposals[key].title))
            for kind, key in result.get("remedies", [])
        ),
        leave_out=tuple(proposals[key] for key in result.get("leave_out", [])),
    )


class Reader:
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

    def why_out(self, why: Result | None) -> list[str]:
        """Why something is not in that scores and limits alone would take, as it was found by trial."""
        if why is None:
            return []
        if why["kind"] == "blocked":
            blocking = self.blocking_set(why)
            return [blocking.headline, *blocking.because]
        if why["kind"] == "limit":
            return [f"With it as well, {fitting.LIMITS[why.get('quota', 'limit')]}."]
        return [fitting.WHY_OUT.get(why["kind"], fitting.WHY_OUT["unknown"])]
