"""What a release changes compared with the one before, in sentences, and how often each session changed. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from expo.kit.text import listed

from .snapshot import Program, PublishedPart, Session

#: So many changed parts of a session are named, the rest counted.
NAMED = 3
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
        aspects = list(_aspects(earlier, each))
        if aspects:
            changed.append(ReleaseChange("changed", each.code, f"“{each.title}”: {listed(aspects)} changed."))
    return gone + changed


def _aspects(old: Session, new: Session) -> Iterator[str]:
    """What else changed, each as a noun: "the text", "the biography of Ada Lovelace"."""
    for name in ("title", "text"):
        if getattr(old, name) != getattr(new, name):
            yield f"the {name}"
    if parts := _changed_parts(old, new):
        shown, more = parts[:NAMED], len(parts) - NAMED
        yield f"the outline ({', '.join([*shown, f'{more} more'] if more > 0 else shown)})"
    yield from _changed_presenters(old, new)
    for name in ("track", "format", "sponsor", "topics", "links"):
        if getattr(old, name) != getattr(new, name):
            yield f"the {name}"
    if old.profile != new.profile:
        yield f"the profile of {new.sponsor}"


def _changed_presenters(old: Session, new: Session) -> Iterator[str]:
    """Who presents, and what is said of those who did before."""
    before = {str(person): person for person in old.presenters}
    if list(before) != [str(person) for person in new.presenters]:
        yield "the presenters"
    for person in new.presenters:
        earlier = before.get(str(person), person)
        for name in ("biography", "link", "picture"):
            if getattr(earlier, name) != getattr(person, name):
                yield f"the {name} of {person.name}"


def _changed_parts(old: Session, new: Session) -> list[str]:
    """Clauses: "“Set-up” is new". Parts are known by their title and, of several with one title, by their order."""
    before, now = (_numbered(each.parts) for each in (old, new))
    changed = [
        f"“{part.title}” {'is new' if key not in before else 'differs'}"
        for key, part in now.items()
        if before.get(key) != part
    ]
    return changed + [f"“{part.title}” is gone" for key, part in before.items() if key not in now]


def _numbered(parts: Iterable[PublishedPart]) -> dict[tuple[str, int], PublishedPart]:
    seen: Counter[str] = Counter()
    found = {}
    for part in parts:
        found[part.title, seen[part.title]] = part
        seen[part.title] += 1
    return found


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
