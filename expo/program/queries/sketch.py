"""A timetable that nobody has adopted, drawn for one person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from expo.accounts.models import User
from expo.editions.models import Edition
from expo.proposals.models import Proposal
from expo.proposals.queries import Wall, wall

from .editor import Column, proposal_card, sheets
from .grid import Card, DaySheet, veiled


@dataclass(frozen=True)
class Spot:
    """A proposal in a room at a time; without one, a room and time that are taken."""

    proposal: Proposal | None
    room: int
    starts_at: datetime
    minutes: int


@dataclass(frozen=True)
class Sketch:
    """The days, and the rooms as columns."""

    days: tuple[DaySheet, ...]
    columns: tuple[Column, ...]


def sketch(edition: Edition, viewer: User, spots: Iterable[Spot]) -> Sketch:
    """What the viewer's wall hides keeps its room and time only. Proposals come with sponsor, format and presenters."""
    hidden = wall(viewer, edition)
    return Sketch(*sheets(edition, [_card(spot, hidden) for spot in spots]))


def _card(spot: Spot, hidden: Wall) -> Card:
    ends_at = spot.starts_at + timedelta(minutes=spot.minutes)
    if spot.proposal is None:
        return veiled(Card(spot.room, spot.starts_at, ends_at))
    return proposal_card(spot.proposal, spot.room, spot.starts_at, ends_at, hidden)
