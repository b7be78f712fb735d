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
from ..solver.problem import Away, Item, Link, Place, Problem
from ..solver.problem import Track as SolverTrack
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
    parameters: dict[str, Any] = {"edition": edition.pk, "mine": [row.proposal for row in wanted]}
    rooms, tracks, days, breaks, formats, links, absences = map(_from_json, _rows(SET_UP, parameters)[0])
    setup = SolverSetup(
        edition,
        rooms=[Room(**row) for row in rooms],
        tracks=[SolverTrack(row["id"], frozenset(row["formats"]), row["room"]) for row in tracks],
        days=[_day(row) for row in days],
        breaks=[Break(**_with_moments(row)) for row in breaks],
    )
    reader = _SessionReader(edition, setup, {row["id"]: Format(**row) for row in formats}, absences)
    parameters |= _spans(edition, wanted, max((row["setup_minutes"] for row in formats), default=0))
    parameters["linked"] = [row[side] for row in links for side in ("one_id", "other_id")]
    sessions = {each.proposal.pk: each for each in map(reader.session, _rows(SESSIONS, parameters))}
    for row in wanted:
        if row.proposal in sessions:
            session = sessions[row.proposal]
            sessions[row.proposal] = replace(session, item=replace(session.item, minutes=row.minutes))
    problem = replace(
        setup.problem,
        items=tuple(session.item for session in sessions.values()),
        links=tuple(
            Link(row["kind"], row["one_id"], row["other_id"], 0 if row["is_rule"] else WISH_COST) for row in links
        ),
    )
    places = {key: session.item.present for key, session in sessions.items()}
    places |= {row.proposal: row.place for row in wanted}
    return Surroundings(
        edition, setup, problem, sessions, {key: place for key, place in places.items() if place is not None}
    )


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
        "states": [str(state) for state in PLACEABLE],
    }


def _day(row: dict[str, Any]) -> Day:
    clocks = ("opens_at", "closes_at", "prime_from", "prime_until")
    parsed = {key: row[key] and time.fromisoformat(row[key]) for key in clocks}
    return Day(**{**row, **parsed, "date": date.fromisoformat(row["date"])})


def _with_moments(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{key: datetime.fromisoformat(row[key]) for key in ("starts_at", "ends_at")}}


class _SessionReader:
    """Rows of `SESSIONS` as what the rules ask about."""

    def __init__(
        self, edition: Edition, setup: SolverSetup, formats: Mapping[int, Format], absences: Iterable[dict[str, Any]]
    ) -> None:
        self.edition, self.setup, self.formats = edition, setup, formats
        self.away: dict[int, list[Away]] = {}
        for row in map(_with_moments, absences):
            absence = Away(row["person"], minute(row["starts_at"]), minute_up(row["ends_at"]))
            self.away.setdefault(row["proposal"], []).append(absence)

    def session(self, row: tuple[Any, ...]) -> NearbySession:
        fields, earliest, latest, track, key, room, starts_at, is_pinned, slot_room, slot_at, cast, topics = row
        presenters = _from_json(cast)
        proposal = Proposal(**json.loads(fields), edition=self.edition, earliest_at=earliest, latest_at=latest)
        proposal.format = self.formats[proposal.format_id]
        if track is not None:
            proposal.track = Track(pk=proposal.track_id, name=track)
        session = None
        if key:
            session = Session(pk=key, proposal_id=proposal.pk, room_id=room, starts_at=starts_at, is_pinned=is_pinned)
        people = {person for _, _, person in presenters if person}
        away = self.away.get(proposal.pk, [])
        item = item_of(proposal, session, (0, None), people, away, topics, self.setup.halves, self.setup.roaming)
        names = {person or f"#{number}": name for number, name, person in presenters}
        announced = Place(slot_room, minute(slot_at)) if slot_room else None
        return NearbySession(proposal, item, names, session, announced)
