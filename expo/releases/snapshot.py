"""The frozen public program as plain data. Pure.

Only what is listed here can become public: there is no field for an abstract, a need, a score or a mail address.
Text is cleaned once, so that every export carries the same words.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

# What XML 1.0 cannot carry (C0 controls but tab and newline, lone surrogates, two noncharacters), and the byte order
# mark, which readers swallow.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text that all formats can carry: newlines as LF, no control characters."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@lru_cache(maxsize=4096)
def line(text: str) -> str:
    """The same on one line; marks of direction stay, because they belong to the words."""
    return " ".join(clean(text).split())


def web_address(url: str) -> str:
    """An address that a reader may follow, in letters that every format takes; empty for any other scheme."""
    address = quote(clean(url), safe="/#%[]=:;$&()+,!?*@'~")  # what may stand in a URI stays as it is (RFC 3986)
    return address if address.lower().startswith(("https://", "http://")) else ""


@dataclass(frozen=True)
class Term:
    """A track, format or topic: its stable slug and its name."""

    slug: str
    name: str


@dataclass(frozen=True)
class PublishedRoom:
    """A room. Its seats and its place among the rooms may change without a session having changed."""

    id: int
    name: str
    capacity: int | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)

    @property
    def order(self) -> tuple[int, str, int]:
        return (self.position, self.name, self.id)


@dataclass(frozen=True)
class PublishedPicture:
    """A picture by the digest of its data, under which it is served, and its size in pixels."""

    digest: str
    width: int
    height: int


@dataclass(frozen=True)
class PublishedLink:
    label: str
    url: str


@dataclass(frozen=True)
class Person:
    name: str
    affiliation: str = ""
    biography: str = ""
    link: str = ""
    picture: PublishedPicture | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.affiliation})" if self.affiliation else self.name


@dataclass(frozen=True)
class PublishedPart:
    """A part of a session: `after` so many minutes from its start, for so many `minutes`; presenters by name."""

    after: int
    minutes: int
    title: str
    text: str = ""
    presenters: tuple[str, ...] = ()

    @property
    def who(self) -> str:
        """The presenters' names on one line."""
        return ", ".join(self.presenters)


class TimedPart(NamedTuple):
    """A part and its clock times; None where the parts are longer than the session, so that they would be wrong."""

    part: PublishedPart
    starts: datetime | None
    ends: datetime | None


@dataclass(frozen=True)
class PublishedProfile:
    """What a sponsor approved to be said of it beside its name."""

    sentence: str = ""
    link: str = ""
    logo: PublishedPicture | None = None


@dataclass(frozen=True)
class Day:
    date: date
    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class About:
    """The edition's facts."""

    slug: str
    name: str
    conference: str
    place: str
    time_zone: str
    grid_minutes: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Session:
    """One session as the public sees it; `id`, `code` and `guid` are its proposal's and never change.

    `sequence` grows by one with each release that changes the session; `changed_at` is that release's time.
    """

    id: int
    code: str
    guid: str
    title: str
    format: Term
    track: Term
    room: PublishedRoom
    starts: datetime
    ends: datetime
    presenters: tuple[Person, ...]
    sponsor: str
    topics: tuple[Term, ...]
    text: str
    sequence: int = 0
    changed_at: datetime | None = None
    parts: tuple[PublishedPart, ...] = ()
    links: tuple[PublishedLink, ...] = ()
    profile: PublishedProfile | None = None

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds() // 60)

    @property
    def who(self) -> str:
        """The presenters' names on one line."""
        return ", ".join(person.name for person in self.presenters)

    @property
    def place(self) -> str:
        """When and where, on one line."""
        return f"{self.starts:%a} {self.starts.day} {self.starts:%b}, {self.starts:%H:%M} · {self.room.name}"

    @property
    def topic_names(self) -> str:
        """The topics on one line."""
        return ", ".join(topic.name for topic in self.topics)

    @property
    def timed_parts(self) -> list[TimedPart]:
        """The parts with their clock times, as long as they fit into the session."""
        if any(part.after + part.minutes > self.minutes for part in self.parts):
            return [TimedPart(part, None, None) for part in self.parts]
        return [
            TimedPart(
                part,
                self.starts + timedelta(minutes=part.after),
                self.starts + timedelta(minutes=part.after + part.minutes),
            )
            for part in self.parts
        ]

    @property
    def pictures(self) -> set[str]:
        """The digests of all its pictures."""
        shown = [*(person.picture for person in self.presenters), self.profile and self.profile.logo]
        return {picture.digest for picture in shown if picture}

    @property
    def facts(self) -> "Session":
        """The session without its count of changes."""
        return replace(self, sequence=0, changed_at=None)

    def says_the_same_as(self, other: "Session") -> bool:
        """Whether nothing but the count of changes differs: an unchanged session."""
        return bool(_FACTS(self) == _FACTS(other))


_FACTS = attrgetter(*(each.name for each in fields(Session) if each.name not in ("sequence", "changed_at")))


@dataclass(frozen=True)
class Program:
    """Everything one release says. `cancelled` are sessions of earlier releases that are gone, as last published."""

    about: About
    days: tuple[Day, ...]
    sessions: tuple[Session, ...]
    cancelled: tuple[Session, ...] = ()

    @cached_property
    def by_code(self) -> dict[str, Session]:
        return {session.code: session for session in self.sessions}

    @property
    def rooms(self) -> list[PublishedRoom]:
        return sorted({session.room for session in self.sessions}, key=lambda room: room.order)

    @property
    def tracks(self) -> list[Term]:
        return _named({session.track for session in self.sessions})

    @property
    def formats(self) -> list[Term]:
        return _named({session.format for session in self.sessions})

    @property
    def topics(self) -> list[Term]:
        return _named({topic for session in self.sessions for topic in session.topics})


def _named(terms: set[Term]) -> list[Term]:
    return sorted(terms, key=lambda term: (term.name, term.slug))


def build(about: About, days: Iterable[Day], sessions: Iterable[Session]) -> Program:
    """A program in the edition's zone, in order of time; a day that nobody declared spans its sessions.

    Each time carries its own offset instead of the zone: between two times of one zone Python subtracts and compares
    what clocks show, which is wrong across a change of clocks.
    """
    placed = sorted((_tidy(session, about.zone) for session in sessions), key=lambda each: (each.starts, each.id))
    declared = {day.date: Day(day.date, *_local(about.zone, day.opens, day.closes)) for day in days}
    for session in placed:
        # Every session is inside its day, because readers of schedule.xml cut what sticks out.
        key = session.starts.date()
        day = declared.get(key, Day(key, session.starts, session.ends))
        declared[key] = Day(key, min(day.opens, session.starts), max(day.closes, session.ends))
    about = replace(about, name=line(about.name), conference=line(about.conference), place=line(about.place))
    return Program(about, tuple(declared[key] for key in sorted(declared)), tuple(placed))


def _tidy(session: Session, zone: ZoneInfo) -> Session:
    starts, ends = _local(zone, session.starts, session.ends)
    return replace(
        session,
        title=line(session.title),
        format=_term(session.format),
        track=_term(session.track),
        room=replace(session.room, name=line(session.room.name)),
        starts=starts,
        ends=ends,
        presenters=tuple(each for person in session.presenters if (each := _person(person)).name),
        sponsor=line(session.sponsor),
        topics=tuple(_term(each) for each in session.topics),
        text=clean(session.text),
        parts=tuple(_part(each) for each in session.parts),
        links=tuple(_link(each) for each in session.links if web_address(each.url)),
        profile=_profile(session.profile),
    )


def _person(person: Person) -> Person:
    return Person(
        line(person.name),
        line(person.affiliation),
        clean(person.biography),
        web_address(person.link),
        person.picture,
    )


def _part(part: PublishedPart) -> PublishedPart:
    names = tuple(name for each in part.presenters if (name := line(each)))
    return PublishedPart(part.after, part.minutes, line(part.title), clean(part.text), names)


def _link(link: PublishedLink) -> PublishedLink:
    address = web_address(link.url)
    return PublishedLink(line(link.label) or address, address)


def _profile(profile: PublishedProfile | None) -> PublishedProfile | None:
    """None where nothing would be said."""
    if profile is None:
        return None
    tidy = PublishedProfile(line(profile.sentence), web_address(profile.link), profile.logo)
    return tidy if tidy != PublishedProfile() else None


def _term(term: Term) -> Term:
    return Term(term.slug, line(term.name))


def _local(zone: ZoneInfo, *moments: datetime) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(moment.astimezone(zone).isoformat()) for moment in moments)


# --- To and from the JSON that a Release keeps -------------------------------------------------------

#: Came later than the first releases: left out where there is none, so that an old release reads and writes the same.
_LATER = frozenset({"parts", "links", "profile", "biography", "link", "picture"})


def to_data(program: Program) -> dict[str, Any]:
    """The program as JSON values; times carry their offset."""
    return _plain(asdict(program))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if each or key not in _LATER}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def from_data(data: dict[str, Any]) -> Program:
    """The program of a stored snapshot; times with the offsets they were published with."""
    about = About(**data["about"])
    sessions, cancelled = (tuple(_session(each, about.zone) for each in data[key]) for key in ("sessions", "cancelled"))
    moment = datetime.fromisoformat
    days = (
        Day(date.fromisoformat(each["date"]), moment(each["opens"]), moment(each["closes"])) for each in data["days"]
    )
    return Program(about, tuple(days), sessions, cancelled)


def _session(data: dict[str, Any], zone: ZoneInfo) -> Session:
    made = {
        "format": Term(**data["format"]),
        "track": Term(**data["track"]),
        "room": PublishedRoom(**data["room"]),
        "starts": datetime.fromisoformat(data["starts"]),
        "ends": datetime.fromisoformat(data["ends"]),
        "presenters": tuple(
            Person(**{**each, "picture": _picture(each.get("picture"))}) for each in data["presenters"]
        ),
        "topics": tuple(Term(**each) for each in data["topics"]),
        "parts": tuple(
            PublishedPart(**{**each, "presenters": tuple(each["presenters"])}) for each in data.get("parts", ())
        ),
        "links": tuple(PublishedLink(**each) for each in data.get("links", ())),
        "profile": _stored_profile(data.get("profile")),
        "changed_at": _local(zone, datetime.fromisoformat(data["changed_at"]))[0] if data["changed_at"] else None,
    }
    return Session(**{**data, **made})


def _picture(data: dict[str, Any] | None) -> PublishedPicture | None:
    return PublishedPicture(**data) if data else None


def _stored_profile(data: dict[str, Any] | None) -> PublishedProfile | None:
    return PublishedProfile(**{**data, "logo": _picture(data.get("logo"))}) if data else None
