"""schedule.ics: RFC 5545, with RFC 7986's name and refresh interval.

A session's UID is its guid. SEQUENCE and LAST-MODIFIED grow only when the session itself changed, so that calendars
alert nobody about a release that moved somebody else. A cancelled session stays, as STATUS:CANCELLED.
"""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vDuration

from ..snapshot import Session
from .edition import Print

REFRESH = timedelta(hours=1)
YEAR = timedelta(days=366)


def render(given: Print) -> bytes:
    program = given.program
    return _calendar(given, [*program.sessions, *program.cancelled], program.about.name)


def render_one(given: Print, session: Session) -> bytes:
    """A calendar of one session, to add to one's own."""
    return _calendar(given, [session], session.title)


def _calendar(given: Print, sessions: list[Session], name: str) -> bytes:
    calendar = Calendar()
    head = {"PRODID": "-//Expo//Program//EN", "VERSION": "2.0", "CALSCALE": "GREGORIAN", "METHOD": "PUBLISH"}
    for key, value in {**head, "NAME": name, "X-WR-CALNAME": name, "URL": given.address}.items():
        calendar.add(key, value)
    calendar.add("LAST-MODIFIED", given.published_at.astimezone(UTC))
    calendar.add("REFRESH-INTERVAL", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    alive = set(given.program.by_code)
    for session in sessions:
        calendar.add_component(_event(given, session, session.code in alive))
    first, last = min(each.starts for each in sessions), max(each.ends for each in sessions)
    calendar.add_missing_timezones((first - YEAR).date(), (last + YEAR).date())
    return bytes(calendar.to_ical())


def _event(given: Print, session: Session, is_alive: bool) -> Event:
    event = Event()
    changed = (session.changed_at or given.published_at).astimezone(UTC)
    facts: dict[str, str | int | datetime | list[str]] = {
        "UID": session.guid,
        "DTSTAMP": changed,
        "LAST-MODIFIED": changed,
        "SEQUENCE": session.sequence,
        "STATUS": "CONFIRMED" if is_alive else "CANCELLED",
        "DTSTART": _moment(session.starts, given),
        "DTEND": _moment(session.ends, given),
        "SUMMARY": session.title,
        "LOCATION": session.room.name,
        "DESCRIPTION": _description(session),
        "CATEGORIES": [session.format.name, session.track.name],
        "URL": given.url(session),
    }
    for key, value in facts.items():
        event.add(key, value)
    return event


def _moment(at: datetime, given: Print) -> datetime:
    """In the program's zone; in UTC in the hour that clocks repeat, where RFC 5545 takes a local time for the first."""
    local = at.astimezone(given.program.about.zone)
    return at.astimezone(UTC) if local.fold else local


def _description(session: Session) -> str:
    people = "; ".join(str(person) for person in session.presenters)
    return "\n\n".join(part for part in (people, session.sponsor, session.text) if part)
