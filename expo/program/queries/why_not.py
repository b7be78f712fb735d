"""Why a session has no place, and what would have to give way, told to one person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from expo.accounts.models import User
from expo.kit.runs import RunState
from expo.proposals.models import Proposal

from ..models import Question
from ..solver import Problem, Rule, question, why_not
from .masking import Shown
from .questions import Asked, asked, has_asked, latest_question
from .times import moment


@dataclass(frozen=True)
class Giving:
    """One rule that gives way: "Lunch moved", and where that is done."""

    text: str
    url: str


@dataclass(frozen=True)
class Step:
    """Where another session would go."""

    title: str
    room: str
    starts_at: datetime


@dataclass(frozen=True)
class Opening:
    """What would make it fit. `put` is what a what-if timetable is told; only what needs moves alone has one."""

    gives: tuple[Giving, ...]
    room: str
    starts_at: datetime
    steps: tuple[Step, ...]
    is_sure: bool
    put: str


@dataclass(frozen=True)
class Answer:
    """The first of the openings is the smallest when `is_sure`."""

    openings: tuple[Opening, ...]
    is_sure: bool


@dataclass(frozen=True)
class WhyNot:
    """What can be told at once, and the question for exactly this timetable, if somebody asked it: who sees the same.

    `is_outdated`: this person asked before, and what they see has changed since.
    """

    sentence: str
    question: Question | None
    answer: Answer | None
    is_outdated: bool
    hides_some: bool


def why_not_here(proposal: Proposal, viewer: User) -> WhyNot | None:
    """For a session without a place, as the timetable stands now; None for what is not waiting for one."""
    now = asked(proposal, viewer)
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


def _answer(now: Asked, result: Any) -> Answer:
    problem = question(now.seen.problem, now.item, now.seen.places)
    return Answer(tuple(_opening(now, problem, row) for row in result["answers"]), result["is_sure"])


def _opening(now: Asked, problem: Problem, row: Any) -> Opening:
    (room, start), rules = row["place"], [Rule(*each) for each in row["rules"]]
    starts_at = moment(start)
    return Opening(
        gives=tuple(_giving(now.seen, problem, rule) for rule in rules),
        room=now.seen.rooms[room].name,
        starts_at=starts_at,
        steps=tuple(_step(now.seen, *move) for move in row["moves"]),
        is_sure=row["is_sure"],
        put="" if rules else f"{now.item.id}:{room}:{starts_at.isoformat()}",
    )


def _step(seen: Shown, item: int, room: int, start: int) -> Step:
    return Step(seen.title(item), seen.rooms[room].name, moment(start))


def _giving(seen: Shown, problem: Problem, rule: Rule) -> Giving:
    return Giving(TOLD[rule.kind](seen, problem, rule), _address(seen, rule))


def _address(seen: Shown, rule: Rule) -> str:
    """Where this is changed."""
    slug = seen.edition.slug
    if rule.kind in ("unpin", "leave-out"):
        session = seen.sessions.get(rule.item)
        return reverse("program:session", args=[slug, session.pk]) if session else ""
    if rule.item:
        return reverse("proposals:detail", args=[slug, seen.proposals[rule.item].code])
    return reverse("program:timetable" if rule.kind == "link" else "editions:setup", args=[slug])


def _away(seen: Shown, problem: Problem, rule: Rule) -> str:
    gone = problem.item[rule.item].away[rule.index]
    return f"{seen.person(rule.item, gone.person)} could come {_span(seen, gone.start, gone.end)}"


def _hours(words: str, kind: str) -> Callable[[Shown, Problem, Rule], str]:
    def tell(seen: Shown, problem: Problem, rule: Rule) -> str:
        return words.format(at=_clock(seen, getattr(problem.item[rule.item], kind)))

    return tell


def _break(seen: Shown, problem: Problem, rule: Rule) -> str:
    pause = problem.breaks[rule.index]
    room = f" in {seen.rooms[pause.room].name}" if pause.room in seen.rooms else ""
    return f"{seen.breaks[pause].name}{room} ({_span(seen, pause.start, pause.end)}) moved"


def _closing(seen: Shown, problem: Problem, rule: Rule) -> str:
    return f"the day that closes at {_clock(seen, problem.days[rule.index].end)} closed later"


def _link(seen: Shown, problem: Problem, rule: Rule) -> str:
    link = problem.links[rule.index]
    return f"the rule on {seen.title(link.one)} and {seen.title(link.other)} were dropped"


def _clock(seen: Shown, minute: int) -> str:
    return f"{moment(minute).astimezone(seen.edition.zone):%d %b %H:%M}"


def _span(seen: Shown, start: int, end: int) -> str:
    since, until = (moment(at).astimezone(seen.edition.zone) for at in (start, end))
    short = f"{until:%H:%M}" if since.date() == until.date() else f"{until:%d %b %H:%M}"
    return f"{since:%d %b %H:%M} to {short}"


TOLD: dict[str, Callable[[Shown, Problem, Rule], str]] = {
    "unpin": lambda seen, problem, rule: f"{seen.title(rule.item)} were unpinned",
    "leave-out": lambda seen, problem, rule: f"{seen.title(rule.item)} were left out",
    "away": _away,
    "earliest": _hours("it could start before {at}", "earliest"),
    "latest": _hours("it could end after {at}", "latest"),
    "starts": lambda seen, problem, rule: "it could start at other times than its own",
    "equipment": lambda seen, problem, rule: "another room had the equipment it needs",
    "track": lambda seen, problem, rule: "it could run in any track",
    "format": lambda seen, problem, rule: "more tracks took its format",
    "break": _break,
    "closing": _closing,
    "link": _link,
    "rest": lambda seen, problem, rule: f"presenters needed no rest of {problem.rest} minutes",
    "walk": lambda seen, problem, rule: "presenters needed no time to walk between rooms",
}
