"""virtual.json: the shape in which the virtual sites of NeurIPS, ICML and ICLR list their events."""

import json
from typing import Any

from ..snapshot import Session
from .published import PublishedProgram

# As these sites call the three formats of an Expo Day.
EVENT_TYPES = {"talk": "Expo Talk Panel", "demo": "Expo Demonstration", "workshop": "Expo Workshop"}
PEOPLE = 100  # ids of presenters are made of their session's id and their place in it


def render(published: PublishedProgram) -> bytes:
    results = [_event(published, session) for session in published.program.sessions]
    data = {"count": len(results), "next": None, "previous": None, "results": results}
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _event(published: PublishedProgram, session: Session) -> dict[str, Any]:
    kind = EVENT_TYPES.get(session.format.slug, f"Expo {session.format.name}")
    path = kind.lower().replace(" ", "-")
    return {
        "id": session.id,
        "uid": session.guid.replace("-", ""),
        "name": session.title,
        "authors": [
            {
                "id": session.id * PEOPLE + place,
                "fullname": each.name,
                "url": each.link or None,
                "institution": each.affiliation,
            }
            for place, each in enumerate(session.presenters)
        ],
        "abstract": session.text,
        "topic": session.topics[0].name if session.topics else "",
        "keywords": [topic.name for topic in session.topics],
        "decision": "",
        "session": session.track.name,
        "eventtype": kind,
        "event_type": f"{path}_template",
        "room_name": session.room.name,
        "virtualsite_url": f"/virtual/{session.starts.year}/{path}/{session.id}",
        "paper_url": None,
        "starttime": session.starts.isoformat(),
        "endtime": session.ends.isoformat(),
        "poster_position": "",
        "sourceid": session.id,
        "starttime2": None,
        "endtime2": None,
    }
