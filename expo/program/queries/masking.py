"""The timetable as the solver sees it, for one person: what their wall hides is a taken room at a time, and no more."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from expo.accounts.models import User
from expo.editions.models import Break as BreakRow
from expo.editions.models import Edition, Room
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, accepted, wall
from expo.proposals.states import PLACEABLE

from ..models import Session
from ..solver import Break, Item, Place, Problem
from .snapshot import snapshot
from .times import minute, up


@dataclass(frozen=True)
class Shown:
    """What one person may know, and the names of it. Hidden sessions have ids below zero, and never move."""

    problem: Problem
    places: dict[int, Place]
    edition: Edition
    proposals: dict[int, Proposal]
    sessions: dict[int, Session]
    rooms: dict[int, Room]
    breaks: dict[Break, BreakRow]
    hides_some: bool

    def title(self, key: int) -> str:
        """How a session is called; a hidden one is not."""
        row = self.proposals.get(key)
        return f"“{row.title}”" if row else "another session (hidden: conflict)"

    def person(self, key: int, person: str | None) -> str:
        """A presenter of this session by name."""
        row = self.proposals.get(key)
        found = [] if row is None else [each.name for each in row.presenters.all() if each.person == person]
        return found[0] if found else "a presenter"

    def of_break(self, place: Place, minutes: int) -> str:
        """The name of the break that a session would run into."""
        end = place.start + minutes
        for each, row in self.breaks.items():
            if each.room in (None, place.room) and each.start < end and place.start < each.end:
                return row.name
        return "a break"


def shown(edition: Edition, viewer: User) -> Shown:
    """A constant number of queries."""
    hidden = wall(viewer, edition)
    proposals = _visible(edition, hidden)
    sessions = _sessions(edition)
    seen = snapshot(edition).problem
    items = [item for item in seen.items if item.id in proposals]
    taken = [row for row in sessions if row.proposal_id not in proposals]
    problem = replace(
        seen,
        items=(*_visible_items(items), *_veiled(taken)),
        links=tuple(link for link in seen.links if {link.one, link.other} <= proposals.keys()),
    )
    return Shown(
        problem=problem.sorted(),
        places={item.id: item.present for item in problem.items if item.present is not None},
        edition=edition,
        proposals=proposals,
        sessions={row.proposal_id: row for row in sessions if row.proposal_id in proposals},
        rooms={row.pk: row for row in edition.rooms.all()},
        breaks={Break(minute(row.starts_at), up(row.ends_at), row.room_id): row for row in edition.breaks.all()},
        hides_some=hidden.hides_some,
    )


def _visible(edition: Edition, hidden: Wall) -> dict[int, Proposal]:
    found = accepted(edition).select_related("sponsor", "format").prefetch_related("presenters")
    return {row.pk: row for row in found if not hidden.hides(row)}


def _sessions(edition: Edition) -> list[Session]:
    found = Session.objects.filter(edition=edition, proposal__state__in=PLACEABLE)
    return list(found.order_by("starts_at", "room__position", "room_id"))


def _visible_items(items: Iterable[Item]) -> list[Item]:
    """Bands counted among the visible: how many others there are is hidden too."""
    kept = list(items)
    bands = {band: at for at, band in enumerate(sorted({item.band for item in kept}))}
    return [replace(item, band=bands[item.band]) for item in kept]


def _veiled(sessions: Iterable[Session]) -> list[Item]:
    """Numbered by where they stand; of a sponsor each, and of no format, topic or person."""
    return [_veil(-at, row) for at, row in enumerate(sessions, 1)]


def _veil(key: int, row: Session) -> Item:
    here = Place(row.room_id, minute(row.starts_at))
    minutes = minute(row.ends_at) - here.start
    return Item(id=key, format=0, minutes=minutes, sponsor=key, pin=here, present=here)
