"""Why a session is not scheduled, and the minimum changes that would fit it, for one person.

A question is all that its asker may see of the timetable, so its fingerprint is the key to its answer: whoever sees
anything else has another one, and what becomes of a hidden session changes neither.
"""

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
from ..solver.explain import why_not
from ..solver.minimal_relaxation import relax, relaxation_problem
from ..solver.problem import Item, Place, Problem
from ..solver.relaxation_model import Rule
from .explanations import RequiredMove
from .problem import VisibleProblem, moment, visible_problem

VERSION = 2  # grows when the same question may be answered otherwise


@dataclass(frozen=True)
class CurrentQuestion:
    """What somebody would ask now, about this session in the timetable that they see."""

    visible: VisibleProblem
    item: Item
    fingerprint: str


def current_question(proposal: Proposal, viewer: User) -> CurrentQuestion | None:
    """None for what is scheduled, or is not in the timetable for this person."""
    visible = visible_problem(proposal.edition, viewer)
    item = visible.problem.item.get(proposal.pk)
    if item is None or item.id in visible.places:
        return None
    key = (VERSION, item.id, visible.problem.fingerprint())
    return CurrentQuestion(visible, item, sha256(repr(key).encode()).hexdigest())


def latest_question(proposal: Proposal, fingerprint: str) -> Question | None:
    """The last one that asked just this, whoever did."""
    rows = Question.objects.filter(proposal=proposal, input_hash=fingerprint).order_by("-id")
    return cast("Question | None", rows.first())


def computed_answer(now: CurrentQuestion, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """The answer as it is stored; it takes seconds."""
    hidden = [item.id for item in now.visible.problem.items if item.id < 0]
    answer = relax(now.visible.problem, now.item, now.visible.places, fixed=hidden, progress=progress)
    rows = [
        {
            "rules": [[rule.kind, rule.item, rule.index] for rule in each.rules],
            "place": _stored_place(each.places[now.item.id]),
            "moves": [[move.item, *_stored_place(move.after)] for move in each.moves if move.after is not None],
            "is_sure": each.is_sure,
        }
        for each in answer.answers
    ]
    return {"answers": rows, "is_sure": answer.is_sure}


def _stored_place(place: Place) -> list[int]:
    return [place.room, place.start]


@dataclass(frozen=True)
class RelaxedRule:
    """One rule that would be relaxed: "Lunch were moved", and where that is done."""

    text: str
    url: str


@dataclass(frozen=True)
class PossibleFix:
    """What would make it fit. `put` is what a what-if timetable is asked; only what needs moves alone has one."""

    rules: tuple[RelaxedRule, ...]
    room: str
    starts_at: datetime
    moves: tuple[RequiredMove, ...]
    is_proved: bool
    put: str


@dataclass(frozen=True)
class WhyNotAnswer:
    """The first of the fixes is the smallest when `is_proved`."""

    fixes: tuple[PossibleFix, ...]
    is_proved: bool


@dataclass(frozen=True)
class WhyNot:
    """What is known at once, and the question for exactly this timetable, if somebody asked it: who sees the same.

    `is_outdated`: this person asked before, and what they see has changed since.
    """

    sentence: str
    question: Question | None
    answer: WhyNotAnswer | None
    is_outdated: bool
    hides_some: bool


def why_not_here(proposal: Proposal, viewer: User) -> WhyNot | None:
    """For an unscheduled session, as the timetable is now; None for what is not waiting for a slot."""
    now = current_question(proposal, viewer)
    if now is None:
        return None
    asked = latest_question(proposal, now.fingerprint)
    asked_before = Question.objects.filter(proposal=proposal, started_by=viewer)
    return WhyNot(
        sentence=why_not(now.visible.problem, now.item, now.visible.places),
        question=asked,
        answer=_answer(now, asked.result) if asked and asked.state == RunState.PREVIEW else None,
        is_outdated=asked is None and asked_before.exists(),
        hides_some=now.visible.hides_some,
    )


def _answer(now: CurrentQuestion, result: Any) -> WhyNotAnswer:
    problem = relaxation_problem(now.visible.problem, now.item, now.visible.places)
    visible, fixes = now.visible, []
    for row in result["answers"]:
        (room, start), rules = row["place"], [Rule(*rule) for rule in row["rules"]]
        starts_at = moment(start)
        moves = (
            RequiredMove(visible.title(item), visible.rooms[new_room].name, moment(new_start))
            for item, new_room, new_start in row["moves"]
        )
        relaxed = (RelaxedRule(CLAUSES[rule.kind](visible, problem, rule), _url(visible, rule)) for rule in rules)
        fixes.append(
            PossibleFix(
                rules=tuple(relaxed),
                room=visible.rooms[room].name,
                starts_at=starts_at,
                moves=tuple(moves),
                is_proved=row["is_sure"],
                put="" if rules else f"{now.item.id}:{room}:{starts_at.isoformat()}",
            )
        )
    return WhyNotAnswer(tuple(fixes), result["is_sure"])


def _url(visible: VisibleProblem, rule: Rule) -> str:
    """Where this is changed."""
    slug = visible.edition.slug
    if rule.kind in ("unpin", "leave-out"):
        session = visible.sessions.get(rule.item)
        return reverse("program:session", args=[slug, session.pk]) if session else ""
    if rule.item:
        return reverse("proposals:detail", args=[slug, visible.proposals[rule.item].code])
    return reverse("program:timetable" if rule.kind == "link" else "editions:setup", args=[slug])


Clause = Callable[[VisibleProblem, Problem, Rule], str]


def _away(visible: VisibleProblem, problem: Problem, rule: Rule) -> str:
    absence = problem.item[rule.item].away[rule.index]
    return f"{visible.person(rule.item, absence.person)} could come {_span(visible, absence.start, absence.end)}"


def _own_hours(clause: str, name: str) -> Clause:
    return lambda visible, problem, rule: clause.format(at=visible.clock(getattr(problem.item[rule.item], name)))


def _break(visible: VisibleProblem, problem: Problem, rule: Rule) -> str:
    span = problem.breaks[rule.index]
    room = f" in {visible.rooms[span.room].name}" if span.room in visible.rooms else ""
    return f"{visible.breaks[span].name}{room} ({_span(visible, span.start, span.end)}) were moved"


def _link(visible: VisibleProblem, problem: Problem, rule: Rule) -> str:
    link = problem.links[rule.index]
    return f"the rule on {visible.title(link.one)} and {visible.title(link.other)} were dropped"


def _span(visible: VisibleProblem, start: int, end: int) -> str:
    since, until = (moment(at).astimezone(visible.edition.zone) for at in (start, end))
    return f"{visible.clock(start)} to {f'{until:%H:%M}' if since.date() == until.date() else visible.clock(end)}"


#: Each kind of rule that may be relaxed, as what would have to be so: after "If".
CLAUSES: dict[str, Clause] = {
    "unpin": lambda visible, problem, rule: f"{visible.title(rule.item)} were unpinned",
    "leave-out": lambda visible, problem, rule: f"{visible.title(rule.item)} were left out",
    "away": _away,
    "earliest": _own_hours("it could start before {at}", "earliest"),
    "latest": _own_hours("it could end after {at}", "latest"),
    "starts": lambda visible, problem, rule: "it could start at other times than its own",
    "equipment": lambda visible, problem, rule: "another room had the equipment it needs",
    "room": lambda visible, problem, rule: f"{visible.sponsor(rule.item)} could use the rooms that it excluded",
    "track": lambda visible, problem, rule: "it could run in any track",
    "format": lambda visible, problem, rule: "more tracks took its format",
    "break": _break,
    "closing": lambda visible, problem, rule: (
        f"the day that closes at {visible.clock(problem.days[rule.index].end)} closed later"
    ),
    "link": _link,
    "rest": lambda visible, problem, rule: f"presenters needed no rest of {problem.rest} minutes",
    "walk": lambda visible, problem, rule: "presenters needed no time to walk between rooms",
}
