"""What a session's page says besides its public text, in plain words: one text for all exports, so they agree."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ..snapshot import Session, TimedPart
from .published import PublishedProgram


def details(published: PublishedProgram, session: Session) -> str:
    """The outline, what is said of presenters, links and the sponsor's profile; empty where there is none of them."""
    return "\n\n".join(_blocks(session, published.program.about.zone))


def _blocks(session: Session, zone: ZoneInfo) -> Iterator[str]:
    if session.parts:
        yield "\n".join(["Outline", *(_part(each, zone) for each in session.timed_parts)])
    for person in session.presenters:
        if person.biography or person.link:
            yield "\n".join(filter(None, [str(person), person.biography, person.link]))
    if session.links:
        yield "\n".join(["Links", *(f"{each.label}: {each.url}" for each in session.links)])
    if session.profile:
        yield "\n".join(filter(None, [session.sponsor, session.profile.sentence, session.profile.link]))


def _part(timed: TimedPart, zone: ZoneInfo) -> str:
    """`09:00 to 09:45 Set-up (Ada Lovelace)`, and its text below."""
    part, starts, ends = timed
    when = f"{part.minutes} min"
    if starts and ends:
        when = f"{starts.astimezone(zone):%H:%M} to {ends.astimezone(zone):%H:%M}"
    head = f"{when} {part.title}" + (f" ({part.who})" if part.presenters else "")
    return "\n".join(filter(None, [head, part.text]))
