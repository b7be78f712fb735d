"""What bears on a few placements and nothing else, in two queries: the check while somebody drags reads this."""

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
from .problem import WISH_COST, SolverSetup, item_of, minute, minute_up, moment

SET_UP = """
SELECT
  ARRAY(SELECT to_jsonb(r) FROM editions_room r WHERE r.edition_id = %(edition)s ORDER BY r.position, r.id),
  ARRAY(SELECT jsonb_build_object('id', t.id, 'room', t.room_id, 'formats', ARRAY(
      SELECT f.format_id FROM editions_track_formats f WHERE f.track_id = t.id))
    FROM editions_track t WHERE t.edition_id = %(edition)s ORDER BY t.position, t.id),
  ARRAY(SELECT to_jsonb(d) FROM editions_day d WHERE d.edition_id = %(edition)s ORDER BY d.date),
  ARRAY(SELECT to_jsonb(b) FROM editions_break b WHERE b.edition_id = %(edition)s ORDER BY b.starts_at),
  ARRAY(SELECT to_jsonb(f) FROM editions_format f WHERE f.edition_id = %(edition)s),
  ARRAY(SELECT to_jsonb(l) FROM program_link l WHERE l.edition_id = %(edition)s
    AND (l.one_id = ANY(%(mine)s) OR l.other_id = ANY(%(mine)s)) ORDER BY l.id),
  ARRAY(SELECT jsonb_build_object('proposal', x.proposal_id, 'starts_at', a.starts_at, 'ends_at', a.ends_at,
      'person', coalesce(nullif(x.person, ''), '#' || x.id))
    FROM proposals_availability a JOIN proposals_presenter x ON x.id = a.presenter_id
    WHERE x.proposal_id = ANY(%(mine)s) ORDER BY a.starts_at, a.id)
"""

#: The wanted ones, what they are linked with, and of all that is on near the wanted times what they could meet:
#: in a wanted room, or with a person, a topic or the sponsor in common.
SESSIONS = """
WITH mine AS (SELECT id, sponsor_id FROM proposals_proposal WHERE id = ANY(%(mine)s)),
  near AS (
    SELECT s.proposal_id, s.room_id FROM program_session s
    WHERE s.edition_id = %(edition)s AND EXISTS (
      SELECT 1 FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) w(starts_at, ends_at)
      WHERE s.starts_at < w.ends_at AND s.ends_at > w.starts_at)),
  bearing AS (
    SELECT n.proposal_id FROM near n WHERE n.room_id = ANY(%(rooms)s)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_proposal p ON p.id = n.proposal_id
      WHERE p.sponsor_id IN (SELECT sponsor_id FROM mine)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_presenter x ON x.proposal_id = n.proposal_id
      JOIN proposals_presenter y ON y.proposal_id IN (SELECT id FROM mine)
        AND (lower(y.name) = lower(x.name) OR y.email <> '' AND lower(y.email) = lower(x.email)
          OR y.person <> '' AND y.person = x.person)
    UNION SELECT n.proposal_id FROM near n JOIN proposals_proposal_topics t ON t.proposal_id = n.proposal_id
      WHERE t.topic_id IN (
        SELECT u.topic_id FROM proposals_proposal_topics u WHERE u.proposal_id IN (SELECT id FROM mine))
    UNION SELECT id FROM mine
    UNION SELECT unnest(%(linked)s::bigint[]))
SELECT
  jsonb_build_object('id', p.id, 'sponsor_id', p.sponsor_id, 'format_id', p.format_id, 'track_id', p.track_id,
    'title', p.title, 'minutes', p.minutes, 'expected_audience', p.expected_audience, 'equipment', p.equipment,
    'prefers', p.prefers),
  p.earliest_at, p.latest_at, t.name,
  s.id, s.room_id, s.starts_at, s.is_pinned,
  o.room_id, o.starts_at,
  ARRAY(SELECT jsonb_build_array(x.id, x.name, x.person) FROM proposals_presenter x
    WHERE x.proposal_id = p.id ORDER BY x.position, x.id),
  ARRAY(SELECT u.topic_id FROM proposals_proposal_topics u WHERE u.proposal_id = p.id)
FROM proposals_proposal p
LEFT JOIN editions_track t ON t.id = p.track_id
LEFT JOIN program_session s ON s.proposal_id = p.id
LEFT JOIN program_slot o ON o.proposal_id = p.id
WHERE p.id IN (SELECT proposal_id FROM bearing) AND p.edition_id = %(edition)s AND p.state = ANY(%(states)s)
ORDER BY p.id
"""


@dataclass(frozen=True)
class WantedPlacement:
    """Where a session is wanted and for how many minutes; `place` None: out of the timetable."""

    proposal: int
    place: Place | None
    minutes: int


@dataclass(frozen=True)
class NearbySession:
    """A session near a wanted place, or the wanted one itself, with everything a rule asks about it.

    `row` and `session` carry what was read of them and no more; `told` is the place its presenters were told.
    """

    row: Proposal
    item: Item
    names: Mapping[str, str]
    session: Session | None = None
    told: Place | None = None


@dataclass(frozen=True)
class Surroundings:
    """The neighbourhood as it would stand with all that is wanted."""

    edition: Edition
    ground: SolverSetup
    problem: Problem
    known: Mapping[int, NearbySession]
    places: Mapping[int, Place]

    @cached_property
    def rooms(self) -> dict[int, Room]:
        return {room.pk: room for room in self.ground.rooms}


def surroundings(edition: Edition, wants: Iterable[WantedPlacement]) -> Surroundings:
    """Two queries, whatever the edition's size: the set-up, then the sessions that a rule or an aim could name."""
    wants = tuple(wants)
    asked: dict[str, Any] = {"edition": edition.pk, "mine": [want.proposal for want in wants]}
    rooms, tracks, days, breaks, formats, links, gone = map(_from_json, _rows(SET_UP, asked)[0])
    ground = SolverSetup(
        edition,
        rooms=[Room(**each) for each in rooms],
        tracks=[SolverTrack(each["id"], frozenset(each["formats"]), each["room"]) for each in tracks],
        days=[_day_from_json(each) for each in days],
        breaks=[_break_from_json(each) for each in breaks],
    )
    reader = _SessionReader(edition, ground, {each["id"]: Format(**each) for each in formats}, gone)
    asked |= _spans(edition, wants, max((each["setup_minutes"] for each in formats), default=0))
    asked["linked"] = [each[side] for each in links for side in ("one_id", "other_id")]
    known = {each.row.pk: each for each in map(reader.known, _rows(SESSIONS, asked))}
    known |= {
        want.proposal: _with_minutes(known[want.proposal], want.minutes) for want in wants if want.proposal in known
    }
    items = tuple(each.item for each in known.values())
    problem = replace(ground.problem, items=items, links=tuple(_link_from_json(each) for each in links))
    return Surroundings(edition, ground, problem, known, _places(known, wants))


def _rows(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _from_json(found: Iterable[str]) -> list[Any]:
    """Django leaves JSON of its raw cursor to whoever asks."""
    return [json.loads(each) for each in found]


def _spans(edition: Edition, wants: Sequence[WantedPlacement], setup: int) -> dict[str, Any]:
    """The wanted rooms and times, with the minutes before and after in which anybody could be in the way."""
    margin = max(setup, edition.rest_minutes, edition.walk_minutes)
    places = [(want.place, want.minutes) for want in wants if want.place is not None]
    return {
        "rooms": [place.room for place, _ in places],
        "starts": [moment(place.start - margin) for place, _ in places],
        "ends": [moment(place.start + minutes + margin) for place, minutes in places],
        "states": [str(state) for state in PLACEABLE],
    }


def _places(known: Mapping[int, NearbySession], wants: Iterable[WantedPlacement]) -> dict[int, Place]:
    places = {key: each.item.present for key, each in known.items()} | {want.proposal: want.place for want in wants}
    return {key: place for key, place in places.items() if place is not None}


def _with_minutes(known: NearbySession, minutes: int) -> NearbySession:
    return replace(known, item=replace(known.item, minutes=minutes))


def _day_from_json(found: dict[str, Any]) -> Day:
    clocks = ("opens_at", "closes_at", "prime_from", "prime_until")
    parsed = {key: found[key] and time.fromisoformat(found[key]) for key in clocks}
    return Day(**{**found, **parsed, "date": date.fromisoformat(found["date"])})


def _break_from_json(found: dict[str, Any]) -> Break:
    return Break(**{**found, **{key: datetime.fromisoformat(found[key]) for key in ("starts_at", "ends_at")}})


def _link_from_json(found: dict[str, Any]) -> Link:
    return Link(found["kind"], found["one_id"], found["other_id"], 0 if found["is_rule"] else WISH_COST)


class _SessionReader:
    """Rows of `SESSIONS` as what the rules ask about."""

    def __init__(
        self, edition: Edition, ground: SolverSetup, formats: Mapping[int, Format], gone: Iterable[dict[str, Any]]
    ) -> None:
        self.edition, self.ground, self.formats = edition, ground, formats
        self.gone: dict[int, list[Away]] = {}
        for each in gone:
            starts_at, ends_at = (datetime.fromisoformat(each[key]) for key in ("starts_at", "ends_at"))
            self.gone.setdefault(each["proposal"], []).append(
                Away(each["person"], minute(starts_at), minute_up(ends_at))
            )

    def known(self, found: tuple[Any, ...]) -> NearbySession:
        fields, earliest, latest, track, key, room, starts_at, is_pinned, told_room, told_at, cast, topics = found
        cast = _from_json(cast)
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
        return NearbySession(row, item, names, session, Place(told_room, minute(told_at)) if told_room else None)
