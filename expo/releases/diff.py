"""What a release changes compared with the one before, in sentences, and how often each session changed. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from expo.kit.text import listed

from .snapshot import Program, Session

KINDS = ("new", "moved", "changed", "cancelled")


@dataclass(frozen=True)
class ReleaseChange:
    """One sentence about one session; `kind` is new, moved, changed or cancelled."""

    kind: str
    code: str
    text: str


@dataclass(frozen=True)
class ChangeCount:
    """How many sessions a release changes in one way."""

    kind: str
    text: str


def counts(kinds: Iterable[str]) -> list[ChangeCount]:
    """`2 new`, `3 moved`, `1 changed`, `1 cancelled`: those that are not zero."""
    found = Counter(kinds)
    return [ChangeCount(kind, f"{found[kind]} {kind}") for kind in KINDS if found[kind]]


def changes(old: Program | None, new: Program) -> list[ReleaseChange]:
    """Every change in order of time: cancelled ones first, and nothing at all for a first release."""
    if old is None:
        return []
    before = {session.id: session for session in old.sessions}
    now = {session.id for session in new.sessions}
    gone = [
        ReleaseChange("cancelled", each.code, f"“{each.title}” is cancelled.")
        for each in old.sessions
        if each.id not in now
    ]
    zone = new.about.zone
    changed = []
    for each in new.sessions:
        earlier, place = before.get(each.id), _place_and_time(each, zone)
        if earlier is None:
            changed.append(ReleaseChange("new", each.code, f"“{each.title}” is new: {place}."))
            continue
        if _where(earlier) != _where(each):
            text = f"“{each.title}” moved from {_place_and_time(earlier, zone)} to {place}."
            changed.append(ReleaseChange("moved", each.code, text))
        names = ("title", "text", "presenters", "track", "format", "sponsor", "topics")
        aspects = [f"the {name}" for name in names if getattr(earlier, name) != getattr(each, name)]
        if aspects:
            changed.append(ReleaseChange("changed", each.code, f"“{each.title}”: {listed(aspects)} changed."))
    return gone + changed


def _where(session: Session) -> tuple[object, ...]:
    return (session.room.id, session.room.name, session.starts, session.ends)


def _place_and_time(session: Session, zone: ZoneInfo) -> str:
    """`Hall A, Sun 18 Jul, 09:00 to 10:00`, whatever zone the session was published in."""
    starts, ends = session.starts.astimezone(zone), session.ends.astimezone(zone)
    return f"{session.room.name}, {starts:%a} {starts.day} {starts:%b}, {starts:%H:%M} to {ends:%H:%M}"


def is_same(old: Program | None, new: Program) -> bool:
    """Whether a release of `new` would say exactly what `old` said."""
    if old is None:
        return False
    if (old.about, old.days, len(old.sessions)) != (new.about, new.days, len(new.sessions)):
        return False
    return all(before.says_the_same_as(now) for before, now in zip(old.sessions, new.sessions, strict=True))


def continued(old: Program | None, new: Program, *, at: datetime) -> Program:
    """`new` with each session's count of changes carried on, and what is gone kept as cancelled."""
    known = {each.id: each for each in (*old.cancelled, *old.sessions)} if old else {}
    alive = {each.id for each in old.sessions} if old else set()
    sessions = []
    for each in new.sessions:
        earlier = known.get(each.id)
        if earlier is None:
            sessions.append(replace(each, sequence=0, changed_at=at))
        elif each.id in alive and earlier.says_the_same_as(each):
            sessions.append(earlier)
        else:
            sessions.append(replace(each, sequence=earlier.sequence + 1, changed_at=at))
    here = {each.id for each in sessions}
    gone = tuple(
        replace(each, sequence=each.sequence + 1, changed_at=at) if each.id in alive else each
        for each in known.values()
        if each.id not in here
    )
    cancelled = tuple(sorted(gone, key=lambda each: (each.starts, each.id)))
    return replace(new, sessions=tuple(sessions), cancelled=cancelled)
