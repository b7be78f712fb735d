"""The edition as the solver sees it: read once, in a constant number of queries, then plain Python."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import accepted
from expo.proposals.states import PLACEABLE

from ..models import Link as LinkRow
from ..models import Session
from ..solver import Break, Link, Place, Problem, Track
from .ground import Ground
from .items import WISH, Merits, bands_of, item_of, people_of
from .times import minute, up


@dataclass(frozen=True)
class Snapshot:
    """The problem, and the versions of the sessions it was taken from (to notice changes made since)."""

    problem: Problem
    versions: dict[int, int]

    @property
    def places(self) -> dict[int, Place]:
        """The present timetable."""
        return {item.id: item.present for item in self.problem.items if item.present is not None}


def snapshot(
    edition: Edition, *, seed: int = 1, among: QuerySet[Proposal] | None = None, merits: Merits | None = None
) -> Snapshot:
    """The present timetable and everything that limits it, for the accepted proposals or `among` others.

    `merits`: what to go by for proposals that carry no verdict yet.
    """
    sessions = {row.proposal_id: row for row in Session.objects.filter(edition=edition).order_by("id")}
    found = accepted(edition) if among is None else among
    proposals = list(found.select_related("format", "slot").prefetch_related("topics"))
    ground = ground_of(edition)
    people, away = people_of(proposals)
    worth = {row.pk: (merits or {}).get(row.pk, row.merit) for row in proposals}
    bands = bands_of(worth)
    items = tuple(
        item_of(
            row,
            sessions.get(row.pk),
            (bands[row.pk], worth[row.pk]),
            people[row.pk],
            away[row.pk],
            [topic.pk for topic in row.topics.all()],
            ground.halves,
            ground.roaming,
            is_announced=row.pk in sessions and hasattr(row, "slot"),
        )
        for row in proposals
    )
    problem = replace(ground.problem, items=items, seed=seed, links=links_of(edition, {row.pk for row in proposals}))
    return Snapshot(problem, {key: row.version for key, row in sessions.items()})


def taken(edition: Edition, besides: Collection[int]) -> tuple[Break, ...]:
    """Rooms and times that sessions of other proposals hold, without a word of whose they are."""
    rows = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE).exclude(proposal__in=besides)
    spans = rows.order_by("taken_from", "room_id").values_list("taken_from", "ends_at", "room_id")
    return tuple(Break(minute(start), up(end), room) for start, end, room in spans)


def ground_of(edition: Edition) -> Ground:
    """The set-up, read row by row."""
    tracks = edition.tracks.prefetch_related("formats")
    return Ground(
        edition,
        rooms=list(edition.rooms.all()),
        tracks=[Track(row.pk, frozenset(each.pk for each in row.formats.all()), row.room_id) for row in tracks],
        days=list(edition.days.all()),
        breaks=list(edition.breaks.all()),
    )


def links_of(edition: Edition, kept: set[int]) -> tuple[Link, ...]:
    """Rules and wishes about two of these."""
    rows = LinkRow.objects.filter(edition=edition)
    return tuple(
        Link(row.kind, row.one_id, row.other_id, 0 if row.is_rule else WISH)
        for row in rows
        if row.one_id in kept and row.other_id in kept
    )
