"""What bears on a few places and nothing else, in two queries: the check while somebody drags reads this."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.db import connection

from expo.editions.models import Break, Day, Edition, Format, Room, Track
from expo.proposals.models import Proposal
from expo.proposals.states import PLACEABLE

from ..models import Session
from ..solver import Away, Item, Link, Place, Problem
from ..solver import Track as SolverTrack
from .ground import Ground
from .items import WISH, item_of
from .nearby_sql import SESSIONS, SET_UP
from .times import minute, moment, up


@dataclass(frozen=True)
class Want:
    """Where a session is wanted and for how many minutes; `place` None: out of the timetable."""

    proposal: int
    place: Place | None
    minutes: int


@dataclass(frozen=True)
class Known:
    """A session near a wanted place, or the wanted one itself, with everything a rule asks about it.

    `row` and `session` carry what was read of them and no more; `told` is the place its presenters were told.
    """

    row: Proposal
    item: Item
    names: Mapping[str, str]
    session: Session | None = None
    told: Place | None = None


@dataclass(frozen=True)
class Scene:
    """The neighbourhood as it would stand with all that is wanted."""

    edition: Edition
    ground: Ground
    problem: Problem
    known: Mapping[int, Known]
    places: Mapping[int, Place]

    @cached_property
    def rooms(self) -> dict[int, Room]:
        return {room.pk: room for room in self.ground.rooms}


def nearby(edition: Edition, wants: Iterable[Want]) -> Scene:
    """Two queries, whatever the edition's size: the set-up, then the sessions that a rule or an aim could name."""
    wants = tuple(wants)
    asked: dict[str, Any] = {"edition": edition.pk, "mine": [want.proposal for want in wants]}
    rooms, tracks, days, breaks, formats, links, gone = map(_objects, _ask(SET_UP, asked)[0])
    ground = Ground(
        edition,
        rooms=[Room(**each) for each in rooms],
        tracks=[SolverTrack(each["id"], frozenset(each["formats"]), each["room"]) for each in tracks],
        days=[_day(each) for each in days],
        breaks=[_break(each) for each in breaks],
    )
    reader = _Reader(edition, ground, {each["id"]: Format(**each) for each in formats}, gone)
    asked |= _spans(edition, wants, max((each["setup_minutes"] for each in formats), default=0))
    asked["linked"] = [each[side] for each in links for side in ("one_id", "other_id")]
    known = {each.row.pk: each for each in map(reader.known, _ask(SESSIONS, asked))}
    known |= {want.proposal: _as_wanted(known[want.proposal], want.minutes) for want in wants if want.proposal in known}
    items = tuple(each.item for each in known.values())
    problem = replace(ground.problem, items=items, links=tuple(_link(each) for each in links))
    return Scene(edition, ground, problem, known, _places(known, wants))


def _ask(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _objects(found: Iterable[str]) -> list[Any]:
    """Django leaves JSON of its raw cursor to whoever asks."""
    return [json.loads(each) for each in found]


def _spans(edition: Edition, wants: Sequence[Want], setup: int) -> dict[str, Any]:
    """The wanted rooms and times, with the minutes before and after in which anybody could be in the way."""
    margin = max(setup, edition.rest_minutes, edition.walk_minutes)
    places = [(want.place, want.minutes) for want in wants if want.place is not None]
    return {
        "rooms": [place.room for place, _ in places],
        "starts": [moment(place.start - margin) for place, _ in places],
        "ends": [moment(place.start + minutes + margin) for place, minutes in places],
        "states": [str(state) for state in PLACEABLE],
    }


def _places(known: Mapping[int, Known], wants: Iterable[Want]) -> dict[int, Place]:
    places = {key: each.item.present for key, each in known.items()} | {want.proposal: want.place for want in wants}
    return {key: place for key, place in places.items() if place is not None}


def _as_wanted(known: Known, minutes: int) -> Known:
    return replace(known, item=replace(known.item, minutes=minutes))


def _day(found: dict[str, Any]) -> Day:
    clocks = ("opens_at", "closes_at", "prime_from", "prime_until")
    parsed = {key: found[key] and time.fromisoformat(found[key]) for key in clocks}
    return Day(**{**found, **parsed, "date": date.fromisoformat(found["date"])})


def _break(found: dict[str, Any]) -> Break:
    return Break(**{**found, **{key: datetime.fromisoformat(found[key]) for key in ("starts_at", "ends_at")}})


def _link(found: dict[str, Any]) -> Link:
    return Link(found["kind"], found["one_id"], found["other_id"], 0 if found["is_rule"] else WISH)


class _Reader:
    """Rows of `SESSIONS` as what the rules ask about."""

    def __init__(
        self, edition: Edition, ground: Ground, formats: Mapping[int, Format], gone: Iterable[dict[str, Any]]
    ) -> None:
        self.edition, self.ground, self.formats = edition, ground, formats
        self.gone: dict[int, list[Away]] = {}
        for each in gone:
            starts_at, ends_at = (datetime.fromisoformat(each[key]) for key in ("starts_at", "ends_at"))
            self.gone.setdefault(each["proposal"], []).append(Away(each["person"], minute(starts_at), up(ends_at)))

    def known(self, found: tuple[Any, ...]) -> Known:
        fields, earliest, latest, track, key, room, starts_at, is_pinned, told_room, told_at, cast, topics = found
        cast = _objects(cast)
        row = Proposal(**json.loads(fields), edition=self.edition, earliest_at=earliest, latest_at=latest)
        row.format = self.formats[row.format_id]
        if track is not None:
            row.track = Track(pk=row.track_id, name=track)
        session = None
        if key:
            session = Session(pk=key, proposal_id=row.pk, room_id=room, starts_at=starts_at, is_pinned=is_pinned)
        people = {mail for _, _, mail in cast if mail}
        away = self.gone.get(row.pk, [])
        item = item_of(row, session, (0, None), people, away, topics, self.ground.halves, self.ground.roaming)
        names = {mail or f"#{number}": name for number, name, mail in cast}
        return Known(row, item, names, session, Place(told_room, minute(told_at)) if told_room else None)
