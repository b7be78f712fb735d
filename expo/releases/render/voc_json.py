"""schedule.json, version 1 of frab and pretalx, as conference apps read it."""

import json
import re
from typing import Any

from ..snapshot import Person, Session
from .details import details
from .published import PublishedProgram, hours

_SAYABLE_ZONE = re.compile(r"^([A-Z][a-z]+/[A-Z][a-z]+)|UTC$")  # the schema knows no others


def render(published: PublishedProgram) -> bytes:
    program, about = published.program, published.program.about
    days = []
    for index, day in enumerate(program.days, 1):
        rooms: dict[str, list[dict[str, Any]]] = {}
        for session in program.sessions:
            if session.starts.date() == day.date:
                rooms.setdefault(session.room.name, []).append(_event(published, session))
        days.append(
            {
                "index": index,
                "date": day.date.isoformat(),
                "day_start": day.opens.isoformat(),
                "day_end": day.closes.isoformat(),
                "rooms": rooms,
            }
        )
    conference = {
        "acronym": published.acronym,
        "title": about.name,
        "start": program.days[0].date.isoformat(),
        "end": program.days[-1].date.isoformat(),
        "daysCount": len(program.days),
        "timeslot_duration": hours(about.grid_minutes),
        "time_zone_name": about.time_zone,
        "url": published.address,
        "tracks": [{"name": track.name} for track in program.tracks],
        "rooms": [
            {"name": room.name, "guid": published.room_guid(room), "capacity": room.capacity} for room in program.rooms
        ],
        "days": days,
    }
    if not _SAYABLE_ZONE.search(about.time_zone):
        del conference["time_zone_name"]
    schedule = {"version": str(published.number), "base_url": published.address, "conference": conference}
    data = {"generator": {"name": "Expo", "version": "1"}, "schedule": schedule}
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _event(published: PublishedProgram, session: Session) -> dict[str, Any]:
    logo = session.profile and session.profile.logo
    return {
        "id": session.id,
        "guid": session.guid,
        "code": session.code,
        "date": session.starts.isoformat(),
        "start": f"{session.starts:%H:%M}",
        "end": session.ends.isoformat(),
        "duration": hours(session.minutes),
        "room": session.room.name,
        "slug": published.slug(session),
        "url": published.url(session),
        "title": session.title,
        "subtitle": session.sponsor,
        "track": session.track.name,
        "type": session.format.name,
        "language": None,
        "abstract": session.text,
        "description": details(published, session),
        "logo": published.picture_url(logo) if logo else None,
        "persons": [_person(published, each) for each in session.presenters],
        "links": [{"title": each.label, "url": each.url, "type": "web"} for each in session.links],
        "attachments": [],
    }


def _person(published: PublishedProgram, person: Person) -> dict[str, Any]:
    """What is empty is left out: the schema takes no empty address."""
    picture = person.picture and published.picture_url(person.picture)
    said = {"biography": person.biography, "url": person.link, "avatar": picture}
    given = {name: value for name, value in said.items() if value}
    return {"name": person.name, "affiliation": person.affiliation, **given}
