"""schedule.csv for spreadsheets, which take a cell that begins with = + - @ for a formula and may run it."""

import csv
import io

from .details import details
from .published import PublishedProgram

COLUMNS = (
    "id", "code", "guid", "title", "format", "track", "room", "date", "starts", "ends", "minutes",
    "presenters", "sponsor", "topics", "text", "url", "description",
)  # fmt: skip
# The apostrophe itself is among them, so that dropping one leading apostrophe always gives back the cell's words.
# The last four are the same signs in full width, which some spreadsheets read alike.
_RISKY = ("=", "+", "-", "@", "'", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render(published: PublishedProgram) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for session in published.program.sessions:
        row = [
            str(session.id),
            session.code,
            session.guid,
            session.title,
            session.format.name,
            session.track.name,
            session.room.name,
            session.starts.date().isoformat(),
            session.starts.isoformat(),
            session.ends.isoformat(),
            str(session.minutes),
            "; ".join(str(person) for person in session.presenters),
            session.sponsor,
            "; ".join(topic.name for topic in session.topics),
            session.text,
            published.url(session),
            details(published, session),
        ]
        writer.writerow(map(safe, row))
    return out.getvalue().encode("utf-8-sig")  # without the mark, Excel takes it for Latin-1


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet runs: an apostrophe stands before what looks like a formula."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell
