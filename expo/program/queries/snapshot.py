"""The edition as the solver sees it: read once, in a constant number of queries, then plain Python."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor

from expo.editions.models import Break as BreakRow
from expo.editions.models import Day, Edition
from expo.proposals.models import Availability, Presenter, Proposal
from expo.proposals.queries import accepted

from ..models import Session
from ..solver import Away, Break, Item, Place, Problem, Room, Span, Track


@dataclass(frozen=True)
class Snapshot:
    """The problem, and the versions of the sessions it was taken from (to notice changes made since)."""

    problem: Problem
    versions: dict[int, int]

    @property
    def places(self) -> dict[int, Place]:
        """The present timetable."""
        return {item.id: item.present for item in self.problem.items if item.present is not None}


def minute(at: datetime) -> int:
    """Whole minutes since 1970; seconds are cut off."""
    return floor(at.timestamp() / 60)


def moment(minutes: int) -> datetime:
    """The other way round."""
    return datetime.fromtimestamp(minutes * 60, UTC)


def hours(day: Day, edition: Edition) -> Span:
    """Opening hours on the solver's clock, from wall-clock times in the edition's zone: a change of clocks counts."""
    opens = datetime.combine(day.date, day.opens_at, edition.zone)
    closes = datetime.combine(day.date, day.closes_at, edition.zone)
    return Span(minute(opens), minute(closes))


def snapshot(edition: Edition, *, seed: int = 1) -> Snapshot:
    """Accepted proposals, the present timetable, and everything that limits them."""
    sessions = {row.proposal_id: row for row in Session.objects.filter(edition=edition).order_by("id")}
    proposals = list(accepted(edition).select_related("format").prefetch_related("topics"))
    bands = _bands(proposals)
    people, away = _people(edition)
    items = tuple(
        _item(row, sessions.get(row.pk), bands[row.pk], frozenset(people[row.pk]), tuple(away[row.pk]))
        for row in proposals
    )
    problem = Problem(
        items=items,
        rooms=tuple(Room(row.pk, row.capacity, frozenset(row.equipment)) for row in edition.rooms.all()),
        tracks=_tracks(edition),
        days=tuple(hours(day, edition) for day in edition.days.all()),
        breaks=tuple(_break(row) for row in edition.breaks.all()),
        grid=edition.grid_minutes,
        is_published=edition.is_published,
        seed=seed,
    )
    return Snapshot(problem, {key: row.version for key, row in sessions.items()})


def _tracks(edition: Edition) -> tuple[Track, ...]:
    return tuple(
        Track(row.pk, frozenset(each.pk for each in row.formats.all()), row.room_id)
        for row in edition.tracks.prefetch_related("formats")
    )


def _break(row: BreakRow) -> Break:
    return Break(minute(row.starts_at), _up(row.ends_at), row.room_id)


def _up(at: datetime) -> int:
    """An end with seconds reaches into its minute."""
    return minute(at + timedelta(seconds=59))


def _bands(proposals: list[Proposal]) -> dict[int, int]:
    """Whole points of merit are bands: 4 and above first, then 3 and above, and so on; no merit comes last."""
    points = {row.pk: -1 if row.merit is None else floor(row.merit) for row in proposals}
    order = sorted(set(points.values()), reverse=True)
    return {key: order.index(value) for key, value in points.items()}


def _people(edition: Edition) -> tuple[dict[int, set[str]], dict[int, list[Away]]]:
    people: dict[int, set[str]] = defaultdict(set)
    away: dict[int, list[Away]] = defaultdict(list)
    for row in Presenter.objects.filter(proposal__edition=edition).exclude(email=""):
        people[row.proposal_id].add(row.person)
    spans = Availability.objects.filter(presenter__proposal__edition=edition).select_related("presenter")
    for each in spans:
        person = each.presenter
        away[person.proposal_id].append(
            Away(person.person or f"#{person.pk}", minute(each.starts_at), _up(each.ends_at))
        )
    return people, away


def _item(row: Proposal, session: Session | None, band: int, people: frozenset[str], away: tuple[Away, ...]) -> Item:
    here = Place(session.room_id, minute(session.starts_at)) if session else None
    return Item(
        id=row.pk,
        format=row.format_id,
        minutes=row.format.minutes,
        sponsor=row.sponsor_id,
        people=people,
        topics=frozenset(topic.pk for topic in row.topics.all()),
        away=away,
        band=band,
        merit=max(0, round(100 * (row.merit or 0))),
        audience=row.expected_audience or 0,
        track=row.track_id,
        pin=here if session and session.is_pinned else None,
        present=here,
    )
