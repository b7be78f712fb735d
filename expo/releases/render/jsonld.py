"""schema.org Events for the pages, so that search engines can read the program."""

import json
from typing import Any

from ..snapshot import Person, PublishedProfile, Session, TimedPart
from .published import PublishedProgram

# Inside a script element only these can end it or open a comment.
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def of_session(published: PublishedProgram, session: Session) -> str:
    """One session with its edition as the event above it."""
    return _safe({"@context": "https://schema.org", **_event(published, session), "superEvent": _edition(published)})


def of_program(published: PublishedProgram) -> str:
    """The whole edition with its sessions."""
    sessions = [_event(published, session) for session in published.program.sessions]
    return _safe({"@context": "https://schema.org", **_edition(published), "subEvent": sessions})


def _edition(published: PublishedProgram) -> dict[str, Any]:
    about, days = published.program.about, published.program.days
    return {
        "@type": "Event",
        "name": about.name,
        "url": published.address,
        "startDate": days[0].opens.isoformat(),
        "endDate": days[-1].closes.isoformat(),
        "location": {"@type": "Place", "name": about.place or about.conference},
        "eventStatus": "https://schema.org/EventScheduled",
    }


def _event(published: PublishedProgram, session: Session) -> dict[str, Any]:
    parts = [_part(each, published) for each in session.timed_parts]
    status = "EventScheduled" if session.code in published.program.by_code else "EventCancelled"
    return {
        "@type": "Event",
        "@id": f"urn:uuid:{session.guid}",
        "name": session.title,
        "url": published.url(session),
        "startDate": session.starts.isoformat(),
        "endDate": session.ends.isoformat(),
        "location": {"@type": "Place", "name": session.room.name, "address": published.program.about.place},
        "eventStatus": f"https://schema.org/{status}",
        "description": session.text,
        "performer": [_person(published, person) for person in session.presenters],
        "sponsor": _sponsor(published, session),
        **({"subEvent": parts} if parts else {}),
    }


def _part(timed: TimedPart, published: PublishedProgram) -> dict[str, Any]:
    zone = published.program.about.zone
    span = {
        name: at.astimezone(zone).isoformat()
        for name, at in (("startDate", timed.starts), ("endDate", timed.ends))
        if at
    }
    people = [{"@type": "Person", "name": name} for name in timed.part.presenters]
    return {"@type": "Event", "name": timed.part.title, **span, "description": timed.part.text, "performer": people}


def _person(published: PublishedProgram, person: Person) -> dict[str, Any]:
    image = published.picture_url(person.picture) if person.picture else ""
    said = {"description": person.biography, "url": person.link, "image": image}
    return {"@type": "Person", "name": person.name, **_given(said)}


def _sponsor(published: PublishedProgram, session: Session) -> dict[str, Any]:
    profile = session.profile or PublishedProfile()
    logo = published.picture_url(profile.logo) if profile.logo else ""
    said = {"description": profile.sentence, "url": profile.link, "logo": logo}
    return {"@type": "Organization", "name": session.sponsor, **_given(said)}


def _given(said: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in said.items() if value}


def _safe(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False)
    for letter, escape in _ESCAPES.items():
        text = text.replace(letter, escape)
    return text
