"""What bears on some placements and nothing else, or everything scheduled: two queries, read by checks and pages."""

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
from ..solver.problem import Away, Item, Link, Place, Problem
from ..solver.problem import Track as SolverTrack
from .problem import WISH_COST, SolverSetup, item_of, minute, minute_up, moment, room_wishes

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

#: Sessions with everything that a rule, an objective or a card asks about one.
SESSIONS = """
SELECT
  p.id, p.format_id, p.track_id, p.title, p.expected_audience, p.version, p.sponsor_id, p.code, p.equipment, p.minutes,
  p.earliest_at, p.latest_at, p.prefers,
  s.id, s.room_id, s.starts_at, s.ends_at, s.is_pinned, s.version,
  z.name, t.name, o.room_id, o.starts_at,
  ARRAY(SELECT jsonb_build_array(x.id, x.name, x.person) FROM proposals_presenter x
    WHERE x.proposal_id = p.id ORDER BY x.position, x.id),
  ARRAY(SELECT u.topic_id FROM proposals_proposal_topics u WHERE u.proposal_id = p.id),
  ARRAY(SELECT u.room_id FROM proposals_proposal_preferred_rooms u WHERE u.proposal_id = p.id),
  ARRAY(SELECT u.room_id FROM proposals_proposal_excluded_rooms u WHERE u.proposal_id = p.id)
FROM proposals_proposal p
JOIN sponsors_sponsor z ON z.id = p.sponsor_id
LEFT JOIN editions_track t ON t.id = p.track_id
LEFT JOIN program_session s ON s.proposal_id = p.id
LEFT JOIN program_slot o ON o.proposal_id = p.id
WHERE p.edition_id = %(edition)s AND p.state = ANY(%(states)s) AND"""

PLACED = f"{SESSIONS} s.id IS NOT NULL ORDER BY p.id"

#: The wanted ones, what they are linked with, and of all that is on near the wanted times what they could meet:
#: in a wanted room, or with a person, a topic or the sponsor in common.
NEARBY = f"""
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
{SESSIONS} p.id IN (SELECT proposal_id FROM bearing) ORDER BY p.id
"""  # noqa: S608 - nothing typed by anybody is in it

#: The first columns of `SESSIONS`, in the order of the models' own fields.
PROPOSAL_FIELDS = (
    *("id", "format_id", "track_id", "title", "expected_audience", "version", "sponsor_id", "code", "equipment"),
    *("minutes", "earliest_at", "latest_at", "prefers"),
)
SESSION_FIELDS = ("id", "proposal_id", "room_id", "starts_at", "ends_at", "is_pinned", "version")


@dataclass(frozen=True)
class WantedPlacement:
    """Where a session is wanted and for how many minutes; `place` None: unscheduled."""

    proposal: int
    place: Place | None
    minutes: int


@dataclass(frozen=True)
class NearbySession:
    """A session near a wanted placement, or the wanted one itself, with everything a rule asks about it.

    `proposal` and `session` carry what was read of them and no more; `announced`: where its presenters were notified
    that it is.
    """

    proposal: Proposal
    item: Item
    names: Mapping[str, str]
    session: Session | None = None
    announced: Place | None = None
    sponsor: str = ""


@dataclass(frozen=True)
class Surroundings:
    """The timetable around some placements, as it would be with them; `sessions` and `places` by proposal."""

    edition: Edition
    setup: SolverSetup
    problem: Problem
    sessions: Mapping[int, NearbySession]
    places: Mapping[int, Place]

    @cached_property
    def rooms(self) -> dict[int, Room]:
        return {room.pk: room for room in self.setup.rooms}


def surroundings(edition: Edition, wanted: Iterable[WantedPlacement]) -> Surroundings:
    """Two queries, whatever the edition's size: the set-up, then the sessions that a rule or objective could name."""
    wanted = tuple(wanted)
    parameters = _parameters(edition, [row.proposal for row in wanted])
    basis = _Basis(edition, _rows(SET_UP, parameters)[0])
    parameters |= _spans(edition, wanted, max((each.setup_minutes for each in basis.formats.values()), default=0))
    parameters["linked"] = [key for link in basis.links for key in (link.one, link.other)]
    around = basis.surroundings(_rows(NEARBY, parameters))
    sessions = dict(around.sessions)
    for row in wanted:
        if row.proposal in sessions:
            session = sessions[row.proposal]
            sessions[row.proposal] = replace(session, item=replace(session.item, minutes=row.minutes))
    problem = replace(around.problem, items=tuple(session.item for session in sessions.values()))
    places = {**around.places, **{row.proposal: row.place for row in wanted}}
    kept = {key: place for key, place in places.items() if place is not None}
    return replace(around, problem=problem, sessions=sessions, places=kept)


def all_scheduled(edition: Edition) -> Surroundings:
    """Every scheduled session, each where it is and for as long as it takes now. It knows no viewer."""
    parameters = _parameters(edition, [])
    rows = _rows(PLACED, parameters)
    parameters["mine"] = [row[0] for row in rows]
    return _Basis(edition, _rows(SET_UP, parameters)[0]).surroundings(rows)


def _parameters(edition: Edition, mine: list[int]) -> dict[str, Any]:
    return {"edition": edition.pk, "mine": mine, "states": [str(state) for state in PLACEABLE]}


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _from_json(rows: Iterable[str]) -> list[Any]:
    """Django leaves JSON of its raw cursor to whoever asks."""
    return [json.loads(row) for row in rows]


def _spans(edition: Edition, wanted: Sequence[WantedPlacement], setup: int) -> dict[str, Any]:
    """The wanted rooms and times, with the minutes before and after in which anybody could be in the way."""
    margin = max(setup, edition.rest_minutes, edition.walk_minutes)
    places = [(row.place, row.minutes) for row in wanted if row.place is not None]
    return {
        "rooms": [place.room for place, _ in places],
        "starts": [moment(place.start - margin) for place, _ in places],
        "ends": [moment(place.start + minutes + margin) for place, minutes in places],
    }


def _day(row: dict[str, Any]) -> Day:
    clocks = ("opens_at", "closes_at", "prime_from", "prime_until")
    parsed = {key: row[key] and time.fromisoformat(row[key]) for key in clocks}
    return Day(**{**row, **parsed, "date": date.fromisoformat(row["date"])})


def _with_moments(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{key: datetime.fromisoformat(row[key]) for key in ("starts_at", "ends_at")}}


class _Basis:
    """What `SET_UP` tells: the set-up, links and absences. It makes sessions from rows of `SESSIONS`."""

    def __init__(self, edition: Edition, row: tuple[Any, ...]) -> None:
        rooms, tracks, days, breaks, formats, links, absences = map(_from_json, row)
        self.edition = edition
        self.formats = {each["id"]: Format(**each) for each in formats}
        self.links = tuple(
            Link(each["kind"], each["one_id"], each["other_id"], 0 if each["is_rule"] else WISH_COST) for each in links
        )
        self.setup = SolverSetup(
            edition,
            rooms=[Room(**each) for each in rooms],
            tracks=[SolverTrack(each["id"], frozenset(each["formats"]), each["room"]) for each in tracks],
            days=[_day(each) for each in days],
            breaks=[Break(**_with_moments(each)) for each in breaks],
        )
        self.away: dict[int, list[Away]] = {}
        for each in map(_with_moments, absences):
            absence = Away(each["person"], minute(each["starts_at"]), minute_up(each["ends_at"]))
            self.away.setdefault(each["proposal"], []).append(absence)

    def surroundings(self, rows: Iterable[tuple[Any, ...]]) -> Surroundings:
        sessions = {each.proposal.pk: each for each in map(self._session, rows)}
        items = tuple(session.item for session in sessions.values())
        problem = replace(self.setup.problem, items=items, links=self.links)
        places = {item.id: item.present for item in items if item.present is not None}
        return Surroundings(self.edition, self.setup, problem, sessions, places)

    def _session(self, row: tuple[Any, ...]) -> NearbySession:
        fields, placement, (sponsor, track, slot_room, slot_at, cast, *chosen) = row[:13], row[13:19], row[19:]
        topics, preferred, excluded = chosen
        presenters = _from_json(cast)
        proposal = Proposal.from_db("default", PROPOSAL_FIELDS, fields)
        proposal.edition = self.edition
        proposal.format = self.formats[proposal.format_id]
        if track is not None:
            proposal.track = Track(pk=proposal.track_id, name=track)
        session = None
        if placement[0]:
            session = Session.from_db("default", SESSION_FIELDS, (placement[0], proposal.pk, *placement[1:]))
        people = {person for _, _, person in presenters if person}
        away = self.away.get(proposal.pk, [])
        rooms = room_wishes(self.setup.rooms, preferred, excluded)
        item = item_of(proposal, session, (0, None), people, away, topics, self.setup.halves, self.setup.roaming, rooms)
        names = {person or f"#{number}": name for number, name, person in presenters}
        announced = Place(slot_room, minute(slot_at)) if slot_room else None
        return NearbySession(proposal, item, names, session, announced, sponsor)
