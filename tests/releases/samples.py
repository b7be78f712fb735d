"""Programs made without a database, for the tests of the pure files."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from expo.releases.render.published import PublishedProgram
from expo.releases.snapshot import About, Day, Person, Program, PublishedRoom, Session, Term, build

ABOUT = About("icml-2027", "ICML 2027 Expo", "ICML", "Montréal", "America/New_York", 30)
NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)
DAY = Day(date(2027, 7, 18), NINE, NINE + timedelta(hours=9))
LATER = datetime(2027, 7, 1, tzinfo=UTC)
TALK, WORKSHOP = Term("talk", "Talk"), Term("workshop", "Workshop")
HALL = PublishedRoom(7, "Hall A", 300, 1)


def session(number: int = 1, **facts: Any) -> Session:
    """The n-th session, an hour after the one before."""
    starts = facts.pop("starts", NINE + timedelta(hours=number - 1))
    given = {
        "id": number,
        "code": f"AAAAA{number}",
        "guid": str(uuid.UUID(int=number)),
        "title": f"Title {number}",
        "format": TALK,
        "track": Term("talks", "Talks"),
        "room": HALL,
        "starts": starts,
        "ends": starts + timedelta(hours=1),
        "presenters": (Person("Ada Lovelace", "Analytical Engines"), Person("Charles Babbage")),
        "sponsor": "Analytical Engines",
        "topics": (Term("systems", "Systems"),),
        "text": "What *everybody* can learn.",
    }
    return Session(**{**given, **facts})


def program(*sessions: Session, about: About = ABOUT, days: tuple[Day, ...] = (DAY,)) -> Program:
    return build(about, days, sessions or (session(1), session(2)))


def printed(given: Program, number: int = 1) -> PublishedProgram:
    return PublishedProgram(given, number, LATER, "https://expo.example/e/icml-2027/program/")
