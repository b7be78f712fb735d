"""Why a session is not scheduled, and the minimum changes that would fit it, for one person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from django.urls import reverse

from expo.accounts.models import User
from expo.kit.runs import RunState
from expo.proposals.models import Proposal

from ..models import Question
from ..solver import Item, Place, Problem, Relaxed, Rule, question, relax, why_not
from .problem import VisibleProblem, moment, visible_problem

VERSION = 2  # grows when the same question may be answered otherwise


@dataclass(frozen=True)
class CurrentQuestion:
    """The question as it stands now."""

    seen: VisibleProblem
    item: Item
    fingerprint: str


def current_question(proposal: Proposal, viewer: User) -> CurrentQuestion | None:
    """None for what has a place, or is not in the timetable for this person."""
    seen = visible_problem(proposal.edition, viewer)
    item = seen.problem.item.get(proposal.pk)
    if item is None or item.id in seen.places:
        return None
    words = (VERSION, item.id, seen.problem.fingerprint())
    return CurrentQuestion(seen, item, sha256(repr(words).encode()).hexdigest())


def latest_question(proposal: Proposal, fingerprint: str) -> Question | None:
    """The last one that asked just this, whoever did."""
    found = Question.objects.filter(proposal=proposal, input_hash=fingerprint).order_by("-id").first()
    return cast("Question | None", found)


def has_asked(proposal: Proposal, viewer: User) -> bool:
    """Whether this person has asked before, about the timetable as it then was."""
    return Question.objects.filter(proposal=proposal, started_by=viewer).exists()


def computed_answer(now: CurrentQuestion, tell: Callable[[float, str], None]) -> dict[str, Any]:
    """The answer as it is stored; it takes seconds."""
    hidden = [item.id for item in now.seen.problem.items if item.id < 0]
    return _stored_answer(relax(now.seen.problem, now.item, now.seen.places, fixed=hidden, tell=tell), now.item.id)


def _stored_answer(found: Relaxed, key: int) -> dict[str, Any]:
    rows = [
        {
            "rules": [[rule.kind, rule.item, rule.index] for rule in each.rules],
            "place": _stored_place(each.places[key]),
            "moves": [[move.item, *_stored_place(move.after)] for move in each.moves if move.after is not None],
            "is_sure": each.is_sure,
        }
        for each in found.answers
    ]
    return {"answers": rows, "is_sure": found.is_sure}


def _stored_place(place: Place) -> list[int]:
    return [place.room, place.start]


@dataclass(frozen=True)
class RelaxedRule:
    """One rule that gives way: "Lunch moved", and where that is done."""

    text: str
    url: str


@dataclass(frozen=True)
class SessionMove:
    """Where another session would go."""

    title: str
    room: str
    starts_at: datetime


@dataclass(frozen=True)
class PossibleFix:
    """What would make it fit. `put` is what a what-if timetable is told; only what needs moves alone has one."""

    gives: tuple[RelaxedRule, ...]
    room: str
    starts_at: datetime
    steps: tuple[SessionMove, ...]
    is_sure: bool
    put: str


@dataclass(frozen=True)
class WhyNotAnswer:
    """The first of the openings is the smallest when `is_sure`."""

    openings: tuple[PossibleFix, ...]
    is_sure: bool


@dataclass(frozen=True)
class WhyNot:
    """What can be told at once, and the question for exactly this timetable, if somebody asked it: who sees the same.

    `is_outdated`: this person asked before, and what they see has changed since.
    """

    sentence: str
    question: Question | None
    answer: WhyNotAnswer | None
    is_outdated: bool
    hides_some: bool


def why_not_here(proposal: Proposal, viewer: User) -> WhyNot | None:
    """For a session without a place, as the timetable stands now; None for what is not waiting for one."""
    now = current_question(proposal, viewer)
    if now is None:
        return None
    found = latest_question(proposal, now.fingerprint)
    return WhyNot(
        sentence=why_not(now.seen.problem, now.item, now.seen.places),
        question=found,
        answer=_answer(now, found.result) if found and found.state == RunState.PREVIEW else None,
        is_outdated=found is None and has_asked(proposal, viewer),
        hides_some=now.seen.hides_some,
    )


def _answer(now: CurrentQuestion, result: Any) -> WhyNotAnswer:
    problem = question(now.seen.problem, now.item, now.seen.places)
    return WhyNotAnswer(tuple(_possible_fix(now, problem, row) for row in result["answers"]), result["is_sure"])


def _possible_fix(now: CurrentQuestion, problem: Problem, row: Any) -> PossibleFix:
    (room, start), rules = row["place"], [Rule(*each) for each in row["rules"]]
    starts_at = moment(start)
    return PossibleFix(
        gives=tuple(_relaxed_rule(now.seen, problem, rule) for rule in rules),
        room=now.seen.rooms[room].name,
        starts_at=starts_at,
        steps=tuple(_session_move(now.seen, *move) for move in row["moves"]),
        is_sure=row["is_sure"],
        put="" if rules else f"{now.item.id}:{room}:{starts_at.isoformat()}",
    )


def _session_move(seen: VisibleProblem, item: int, room: int, start: int) -> SessionMove:
    return SessionMove(seen.title(item), seen.rooms[room].name, moment(start))


def _relaxed_rule(seen: VisibleProblem, problem: Problem, rule: Rule) -> RelaxedRule:
    return RelaxedRule(_CLAUSES[rule.kind](seen, problem, rule), _address(seen, rule))


def _address(seen: VisibleProblem, rule: Rule) -> str:
    """Where this is changed."""
    slug = seen.edition.slug
    if rule.kind in ("unpin", "leave-out"):
        session = seen.sessions.get(rule.item)
        return reverse("program:session", args=[slug, session.pk]) if session else ""
    if rule.item:
        return reverse("proposals:detail", args=[slug, seen.proposals[rule.item].code])
    return reverse("program:timetable" if rule.kind == "link" else "editions:setup", args=[slug])


def _earlier_return(seen: VisibleProblem, problem: Problem, rule: Rule) -> str:
    gone = problem.item[rule.item].away[rule.index]
    return f"{seen.person(rule.item, gone.person)} could come {_span(seen, gone.start, gone.end)}"


def _hours(words: str, kind: str) -> Callable[[VisibleProblem, Problem, Rule], str]:
    def tell(seen: VisibleProblem, problem: Problem, rule: Rule) -> str:
        return words.format(at=_clock(seen, getattr(problem.item[rule.item], kind)))

    return tell


def _moved_break(seen: VisibleProblem, problem: Problem, rule: Rule) -> str:
    pause = problem.breaks[rule.index]
    room = f" in {seen.rooms[pause.room].name}" if pause.room in seen.rooms else ""
    return f"{seen.breaks[pause].name}{room} ({_span(seen, pause.start, pause.end)}) moved"


def _closing(seen: VisibleProblem, problem: Problem, rule: Rule) -> str:
    return f"the day that closes at {_clock(seen, problem.days[rule.index].end)} closed later"


def _dropped_link(seen: VisibleProblem, problem: Problem, rule: Rule) -> str:
    link = problem.links[rule.index]
    return f"the rule on {seen.title(link.one)} and {seen.title(link.other)} were dropped"


def _clock(seen: VisibleProblem, minute: int) -> str:
    return f"{moment(minute).astimezone(seen.edition.zone):%d %b %H:%M}"


def _span(seen: VisibleProblem, start: int, end: int) -> str:
    since, until = (moment(at).astimezone(seen.edition.zone) for at in (start, end))
    short = f"{until:%H:%M}" if since.date() == until.date() else f"{until:%d %b %H:%M}"
    return f"{since:%d %b %H:%M} to {short}"


_CLAUSES: dict[str, Callable[[VisibleProblem, Problem, Rule], str]] = {
    "unpin": lambda seen, problem, rule: f"{seen.title(rule.item)} were unpinned",
    "leave-out": lambda seen, problem, rule: f"{seen.title(rule.item)} were left out",
    "away": _earlier_return,
    "earliest": _hours("it could start before {at}", "earliest"),
    "latest": _hours("it could end after {at}", "latest"),
    "starts": lambda seen, problem, rule: "it could start at other times than its own",
    "equipment": lambda seen, problem, rule: "another room had the equipment it needs",
    "track": lambda seen, problem, rule: "it could run in any track",
    "format": lambda seen, problem, rule: "more tracks took its format",
    "break": _moved_break,
    "closing": _closing,
    "link": _dropped_link,
    "rest": lambda seen, problem, rule: f"presenters needed no rest of {problem.rest} minutes",
    "walk": lambda seen, problem, rule: "presenters needed no time to walk between rooms",
}
