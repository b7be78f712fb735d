"""Why a session has no place, and what would have to give way, told to one person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.urls import reverse

from expo.accounts.models import User
from expo.proposals.models import Proposal

from ..solver import Move, Problem, Relaxation, Relaxed, Rule, relax, why_not
from .masking import Shown, shown
from .times import moment

KEPT_SECONDS = 24 * 3600
VERSION = 1  # grows when the same question may be answered otherwise


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
class WhyNot:
    """The first of the openings is the smallest when `is_sure`."""

    sentence: str
    openings: tuple[Opening, ...]
    is_sure: bool
    hides_some: bool


def why_not_here(proposal: Proposal, viewer: User) -> WhyNot | None:
    """The answer for a session without a place, as the timetable stands now; None for what is not in it."""
    seen = shown(proposal.edition, viewer)
    item = seen.problem.item.get(proposal.pk)
    if item is None or item.id in seen.places:
        return None
    found = _relaxed(seen, proposal.pk)
    return WhyNot(
        sentence=why_not(seen.problem, item, seen.places),
        openings=tuple(_opening(seen, found.problem, proposal.pk, each) for each in found.answers),
        is_sure=found.is_sure,
        hides_some=seen.hides_some,
    )


def _relaxed(seen: Shown, key: int) -> Relaxed:
    """It takes seconds, so an answer is kept for as long as the question stays the same."""
    name = f"program:why-not:{VERSION}:{key}:{seen.problem.fingerprint()}"
    found: Relaxed | None = cache.get(name)
    if found is None:
        hidden = [item.id for item in seen.problem.items if item.id < 0]
        found = relax(seen.problem, seen.problem.item[key], seen.places, fixed=hidden)
        cache.set(name, found, KEPT_SECONDS)
    return found


def _opening(seen: Shown, problem: Problem, key: int, each: Relaxation) -> Opening:
    place = each.places[key]
    starts_at = moment(place.start)
    return Opening(
        gives=tuple(_giving(seen, problem, rule) for rule in each.rules),
        room=seen.rooms[place.room].name,
        starts_at=starts_at,
        steps=tuple(step for move in each.moves if (step := _step(seen, move)) is not None),
        is_sure=each.is_sure,
        put=f"{key}:{place.room}:{starts_at.isoformat()}" if each.only_moves else "",
    )


def _step(seen: Shown, move: Move) -> Step | None:
    if move.after is None:
        return None
    return Step(seen.title(move.item), seen.rooms[move.after.room].name, moment(move.after.start))


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
