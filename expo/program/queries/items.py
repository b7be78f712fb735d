"""Proposals as items of the solver's problem."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import floor

from expo.proposals.models import Availability, Presenter, Proposal
from expo.proposals.states import DayHalf

from ..models import Session
from ..solver import Away, Item, Place, Span, Wish
from .times import minute, up

#: What a wish costs that is not granted; all wishes weigh the same.
WISH = 1
Halves = Sequence[tuple[Span, Span]]


Merits = Mapping[int, float | None]


def bands_of(merits: Merits) -> dict[int, int]:
    """Whole points of merit are bands: 4 and above first, then 3 and above, and so on; no merit comes last."""
    points = {key: -1 if merit is None else floor(merit) for key, merit in merits.items()}
    order = sorted(set(points.values()), reverse=True)
    return {key: order.index(value) for key, value in points.items()}


def people_of(proposals: Sequence[Proposal]) -> tuple[dict[int, set[str]], dict[int, list[Away]]]:
    """Per proposal its presenters by mail address, and when they are away."""
    people: dict[int, set[str]] = defaultdict(set)
    away: dict[int, list[Away]] = defaultdict(list)
    mine = [row.pk for row in proposals]
    for row in Presenter.objects.filter(proposal__in=mine).exclude(email=""):
        people[row.proposal_id].add(row.person)
    for each in Availability.objects.filter(presenter__proposal__in=mine).select_related("presenter"):
        person = each.presenter
        away[person.proposal_id].append(
            Away(person.person or f"#{person.pk}", minute(each.starts_at), up(each.ends_at))
        )
    return people, away


def item_of(
    row: Proposal,
    session: Session | None,
    standing: tuple[int, float | None],
    people: set[str],
    away: list[Away],
    topics: Iterable[int],
    halves: Halves,
    roaming: frozenset[int],
    *,
    is_announced: bool = False,
) -> Item:
    """One proposal. `standing`: band and merit; `halves`: the days' mornings and afternoons; `roaming`: tracks without
    a room.
    """
    band, merit = standing
    here = Place(session.room_id, minute(session.starts_at)) if session else None
    return Item(
        id=row.pk,
        format=row.format_id,
        minutes=row.length,
        sponsor=row.sponsor_id,
        people=frozenset(people),
        topics=frozenset(topics),
        away=tuple(away),
        band=band,
        merit=max(0, round(100 * (merit or 0))),
        audience=row.expected_audience or 0,
        track=row.track_id,
        needs=frozenset(row.equipment),
        pin=here if session and session.is_pinned else None,
        present=here,
        earliest=up(row.earliest_at) if row.earliest_at else None,
        latest=minute(row.latest_at) if row.latest_at else None,
        setup=row.format.setup_minutes,
        wishes=_wishes(row, halves),
        strand=row.track_id if row.track_id in roaming else None,
        is_announced=is_announced,
    )


def _wishes(row: Proposal, halves: Halves) -> tuple[Wish, ...]:
    """It costs to start in the half of a day that was not asked for."""
    if not row.prefers:
        return ()
    unwanted = 1 if row.prefers == DayHalf.MORNING else 0
    return tuple(Wish(WISH, None, half[unwanted].start, half[unwanted].end) for half in halves)
