"""schedule.xml as frab, pretalx and the apps that read them have it."""

from lxml import etree

from ..snapshot import Day, Session
from .details import details
from .published import PublishedProgram, hours

Element = etree._Element  # noqa: SLF001 - the class has no public name


def render(published: PublishedProgram) -> bytes:
    root = etree.Element("schedule")
    etree.SubElement(root, "generator", name="Expo", version="1")
    _text(root, "url", f"{published.address}schedule.xml")
    _text(root, "version", str(published.number))
    about, days = published.program.about, published.program.days
    conference = etree.SubElement(root, "conference")
    facts = {
        "title": about.name,
        "acronym": published.acronym,
        "start": days[0].date.isoformat(),
        "end": days[-1].date.isoformat(),
        "days": str(len(days)),
        "timeslot_duration": hours(about.grid_minutes),
        "base_url": published.address,
        "url": published.address,
        "time_zone_name": about.time_zone,
    }
    for name, value in facts.items():
        _text(conference, name, value)
    for track in published.program.tracks:
        etree.SubElement(conference, "track", name=track.name)
    for index, day in enumerate(days, 1):
        _day(root, published, index, day)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _day(root: Element, published: PublishedProgram, index: int, day: Day) -> None:
    attributes = {"index": str(index), "date": day.date.isoformat()}
    times = {"start": day.opens.isoformat(), "end": day.closes.isoformat()}
    node = etree.SubElement(root, "day", {**attributes, **times})
    rooms: dict[int, Element] = {}
    for session in published.program.sessions:
        if session.starts.date() != day.date:
            continue
        if session.room.id not in rooms:
            rooms[session.room.id] = etree.SubElement(
                node, "room", name=session.room.name, guid=published.room_guid(session.room)
            )
        _event(rooms[session.room.id], published, session)


def _event(room: Element, published: PublishedProgram, session: Session) -> None:
    event = etree.SubElement(room, "event", id=str(session.id), guid=session.guid, code=session.code)
    facts = {
        "date": session.starts.isoformat(),
        "start": f"{session.starts:%H:%M}",
        "duration": hours(session.minutes),
        "room": session.room.name,
        "slug": published.slug(session),
        "url": published.url(session),
        "title": session.title,
        "subtitle": session.sponsor,
        "track": session.track.name,
        "type": session.format.name,
        "abstract": session.text,
        "description": details(published, session),
    }
    if session.profile and session.profile.logo:
        facts["logo"] = published.picture_url(session.profile.logo)
    for name, value in facts.items():
        _text(event, name, value)
    persons = etree.SubElement(event, "persons")
    for person in session.presenters:
        _text(persons, "person", str(person))
    links = etree.SubElement(event, "links")
    for link in session.links:
        etree.SubElement(links, "link", href=link.url).text = link.label


def _text(parent: Element, name: str, value: str) -> None:
    etree.SubElement(parent, name).text = value
