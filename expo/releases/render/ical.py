"""schedule.ics: RFC 5545, with RFC 7986's name and refresh interval.

A session's UID is its guid. SEQUENCE and LAST-MODIFIED grow only when the session itself changed, so that calendars
alert nobody about a release that moved somebody else. A cancelled session stays, as STATUS:CANCELLED.
"""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration

from ..snapshot import Session
from .details import details
from .published import PublishedProgram

REFRESH = timedelta(hours=1)
YEAR = timedelta(days=366)


def render(published: PublishedProgram) -> bytes:
    program = published.program
    return _calendar(published, [*program.sessions, *program.cancelled], program.about.name)


def render_one(published: PublishedProgram, session: Session) -> bytes:
    """A calendar of one session, to add to one's own."""
    return _calendar(published, [session], session.title)


def render_some(published: PublishedProgram, sessions: list[Session]) -> bytes:
    """A calendar of the sessions one person chose."""
    return _calendar(published, sessions, f"{published.program.about.name}: my plan")


def _calendar(published: PublishedProgram, sessions: list[Session], name: str) -> bytes:
    calendar = Calendar()
    head = {"PRODID": "-//Expo//Program//EN", "VERSION": "2.0", "CALSCALE": "GREGORIAN", "METHOD": "PUBLISH"}
    for key, value in {**head, "NAME": name, "X-WR-CALNAME": name, "URL": published.address}.items():
        calendar.add(key, value)
    calendar.add("LAST-MODIFIED", published.published_at.astimezone(UTC))
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    alive = set(published.program.by_code)
    for session in sessions:
        event = Event()
        people = "; ".join(str(person) for person in session.presenters)
        more = details(published, session)
        changed = (session.changed_at or published.published_at).astimezone(UTC)
        facts: dict[str, str | int | datetime | list[str]] = {
            "UID": session.guid,
            "DTSTAMP": changed,
            "LAST-MODIFIED": changed,
            "SEQUENCE": session.sequence,
            "STATUS": "CONFIRMED" if session.code in alive else "CANCELLED",
            "DTSTART": _moment(session.starts, published),
            "DTEND": _moment(session.ends, published),
            "SUMMARY": session.title,
            "LOCATION": session.room.name,
            "DESCRIPTION": "\n\n".join(filter(None, (people, session.sponsor, session.text, more))),
            "CATEGORIES": [session.format.name, session.track.name],
            "URL": published.url(session),
        }
        for key, fact in facts.items():
            event.add(key, fact)
        calendar.add_component(event)
    first, last = min(each.starts for each in sessions), max(each.ends for each in sessions)
    calendar.add_missing_timezones((first - YEAR).date(), (last + YEAR).date())
    return bytes(calendar.to_ical())


def _moment(at: datetime, published: PublishedProgram) -> datetime:
    """In the program's zone; in UTC in the hour that clocks repeat, where RFC 5545 takes a local time for the first."""
    local = at.astimezone(published.program.about.zone)
    return at.astimezone(UTC) if local.fold else local
