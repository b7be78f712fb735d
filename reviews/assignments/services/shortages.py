"""A shortage in words: who is left for which proposal, which few proposals explain it, and what could be done."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..matching.remedies import AddReviewers, AskFewer, RaiseLoads, Remedy, WaiveRole, remedies
from ..matching.shortage import Deficient, Precheck, deficient, prechecks
from ..queries.problem import Snapshot
from ..queries.results import DeficientRow, PrecheckRow, Shortage, WayRow
from .words import name_of

NAMED = 3
ROLES = {"senior": "a senior reviewer", "academia": "a reviewer from academia", "industry": "a reviewer from industry"}
IDLE = {"Paused": "paused", "Away today": "away", "Yet to confirm": "unconfirmed"}


def shortage_of(shot: Snapshot) -> Shortage:
    """Asked when a matching has gaps."""
    found = deficient(shot.problem)
    ways = remedies(shot.problem, shot.affinities.asked, shot.settings.edition.max_load)
    return {
        "prechecks": [_precheck(each, shot) for each in prechecks(shot.problem)],
        "deficient": _deficient(found) if found else None,
        "ways": [_way(each, shot) for each in ways],
    }


def _precheck(found: Precheck, shot: Snapshot) -> PrecheckRow:
    removed: dict[str, list[int]] = defaultdict(list)
    for cause, reviewers in found.removed.items():
        for reviewer in reviewers:
            removed[_cause(cause, found.proposal, reviewer, shot)].append(reviewer)
    return {
        "proposal": found.proposal,
        "eligible": found.eligible,
        "needs": found.needs,
        "removed": dict(removed),
    }


def _cause(cause: str, proposal: int, reviewer: int, shot: Snapshot) -> str:
    """What the engine calls forbidden or full, told apart."""
    if cause == "full":
        return IDLE.get(shot.idle(reviewer), "full")
    if cause != "forbidden":
        return cause
    pair = (proposal, reviewer)
    known = (
        ("conflict", shot.barriers.conflicts),
        ("ended", shot.barriers.ended),
        ("forbidden", shot.ruled),
    )
    return next((name for name, pairs in known if pair in pairs), "drawn")


def _deficient(found: Deficient) -> DeficientRow:
    return {
        "proposals": list(found.proposals),
        "reviewers": list(found.reviewers),
        "missing": found.missing,
        "said": _shared(found),
    }


def _shared(found: Deficient) -> str:
    """Which few proposals lack what, in one or two sentences."""
    count = len(found.proposals)
    shares = "has" if count == 1 else "share"
    told = (
        f"{_many(count, 'proposal')} {shares} {_many(len(found.reviewers), 'eligible reviewer')} with "
        f"{_many(found.places, 'place')} for {_many(found.needs, 'review')}; {_many(found.missing, 'review')} missing."
    )
    short = [f"{ROLES.get(name, name)} on {len(where)} of these" for name, where in _held(found)]
    return f"{told} What is short is {_list(short)}." if short else told


def _held(found: Deficient) -> Sequence[tuple[str, tuple[int, ...]]]:
    return [(name, where) for name, where in found.roles.items() if where]


def _way(way: Remedy, shot: Snapshot) -> WayRow:
    told = {RaiseLoads: _raise, AddReviewers: _invite, AskFewer: _fewer, WaiveRole: _waive}
    return {"kind": _KINDS[type(way)], "said": told[type(way)](way, shot), "missing": way.missing}  # type: ignore[operator]


_KINDS = {RaiseLoads: "loads", AddReviewers: "reviewers", AskFewer: "needs", WaiveRole: "roles"}


def _raise(way: RaiseLoads, shot: Snapshot) -> str:
    total = sum(more for _, more in way.extra)
    who = _some([f"{name_of(reviewer, shot)} (+{more})" for reviewer, more in way.extra])
    return f"Ask for {_many(total, 'more review')} than agreed, at most two of anybody: {who}."


def _invite(way: AddReviewers, shot: Snapshot) -> str:
    asked: dict[int, int] = defaultdict(int)
    for topic, people, _ in way.steps:
        asked[topic] += people
    told = [
        f"{people} who {'knows' if people == 1 else 'know'} {shot.topics.get(topic, 'any topic')}"
        for topic, people in asked.items()
    ]
    return f"Invite {_many(sum(asked.values()), 'more reviewer')}: {_list(told)}."


def _fewer(way: AskFewer, shot: Snapshot) -> str:
    total = sum(less for _, less in way.fewer)
    where = _some([f"{shot.codes[proposal]} (−{less})" for proposal, less in way.fewer])
    return f"Ask for {_many(total, 'fewer review')}: {where}."


def _waive(way: WaiveRole, shot: Snapshot) -> str:
    where = _some([shot.codes[proposal] for proposal in way.proposals])
    return f"Do without {ROLES.get(way.role, way.role)} on {_many(len(way.proposals), 'proposal')}: {where}."


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _some(named: Sequence[str]) -> str:
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f"{', '.join(named[:NAMED])}{more}"


def _list(told: Iterable[str]) -> str:
    *first, last = list(told) or [""]
    return f"{', '.join(first)} and {last}" if first else last
