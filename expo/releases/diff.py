"""What a release changes compared with the one before, in sentences, and how often each session changed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from expo.kit.text import listed

from .snapshot import Program, Session


@dataclass(frozen=True)
class ReleaseChange:
    """One sentence about one session; `kind` is new, moved, changed or cancelled."""

    kind: str
    code: str
    text: str


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
    return gone + [change for each in new.sessions for change in _of_one(before.get(each.id), each, zone)]


def _of_one(old: Session | None, new: Session, zone: ZoneInfo) -> Iterator[ReleaseChange]:
    if old is None:
        yield ReleaseChange("new", new.code, f"“{new.title}” is new: {_place_and_time(new, zone)}.")
        return
    if _where(old) != _where(new):
        before, now = _place_and_time(old, zone), _place_and_time(new, zone)
        yield ReleaseChange("moved", new.code, f"“{new.title}” moved from {before} to {now}.")
    aspects = [word for word, one, other in _aspects(old, new) if one != other]
    if aspects:
        yield ReleaseChange("changed", new.code, f"“{new.title}”: {listed(aspects)} changed.")


def _aspects(old: Session, new: Session) -> list[tuple[str, object, object]]:
    return [
        ("the title", old.title, new.title),
        ("the text", old.text, new.text),
        ("the presenters", old.presenters, new.presenters),
        ("the track", old.track, new.track),
        ("the format", old.format, new.format),
        ("the sponsor", old.sponsor, new.sponsor),
        ("the topics", old.topics, new.topics),
    ]


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
    return (old.about, old.days, _facts(old)) == (new.about, new.days, _facts(new))


def _facts(program: Program) -> list[Session]:
    return [session.facts for session in program.sessions]


def continued(old: Program | None, new: Program, *, at: datetime) -> Program:
    """`new` with each session's count of changes carried on, and what is gone kept as cancelled."""
    known = {each.id: each for each in (*old.cancelled, *old.sessions)} if old else {}
    alive = {each.id for each in old.sessions} if old else set()
    sessions = tuple(_counted(known.get(each.id), each, each.id in alive, at) for each in new.sessions)
    here = {each.id for each in sessions}
    gone = tuple(
        replace(each, sequence=each.sequence + 1, changed_at=at) if each.id in alive else each
        for each in known.values()
        if each.id not in here
    )
    return replace(new, sessions=sessions, cancelled=tuple(sorted(gone, key=lambda each: (each.starts, each.id))))


def _counted(before: Session | None, now: Session, was_alive: bool, at: datetime) -> Session:
    if before is None:
        return replace(now, sequence=0, changed_at=at)
    if was_alive and before.facts == now.facts:
        return before
    return replace(now, sequence=before.sequence + 1, changed_at=at)
