"""The exports of a release, each rendered once from the same program. Pure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from . import ical, table, virtual, voc_json, voc_xml
from .published import PublishedProgram


@dataclass(frozen=True)
class Export:
    """A file of a release: its name, media type, what it is for, and how it is made."""

    name: str
    content_type: str
    about: str
    render: Callable[[PublishedProgram], bytes]


@dataclass(frozen=True)
class Rendered:
    name: str
    content_type: str
    body: bytes
    etag: str


EXPORTS = (
    Export("schedule.ics", "text/calendar; charset=utf-8", "Calendar (iCalendar)", ical.render),
    Export("schedule.json", "application/json", "Schedule for apps (frab JSON)", voc_json.render),
    Export("schedule.xml", "application/xml; charset=utf-8", "Schedule for apps (frab XML)", voc_xml.render),
    Export("schedule.csv", "text/csv; charset=utf-8", "Table for spreadsheets (CSV)", table.render),
    Export("virtual.json", "application/json", "For the conference's virtual site", virtual.render),
)


def render_all(published: PublishedProgram) -> list[Rendered]:
    """Every export, with a strong validator made of its bytes."""
    bodies = [(export, export.render(published)) for export in EXPORTS]
    return [
        Rendered(export.name, export.content_type, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        for export, body in bodies
    ]
