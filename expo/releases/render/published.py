"""What every export is made from: the program, the release's number and time, and its public address."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from ..snapshot import Program, PublishedPicture, PublishedRoom, Session


@dataclass(frozen=True)
class PublishedProgram:
    """`address` is the program page's, ending in a slash: sessions and exports stand below it.

    So does each picture below `pictures`, by its digest.
    """

    program: Program
    number: int
    published_at: datetime
    address: str
    pictures: str = ""

    @property
    def acronym(self) -> str:
        """The edition's slug as schedule.xml and schedule.json both take it: at least four of a-z, 0-9, _."""
        slug = self.program.about.slug.lower().replace("-", "_")
        return slug if len(slug) >= 4 else f"expo_{slug}"

    def url(self, session: Session) -> str:
        return f"{self.address}{session.code}/"

    def picture_url(self, picture: PublishedPicture) -> str:
        return f"{self.pictures}{picture.digest}"

    def slug(self, session: Session) -> str:
        """Unique and unchanging, unlike a slug made of the title."""
        return f"{self.acronym}-{session.code.lower()}"

    def room_guid(self, room: PublishedRoom) -> str:
        """The same in every release: made of the edition's slug and the room's id."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:expo:{self.program.about.slug}:room:{room.id}"))


def hours(minutes: int) -> str:
    """`04:00`"""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
