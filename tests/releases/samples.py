"""Programs made without a database, for the tests of the pure files."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from expo.releases.render.published import PublishedProgram
from expo.releases.snapshot import (
    About,
    Day,
    Person,
    Program,
    PublishedLink,
    PublishedPart,
    PublishedPicture,
    PublishedProfile,
    PublishedRoom,
    Session,
    Term,
    build,
)

ABOUT = About("icml-2027", "ICML 2027 Expo", "ICML", "Montréal", "America/New_York", 30)
NINE = datetime(2027, 7, 18, 13, tzinfo=UTC)
DAY = Day(date(2027, 7, 18), NINE, NINE + timedelta(hours=9))
LATER = datetime(2027, 7, 1, tzinfo=UTC)
TALK, WORKSHOP = Term("talk", "Talk"), Term("workshop", "Workshop")
PORTRAIT, LOGO = PublishedPicture("aa" * 32, 400, 400), PublishedPicture("bb" * 32, 300, 100)
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


def detailed(number: int = 1, **facts: Any) -> Session:
    """A session of an hour with everything that a page may say of it."""
    given = {
        "presenters": (
            Person("Ada Lovelace", "Analytical Engines", "Wrote the first program.", "https://ada.example/", PORTRAIT),
            Person("Charles Babbage"),
        ),
        "parts": (
            PublishedPart(0, 20, "Set-up", "Bring a laptop.", ("Ada Lovelace",)),
            PublishedPart(20, 40, "Hands on"),
        ),
        "links": (
            PublishedLink("Paper", "https://arxiv.example/1"),
            PublishedLink("Code", "https://code.example/?a=1&b=2"),
        ),
        "profile": PublishedProfile("Makes engines.", "https://engines.example/", LOGO),
    }
    return session(number, **{**given, **facts})


def program(*sessions: Session, about: About = ABOUT, days: tuple[Day, ...] = (DAY,)) -> Program:
    return build(about, days, sessions or (session(1), session(2)))


def printed(given: Program, number: int = 1) -> PublishedProgram:
    address, pictures = "https://expo.example/e/icml-2027/program/", "https://expo.example/pictures/"
    return PublishedProgram(given, number, LATER, address, pictures)
